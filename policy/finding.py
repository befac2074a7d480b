"""What a rule says about a dossier, and how several findings make one outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple


class Outcome(StrEnum):
    """The words of the contract, from harmless to worst."""

    PASS = "pass"
    FLAG = "flag"
    RETURN = "return"
    MANUAL = "manual"
    NOT_ACCEPTED = "not_accepted"
    REJECT = "reject"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for pass up to 6 for block; a flag is worse than a pass only for sorting."""
        return _RANK[self]

    @property
    def word(self) -> str:
        """What staff read: 通过, 提示, 退回 …"""
        return _WORD[self]


_RANK = {outcome: rank for rank, outcome in enumerate(Outcome)}
_WORD = dict(zip(Outcome, ("通过", "提示", "退回", "人工", "不予受理", "不予补贴", "拦截"), strict=True))


class Shown(NamedTuple):
    """One value a rule looked at, ready to be shown: masked, formatted, and whether it is what differs.

    `source` is a source code of the catalogue (INV, REGN, POLICE, TAX …), `APP` for what the applicant declared,
    `RULE` for a bound taken from the parameters.
    """

    label: str
    value: str
    source: str
    differs: bool = False


class Verdict(NamedTuple):
    """What a rule function returns; the registry adds the rule's id and clause."""

    outcome: Outcome
    message: str
    inputs: Mapping[str, Shown]


class Finding(NamedTuple):
    """One rule's answer on one dossier. `message` is the Chinese sentence that staff and applicants read."""

    rule: str
    clause: str
    outcome: Outcome
    message: str
    inputs: Mapping[str, Shown] = MappingProxyType({})

    def as_contract(self) -> dict[str, str]:
        """Exactly rule, clause, outcome, message."""
        rule, clause, outcome, message, _ = self
        return {"rule": rule, "clause": clause, "outcome": str.__str__(outcome), "message": message}

    def as_record(self) -> dict[str, Any]:
        """What is frozen on a case: the contract's four and the inputs as plain dictionaries."""
        return {**self.as_contract(), "inputs": {name: shown._asdict() for name, shown in self.inputs.items()}}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Finding:
        """The finding stored by `as_record`."""
        inputs = {name: Shown(**shown) for name, shown in record.get("inputs", {}).items()}
        return cls(record["rule"], record["clause"], Outcome(record["outcome"]), record["message"], inputs)


def worst(findings: Iterable[Finding]) -> Outcome:
    """The overall outcome: block > reject > not_accepted > manual > return > pass; a flag leaves it pass."""
    outcome = max((finding.outcome for finding in findings), key=_RANK.__getitem__, default=Outcome.PASS)
    return Outcome.PASS if outcome is Outcome.FLAG else outcome
