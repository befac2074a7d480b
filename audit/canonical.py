"""One byte string for one meaning: what the trail's digests are taken over.

Every value carries its kind and length: no two different rows share an encoding ("ab", "c" is not "a", "bc").
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = frozenset({str})
_LEAVES = frozenset({int, bool, type(None)})


def encode(values: Iterable[Any]) -> bytes:
    """The canonical encoding of a sequence of column values; TypeError for a kind that has no single spelling."""
    parts: list[bytes] = []
    for value in values:
        kind, body = _piece(value)
        parts.append(kind + len(body).to_bytes(4, "big") + body)
    return b"".join(parts)


def json_text(value: Any) -> str:
    """The one JSON spelling of dicts with text keys, lists, texts, integers, booleans and None; no floats.

    It survives a round trip through a `jsonb` column, which keeps neither key order nor the spelling of a float.
    """
    if not _is_plain(value):
        _check_json(value, "data")
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if "\\u0000" in text:
        _check_json(value, "data")
    return text


def _piece(value: Any) -> tuple[bytes, bytes]:
    if value is None:
        return b"n", b""
    if isinstance(value, bool):
        return b"b", b"1" if value else b"0"
    if isinstance(value, int):
        return b"i", str(value).encode()
    if isinstance(value, str):
        return b"s", value.encode()
    if isinstance(value, bytes | bytearray | memoryview):
        return b"x", bytes(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a moment without a time zone has no canonical encoding")
        return b"t", str((value - _EPOCH) // timedelta(microseconds=1)).encode()
    if isinstance(value, date):
        return b"d", value.isoformat().encode()
    if isinstance(value, Decimal):
        return b"m", format(value.normalize(), "f").encode()
    if isinstance(value, UUID):
        return b"u", value.bytes
    if isinstance(value, dict | list | tuple):
        return b"j", json_text(value).encode()
    raise TypeError(f"no canonical encoding for {type(value).__name__}")


def _is_plain(value: Any) -> bool:
    """Whether a dict or list holds plain kinds only: findings are long, and naming every place in them takes time."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if type(inner) is dict:
            if not all(map(_TEXT.__contains__, map(type, inner))):
                return False
            inner = inner.values()
        elif type(inner) is not list:
            return False
        for part in inner:
            kind = type(part)
            if kind is str:
                continue
            if kind is dict or kind is list:
                waiting.append(part)
            elif kind not in _LEAVES:
                return False
    return True


def _check_json(value: Any, path: str) -> None:
    if value is None or isinstance(value, bool | int):
        return
    if isinstance(value, str):
        if "\x00" in value:
            raise TypeError(f"{path}: a NUL character cannot be stored")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{path}: keys are texts")
            _check_json(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            _check_json(inner, f"{path}.{number}")
    else:
        raise TypeError(f"{path}: {type(value).__name__} has no single spelling; give a text or an integer")
