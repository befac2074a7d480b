"""What a scheme is to everything above it: it reads a dossier, judges it, and knows its baseline parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from policy.finding import Finding, Outcome, worst
from policy.money import format_yuan
from policy.parameters import ParameterSet
from policy.reading import Section
from policy.registry import Rule


@dataclass(frozen=True, slots=True)
class Result:
    """The judgement of one dossier.

    `amount_fen` is None where the scheme pays none or the outcome is reject, not_accepted or block;
    `computed_fen` is the sum whenever it can be computed, whatever the outcome.
    """

    outcome: Outcome
    amount_fen: int | None
    computed_fen: int | None
    findings: tuple[Finding, ...]

    def as_contract(self, id: str) -> dict[str, Any]:
        """The line that `evaluate` prints."""
        return {
            "id": id,
            "outcome": self.outcome.value,
            "amount": None if self.amount_fen is None else format_yuan(self.amount_fen),
            "findings": [finding.as_contract() for finding in self.findings],
        }


PAYS_NOTHING = frozenset({Outcome.REJECT, Outcome.NOT_ACCEPTED, Outcome.BLOCK})


def conclude(findings: Sequence[Finding], computed_fen: int | None) -> Result:
    """The overall outcome and payable amount of all findings of a dossier."""
    outcome = worst(findings)
    return Result(outcome, None if outcome in PAYS_NOTHING else computed_fen, computed_fen, tuple(findings))


def judge_all(rules: Iterable[Rule], dossier: Any, params: ParameterSet) -> list[Finding]:
    """The finding of every rule that applies. None stops at the first failure."""
    return [finding for rule in rules if (finding := rule.judge(dossier, params)) is not None]


class Scheme(Protocol):
    """A subsidy scheme. Registered once; found by its code."""

    code: str
    title: str

    @property
    def baseline(self) -> ParameterSet:
        """The baseline policy version, over which signed versions are laid."""

    @property
    def section(self) -> Section:
        """The declaration of a dossier: columns of spreadsheets, labels, JSON schema."""

    def parse(self, raw: Any, *, at: datetime) -> Any:
        """The dossier in decoded JSON; `at` dates what it does not date itself. Raises InputError naming fields."""

    def evaluate(self, dossier: Any, params: ParameterSet) -> Result:
        """Judge a parsed dossier by exactly these parameters."""

    def case_counts(self) -> Mapping[str, int]:
        """How many worked cases each rule id has."""


_schemes: dict[str, Scheme] = {}


def register(scheme: Scheme) -> None:
    """Make a scheme known by its code. Raises ValueError when the code is taken by another object."""
    if _schemes.setdefault(scheme.code, scheme) is not scheme:
        raise ValueError(f"scheme {scheme.code} is registered twice")


def scheme(code: str) -> Scheme:
    """The scheme of this code. Raises KeyError."""
    return _schemes[code]


def schemes() -> list[Scheme]:
    """Every registered scheme in the order of registration."""
    return list(_schemes.values())
