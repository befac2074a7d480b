"""Laying corrections (`{dotted path: value}`) over decoded JSON, within what a declaration allows."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from policy.errors import InputError
from policy.reading.sections import Member, Problems, Section

_UNKNOWN = "未知字段"
_FIXED = "此项提交后不能更改"


def apply_changes(section: Section, raw: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `raw` with each path set to its value; the result is still to be parsed.

    A path may name a field, a whole section, a whole list, one list item, or the place after the last item (append).
    Raises InputError naming the paths that are unknown or may not be changed, and overlapping ones.
    """
    if not isinstance(changes, Mapping) or not changes:
        raise InputError.of("changes", "应为至少一项更改")
    changed = deepcopy(dict(raw))
    problems: Problems = {}
    for path in sorted(changes, key=_list_order):
        message = _apply(section, changed, path.split("."), deepcopy(changes[path]))
        if message is not None:
            problems[path] = [message]
    if problems:
        raise InputError(problems)
    return changed


def _list_order(path: str) -> list[tuple[int, int, str]]:
    """Paths in such an order that item 9 comes before item 10, and a section before its fields."""
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in path.split(".")]


def _apply(section: Section, target: dict[str, Any], parts: list[str], value: Any) -> str | None:
    member = section.members.get(parts[0])
    if member is None:
        return _UNKNOWN
    if not member.correctable:
        return _FIXED
    rest = parts[1:]
    if member.many:
        return _apply_to_list(member, target, rest, value)
    if not rest:
        if member.section is not None and not _all_correctable(member.section):
            return _FIXED
        target[member.name] = value
        return None
    if member.section is None:
        return _UNKNOWN
    if not isinstance(target.get(member.name), dict):
        target[member.name] = {}
    return _apply(member.section, target[member.name], rest, value)


def _apply_to_list(member: Member, target: dict[str, Any], rest: list[str], value: Any) -> str | None:
    if not rest:
        target[member.name] = value
        return None
    items = target.get(member.name)
    if not isinstance(items, list):
        items = target[member.name] = []
    if not (rest[0].isascii() and rest[0].isdecimal()) or len(rest[0]) > 4 or int(rest[0]) > len(items):
        return "列表中没有这一项"
    place = int(rest[0])
    if len(rest) == 1:
        items[place : place + 1] = [value]
        return None
    if member.section is None:
        return _UNKNOWN
    if place == len(items):
        items.append({})
    return _apply(member.section, items[place], rest[1:], value)


def _all_correctable(section: Section) -> bool:
    return all(
        member.correctable and (member.section is None or _all_correctable(member.section))
        for member in section.members.values()
    )
