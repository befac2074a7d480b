"""Which person may be seen for which case. This layer knows no cases, so the app above says it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# (case reference, person id, account) -> whether the account may see the case, and the person belongs to it.
Gate = Callable[[str, int, Any], bool]

_gates: list[Gate] = []


def register_gate(gate: Gate) -> None:
    """Register who answers for cases; called once, when the app that owns them is ready."""
    if gate not in _gates:
        _gates.append(gate)


def may_see(case_ref: str, person_id: int, user: Any) -> bool:
    """Whether any registered gate lets the account see this person for this case; nobody asked, nobody let in."""
    return any(gate(case_ref, person_id, user) for gate in _gates)
