"""One cell to the JSON value its kind is read from, and back. Never a guess: a number is not an identifier."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from policy.clock import SHANGHAI
from policy.reading import Kind

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_TRUE = frozenset({"是", "true", "TRUE", "True"})
_FALSE = frozenset({"否", "false", "FALSE", "False"})
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})


def from_cell(value: Any, kind: Kind) -> Any:
    """The JSON value in a cell, None for an empty one. Raises ValueError with a Chinese message."""
    if isinstance(value, str):
        value = unescape(value.strip())
        if value in _ERRORS:
            raise ValueError("单元格的公式出错")
    if value is None or value == "":
        return None
    return _READERS[kind.cell](value)


def escape(text: str) -> str:
    """Text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def unescape(text: str) -> str:
    """What `escape` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def to_cell(value: Any) -> str:
    """A JSON value as the text of a cell, not yet escaped."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | date | time):
        raise ValueError("应为文本单元格")
    raise ValueError("应为文本单元格：以数字保存会丢失位数，请把单元格设为文本后重新填写")


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("应为数字")
    try:
        number = Decimal(value if isinstance(value, str) else repr(value))
    except InvalidOperation:
        raise ValueError("应为数字") from None
    if not number.is_finite() or number.adjusted() > 20:
        raise ValueError("应为数字")
    return number


def _money(value: Any) -> str:
    """Text as it stands; a number only if it is exact to the fen."""
    if isinstance(value, str):
        return value
    number = _number(value)
    if number != number.quantize(Decimal("0.01")):
        raise ValueError("金额应精确到分，最多两位小数")
    return f"{number:.2f}"


def _whole(value: Any) -> int:
    number = _number(value)
    if number != number.to_integral_value():
        raise ValueError("应为整数")
    return int(number)


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        if value.time() != time.min:
            raise ValueError("应为日期，不带时间")
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return _text(value)


def _moment(value: Any) -> str:
    """A date-and-time cell has no zone: it is business time."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=SHANGHAI).isoformat()
    if isinstance(value, date):
        raise ValueError("应为带时间的时刻，如 2026-03-01T10:15:00+08:00")
    return _text(value)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _TRUE | _FALSE:
        return value in _TRUE
    raise ValueError("应为 是 或 否")


_READERS = {
    "text": _text,
    "money": _money,
    "number": _whole,
    "date": _day,
    "moment": _moment,
    "flag": _flag,
}
