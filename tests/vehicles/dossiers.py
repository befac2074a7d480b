"""Dossiers for tests: the complete ones of cases.yaml, with changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from applications.vehicles import scheme as _registered  # noqa: F401 - registers the schemes
from applications.vehicles.cases import base_dossier
from policy.clock import SHANGHAI
from policy.scheme import Result, scheme

AT = datetime(2026, 3, 1, 12, tzinfo=SHANGHAI)
ABSENT = object()


def dossier(name: str = "报废", /, **changes: Any) -> dict[str, Any]:
    """A complete dossier with `section__field=value` changes; ABSENT removes the field."""
    raw = base_dossier(name)
    for path, value in changes.items():
        put(raw, path.replace("__", "."), value)
    return raw


def put(raw: Any, path: str, value: Any) -> None:
    """Set a dotted path of decoded JSON in place."""
    *sections, last = path.split(".")
    for part in sections:
        raw = raw[int(part)] if isinstance(raw, list) else raw[part]
    if isinstance(raw, list):
        raw[int(last)] = value
    elif value is ABSENT:
        del raw[last]
    else:
        raw[last] = value


def paths(raw: Any, prefix: str = "") -> list[str]:
    """Every dotted path of decoded JSON, sections and lists included."""
    items = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    found = []
    for name, value in items:
        found += [f"{prefix}{name}", *paths(value, f"{prefix}{name}.")]
    return found


def judge(raw: dict[str, Any]) -> Result:
    """The result of a dossier by the baseline. Raises InputError."""
    found = scheme(raw["scheme"])
    return found.evaluate(found.parse(raw, at=AT), found.baseline)
