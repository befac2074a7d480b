"""Kinds of single values: how each is read from JSON, described in a schema, and held in a spreadsheet cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from policy.clock import SHANGHAI
from policy.money import parse_yuan

MAX_TEXT = 200

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])",
    re.ASCII,
)
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2200


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    `read` turns a JSON value into the typed one or raises ValueError with a Chinese message that does not repeat the
    value. `cell` says how a spreadsheet holds it: text, money, date, moment, number or flag. `schema` is its JSON
    schema, `hint` its form in words for the notes of a template.
    """

    name: str
    read: Callable[[Any], Any]
    cell: str
    hint: str
    schema: dict[str, Any] = field(default_factory=dict)


def read_text(value: Any) -> str:
    """A non-empty line of text without control characters, at most 200 characters; blanks around it are dropped."""
    if type(value) is not str:
        raise ValueError("应为文字")
    value = value.strip()
    if not value:
        raise ValueError("不能为空")
    if len(value) > MAX_TEXT:
        raise ValueError(f"不能超过{MAX_TEXT}个字符")
    if not value.isprintable() and _CONTROL.search(value) is not None:
        raise ValueError("含有不可见的控制字符")
    return value


def _read_flag(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError("应为 true 或 false")
    return value


def _read_day(value: Any) -> date:
    if type(value) is not str or _DAY.fullmatch(value) is None:
        raise ValueError("应为日期，如 2026-02-24")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError("没有这一天") from None
    if not _EARLIEST_YEAR <= day.year < _LATEST_YEAR:
        raise ValueError(f"年份应在{_EARLIEST_YEAR}至{_LATEST_YEAR}之间")
    return day


def _read_moment(value: Any) -> datetime:
    """RFC 3339 with offset, kept to the microsecond: finer digits are cut, never rounded up past a bound."""
    match = _MOMENT.fullmatch(value) if type(value) is str else None
    if match is None:
        raise ValueError("应为带时区的时间，如 2026-03-01T10:15:00+08:00")
    text = value.upper()
    fraction = match.group(1)
    if fraction is not None:
        text = text.replace(fraction, fraction[:7].ljust(7, "0"), 1)
    try:
        moment = datetime.fromisoformat(text).astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        raise ValueError("没有这个时间") from None
    if not _EARLIEST_YEAR <= moment.year < _LATEST_YEAR:
        raise ValueError(f"年份应在{_EARLIEST_YEAR}至{_LATEST_YEAR}之间")
    return moment


def _read_money(value: Any) -> int:
    if type(value) is not str:
        raise ValueError('金额应为文字形式的元，最多两位小数，如 "139800.50"')
    return parse_yuan(value)


TEXT = Kind("text", read_text, "text", "文字", {"type": "string", "minLength": 1, "maxLength": MAX_TEXT})
FLAG = Kind("flag", _read_flag, "flag", "是 或 否", {"type": "boolean"})
DAY = Kind("day", _read_day, "date", "日期，如 2026-02-24", {"type": "string", "format": "date"})
MOMENT = Kind(
    "moment",
    _read_moment,
    "moment",
    "带时区的时间，如 2026-03-01T10:15:00+08:00",
    {"type": "string", "format": "date-time"},
)
MONEY = Kind(
    "money",
    _read_money,
    "money",
    "元，最多两位小数，如 139800.50",
    {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?$"},
)


def choice(*words: str) -> Kind:
    """One of a fixed list of words."""
    allowed = frozenset(words)
    message = f"应为：{'、'.join(words)}"

    def read(value: Any) -> str:
        if type(value) is not str or value not in allowed:
            raise ValueError(message)
        return value

    return Kind("choice", read, "text", "、".join(words), {"type": "string", "enum": list(words)})


def whole(least: int, most: int) -> Kind:
    """A whole number within bounds (a JSON number, not text)."""
    message = f"应为{least}至{most}之间的整数"

    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(message)
        return value

    hint = f"{least}至{most}之间的整数"
    return Kind("whole", read, "number", hint, {"type": "integer", "minimum": least, "maximum": most})


def matching(name: str, pattern: str, message: str, *, upper: bool = False, max_length: int = 64) -> Kind:
    """Text of a form, matched whole; with `upper`, letters are read as capitals first. Spreadsheets hold it as text."""
    compiled = re.compile(pattern, re.ASCII)

    def read(value: Any) -> str:
        text = read_text(value)
        if upper:
            text = text.upper()
        if len(text) > max_length or compiled.fullmatch(text) is None:
            raise ValueError(message)
        return text

    return Kind(name, read, "text", message, {"type": "string", "maxLength": max_length})
