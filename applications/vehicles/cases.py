"""The worked cases of `rules/cases.yaml`, resolved to complete dossiers: for tests, counts and the policy guide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

CASES = Path(__file__).parent / "rules" / "cases.yaml"


class Case(NamedTuple):
    """One worked case of one rule on one dossier. `expect` holds outcome and, where given, message, amount, overall."""

    rule: str
    name: str
    scheme: str
    raw: Mapping[str, Any]
    params: Mapping[str, Any]
    expect: Mapping[str, Any]

    @property
    def label(self) -> str:
        """How a failing test names it."""
        return f"{self.rule} {self.raw['id']}: {self.name}"


@cache
def worked_cases() -> tuple[Case, ...]:
    """Every case in file order, once for each dossier it starts from."""
    content = _content()
    return tuple(
        _case(rule, entry, base, content["dossiers"])
        for rule, entries in content["cases"].items()
        for entry in entries
        for base in _bases(entry["from"])
    )


@cache
def counts(scheme: str) -> Mapping[str, int]:
    """Cases by rule id in one scheme."""
    found: dict[str, int] = {}
    for case in worked_cases():
        if case.scheme == scheme:
            found[case.rule] = found.get(case.rule, 0) + 1
    return found


def base_dossier(name: str) -> dict[str, Any]:
    """A complete dossier of the file by its name. Raises KeyError."""
    return _resolved(_content()["dossiers"], name)


@cache
def _content() -> Any:
    return yaml.safe_load(CASES.read_text(encoding="utf-8"))


def _bases(value: str | list[str]) -> Iterator[str]:
    yield from [value] if isinstance(value, str) else value


def _case(rule: str, entry: Mapping[str, Any], base: str, dossiers: Mapping[str, Any]) -> Case:
    raw = _resolved(dossiers, base)
    for path, value in entry.get("change", {}).items():
        _set(raw, path.split("."), deepcopy(value))
    for page in entry.get("without", ()):
        doc_type, _, number = page.partition(":")
        raw["documents"] = [
            document
            for document in raw["documents"]
            if document["type"] != doc_type or (number and document["page"] != int(number))
        ]
    expect = {key: entry[key] for key in ("outcome", "message", "amount", "overall") if key in entry}
    return Case(rule, entry["name"], raw["scheme"], raw, entry.get("params", {}), expect)


def _resolved(dossiers: Mapping[str, Any], name: str) -> dict[str, Any]:
    entry = dossiers[name]
    if "like" not in entry:
        return deepcopy(entry["dossier"])
    raw = _resolved(dossiers, entry["like"])
    raw["id"] = name
    for path, value in entry["change"].items():
        _set(raw, path.split("."), deepcopy(value))
    return raw


def _set(raw: Any, parts: list[str], value: Any) -> None:
    for part in parts[:-1]:
        raw = raw[int(part)] if isinstance(raw, list) else raw[part]
    if isinstance(raw, list):
        place = int(parts[-1])
        raw[place : place + 1] = [value]
    else:
        raw[parts[-1]] = value
