"""What a scheme contributes to the desk and the workflow: one registered object (DESIGN §2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from policy.scheme import Result
    from review.models import Case


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """A ground a decision may cite (catalogue §9.5). `kinds` holds R, N, B, M, K; `rules` what brings it."""

    code: str
    kinds: str
    title: str
    clause: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A fresh look at a case's content. `content_digest` is keyed and covers all that a decision binds."""

    result: Result
    policy_version: str
    parameters: dict[str, Any]
    content_digest: str
    base_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the facts panel: a label, one or more values, and how to set them."""

    label: str
    values: tuple[str, ...]
    mono: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field that several sources speak of: what was declared; what documents and authorities say (title, value)."""

    label: str
    declared: str
    documents: tuple[tuple[str, str], ...] = ()
    authorities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Presentation:
    """What the desk shows of a case's content; personal values are masked already."""

    title: str
    facts: tuple[Fact, ...]
    formula: str = ""
    formula_note: str = ""
    document_types: tuple[tuple[str, str], ...] = ()
    answers: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)
    comparisons: tuple[Comparison, ...] = ()


class ReviewedScheme(Protocol):
    """The protocol of a scheme that passes through review."""

    code: str
    title: str
    short_title: str
    prefix: str
    pool_code: str
    reason_codes: Mapping[str, ReasonCode]
    clock_days: Mapping[str, int]

    def refresh(self, case: Case, *, at: datetime) -> Evaluated:
        """Evaluate the stored content with what is known now; stores nothing."""

    def present(self, case: Case) -> Presentation:
        """Masked content for the case page."""

    def correction_close(self, case: Case) -> datetime:
        """The instant from which a correction is late (exclusive end)."""

    def on_decided(self, case: Case, event: str, *, at: datetime) -> None:
        """Called inside the transaction of a transition, after it was recorded."""


_SCHEMES: dict[str, ReviewedScheme] = {}


def register(scheme: ReviewedScheme) -> None:
    """Make a scheme known to review; called from the scheme app's `ready`."""
    _SCHEMES[scheme.code] = scheme


def reviewed(code: str) -> ReviewedScheme:
    """The reviewed scheme by code; KeyError names an unknown one."""
    return _SCHEMES[code]


def all_reviewed() -> tuple[ReviewedScheme, ...]:
    """Every registered scheme, in order of registration."""
    return tuple(_SCHEMES.values())
