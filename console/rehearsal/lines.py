"""Reading the lines of a rehearsal: strict JSON objects with `at`, `do` and what the verb takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from policy.clock import local
from policy.errors import InputError

MAX_LINE = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the moment, the verb, the name its result gets, and the verb's own arguments."""

    at: datetime
    do: str
    name: str
    arguments: dict[str, Any]


def read(text: str) -> Line:
    """A line of the rehearsal. Raises InputError naming the field."""
    if len(text) > MAX_LINE:
        raise InputError.of("", "这一行过长")
    try:
        raw = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InputError.of("", "这一行不是有效的 JSON") from None
    if not isinstance(raw, dict):
        raise InputError.of("", "每行应为一个对象")
    at, do, name = raw.pop("at", None), raw.pop("do", None), raw.pop("as", "")
    if not isinstance(do, str):
        raise InputError.of("do", "缺少动作")
    if not isinstance(name, str):
        raise InputError.of("as", "应为文字")
    return Line(moment(at), do, name, raw)


def moment(value: Any, field: str = "at") -> datetime:
    """An RFC 3339 time with offset. Raises InputError naming `field`."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise InputError.of(field, "应为带时区的时间，如 2026-03-01T10:15:00+08:00") from None
    if found.tzinfo is None:
        raise InputError.of(field, "时间缺少时区")
    return local(found)


def take(
    arguments: Mapping[str, Any], required: Mapping[str, type], optional: Mapping[str, type] | None = None
) -> dict[str, Any]:
    """The arguments of a verb, checked for presence and type; unknown ones are refused.

    An optional argument that is absent or null comes as None. Raises InputError naming every bad one.
    """
    optional = optional or {}
    problems: dict[str, list[str]] = {}
    for field in arguments:
        if field not in required and field not in optional:
            problems[field] = ["未知字段"]
    found: dict[str, Any] = {}
    for field, kind in {**required, **optional}.items():
        value = arguments.get(field)
        if value is None and field in required:
            problems[field] = ["缺少"]
        elif value is not None and not isinstance(value, kind):
            problems[field] = ["类型不符"]
        found[field] = value
    if problems:
        raise InputError(problems)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)
