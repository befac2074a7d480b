"""The two-pass workflow as one table. Pure Python: no Django, no scheme.

A row says: in `source`, `event` by somebody with `action` leads to `target` if every guard holds.
`Target.BACK` is the stage that returned the case. Guards are names; `review.guards` implements them.
Contract §3 (table of states), DESIGN §3; catalogue §8.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from review import states as s

BACK_TO_RETURNER = "<returner>"


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed move. `stage` is who signs it; `money` what it does to the hold; `clock` to the deadline."""

    source: str
    event: str
    target: str
    action: str
    stage: str
    guards: tuple[str, ...] = ()
    money: str = ""
    clock: str = ""
    reasons: bool = False
    new_round: bool = False


_PASS_GUARDS = ("not_recused", "four_eyes", "findings_allow", "assessed", "hold_covers")
_SIGN_GUARDS = ("not_recused", "four_eyes")


def _withdrawals() -> tuple[Transition, ...]:
    sources = (s.DISTRICT_REVIEW, s.MUNICIPAL_REVIEW, s.PROPOSED_REJECT, s.RETURNED, s.NOT_ACCEPTED)
    return tuple(
        Transition(src, "withdraw", s.WITHDRAWN, "case.withdraw", s.APPLICANT, money="release", clock="stop")
        for src in sources
    )


TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        s.DISTRICT_REVIEW, "pass", s.MUNICIPAL_REVIEW, "case.pass_district", s.DISTRICT, _PASS_GUARDS, clock="restart"
    ),
    Transition(
        s.DISTRICT_REVIEW,
        "return",
        s.RETURNED,
        "case.return_district",
        s.DISTRICT,
        ("not_recused", "curable"),
        clock="pause",
        reasons=True,
    ),
    Transition(
        s.DISTRICT_REVIEW,
        "reject",
        s.PROPOSED_REJECT,
        "case.reject_district",
        s.DISTRICT,
        _SIGN_GUARDS,
        clock="restart",
        reasons=True,
    ),
    Transition(
        s.MUNICIPAL_REVIEW,
        "pass",
        s.APPROVED,
        "case.pass_municipal",
        s.MUNICIPAL,
        _PASS_GUARDS,
        money="commit",
        clock="stop",
    ),
    Transition(
        s.MUNICIPAL_REVIEW,
        "return",
        s.RETURNED,
        "case.return_municipal",
        s.MUNICIPAL,
        ("not_recused", "curable"),
        clock="pause",
        reasons=True,
    ),
    *(
        Transition(
            src,
            "reject",
            s.REJECTED,
            "case.reject_municipal",
            s.MUNICIPAL,
            _SIGN_GUARDS,
            money="release",
            clock="stop",
            reasons=True,
        )
        for src in (s.MUNICIPAL_REVIEW, s.PROPOSED_REJECT)
    ),
    *(
        Transition(
            src,
            "back",
            s.DISTRICT_REVIEW,
            "case.back",
            s.MUNICIPAL,
            ("not_recused",),
            clock="restart",
            new_round=True,
        )
        for src in (s.MUNICIPAL_REVIEW, s.PROPOSED_REJECT)
    ),
    *_withdrawals(),
    Transition(s.RETURNED, "correct", BACK_TO_RETURNER, "case.correct", s.APPLICANT, clock="resume"),
    Transition(s.NOT_ACCEPTED, "correct", BACK_TO_RETURNER, "case.correct", s.APPLICANT, clock="resume"),
    *(
        Transition(source, event, target, "case.correct", s.APPLICANT)
        for source in (s.RETURNED, s.NOT_ACCEPTED)
        for event, target in (("to_return", s.RETURNED), ("to_not_accepted", s.NOT_ACCEPTED))
    ),
    *(
        Transition(source, "no_funds", s.CLOSED_NO_FUNDS, "system", s.SYSTEM, money="release", clock="stop")
        for source in (s.DISTRICT_REVIEW, s.RETURNED, s.NOT_ACCEPTED)
    ),
    Transition(s.RETURNED, "expire", s.REJECTED, "job", s.SYSTEM, money="release", clock="stop"),
    Transition(s.NOT_ACCEPTED, "expire", s.NOT_ACCEPTED_FINAL, "job", s.SYSTEM, money="release", clock="stop"),
    Transition(s.APPROVED, "fall", s.MUNICIPAL_REVIEW, "system", s.SYSTEM, money="uncommit", clock="restart"),
)

_TABLE = {(row.source, row.event): row for row in TRANSITIONS}
EVENTS = tuple(dict.fromkeys(row.event for row in TRANSITIONS))
STAFF_EVENTS = ("pass", "return", "reject", "back")


def find(state: str, event: str) -> Transition | None:
    """The row for `event` in `state`, or None where the table has none."""
    return _TABLE.get((state, event))


def events_from(state: str) -> tuple[str, ...]:
    """Events that the table knows in `state`, in the table's order."""
    return tuple(row.event for row in TRANSITIONS if row.source == state)
