"""The rows of `manage.py rules`: every rule that is built, with its parameters' baseline values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from console import held_by
from console.schemes import built_scheme
from policy.registry import CHECK, all_rules
from policy.scheme import schemes


def rows(scheme_code: str | None = None) -> list[dict[str, Any]]:
    """One row per rule id; with a scheme only its rules, and only its cases counted. Raises NotBuilt."""
    chosen = [built_scheme(scheme_code)] if scheme_code else schemes()
    held = held_by.committed()
    listed = []
    for rule in all_rules(scheme_code):
        owners = [found for found in chosen if found.code in rule.schemes]
        parameters = owners[0].baseline if owners else None
        listed.append(
            {
                "id": rule.id,
                "scheme": _common_name(rule.schemes),
                "schemes": list(rule.schemes),
                "kind": rule.kind,
                "clause": rule.clause,
                "title": rule.title,
                "basis": rule.basis,
                "parameters": {code: parameters.parameter(code).written for code in rule.parameters}
                if parameters
                else {},
                "cases": sum(found.case_counts().get(rule.id, 0) for found in owners) if rule.kind == CHECK else 0,
                "held_by": held.get(rule.id, []),
            }
        )
    return listed


def _common_name(codes: Iterable[str]) -> str:
    """A rule's one scheme, or what its schemes' names share: `vehicle` for both vehicle schemes."""
    names = list(codes)
    return names[0] if len(names) == 1 else names[0].partition("-")[0]


def table(listed: list[dict[str, Any]]) -> Iterable[str]:
    """The rows for reading, tab separated."""
    yield "\t".join(("id", "kind", "scheme", "basis", "cases", "held_by", "clause", "title"))
    for row in listed:
        columns = (row["id"], row["kind"], row["scheme"], row["basis"], row["cases"], len(row["held_by"]))
        yield "\t".join(map(str, (*columns, row["clause"], row["title"])))
