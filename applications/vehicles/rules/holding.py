"""The old car's registration history read as periods: who held it when, without gaps or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple

from applications.vehicles.dossier import SCRAPPAGE, Applicant, Dossier, Ownership
from applications.vehicles.rules.persons import Match, match_number
from policy.parameters import ParameterSet

_ONE_DAY = timedelta(days=1)


class Holding(NamedTuple):
    """The day the applicant's holding must reach; `resold` = the buyer has already passed the car on (AMB-07)."""

    day: date
    resold: bool


class Coverage(Enum):
    """Whether the applicant held the car every day of a span."""

    WHOLE = "whole"
    OTHER_OWNER_INSIDE = "other_owner_inside"
    GAP_UNCLEAR = "gap_unclear"
    GAP = "gap"


def end_of_holding(dossier: Dossier, params: ParameterSet) -> Holding | None:
    """Until when the applicant must hold the old car: deregistration, or the transfer out of the applicant's name.

    None when the document that dates it was not filed.
    """
    if dossier.scheme == SCRAPPAGE:
        return Holding(dossier.deregistration.day, False) if dossier.deregistration else None
    if dossier.transfer is None:
        return None
    out = _transfer_out_before_resale(dossier, params)
    return Holding(out or dossier.transfer.registration_date, out is not None)


def _transfer_out_before_resale(dossier: Dossier, params: ParameterSet) -> date | None:
    """When the car left the applicant's name, if at least two others have been registered since.

    Only for a transfer within the policy's period: an earlier one is not the sale this application is about.
    """
    history = sorted(dossier.ownership or (), key=lambda period: period.begin)
    own = [n for n, period in enumerate(history) if period.owner_id == dossier.applicant.id_number]
    if not own or len(history) - own[-1] < 3:
        return None
    out = history[own[-1]].until
    return out if out is not None and out >= params["repl_docs_from"] else None


def own_periods(history: Sequence[Ownership], applicant: Applicant) -> list[Ownership]:
    """The applicant's periods in the order they began."""
    return sorted((p for p in history if p.owner_id == applicant.id_number), key=lambda period: period.begin)


def contains(period: Ownership, day: date) -> bool:
    """Whether the day lies in the period, both ends included."""
    return period.begin <= day and (period.until is None or period.until >= day)


def holders_on(history: Sequence[Ownership], day: date) -> list[str]:
    """The numbers of everyone registered on a day; two when it changed hands that day."""
    return [period.owner_id for period in history if contains(period, day)]


def last_owner_ids(history: Sequence[Ownership], applicant: Applicant, end: date) -> list[str]:
    """Who held the car up to `end`: the applicant alone if registered that day; else who was, or the last before.

    An owner whose period only begins on `end` is the one it went to.
    """
    on_the_day = [period for period in history if contains(period, end)]
    if any(period.owner_id == applicant.id_number for period in on_the_day):
        return [applicant.id_number]
    before = [period for period in on_the_day if period.begin < end]
    if before:
        return sorted({period.owner_id for period in before})
    earlier = [period for period in history if period.begin < end]
    chosen = max(earlier, key=lambda period: period.begin, default=None)
    if chosen is not None:
        return [chosen.owner_id]
    return sorted({period.owner_id for period in on_the_day})


def coverage(history: Sequence[Ownership], applicant: Applicant, first: date, last: date) -> Coverage:
    """Whether the applicant's periods cover every day from `first` to `last`.

    Periods touch when the next begins at most a day after the one before ends. A gap held under a number that may be
    the applicant's old one is unclear. Cover without a gap while another owner is on record inside is for a person.
    """
    covered = first - _ONE_DAY
    gap_from: date | None = None
    gap_to = last
    for period in own_periods(history, applicant):
        if period.begin > covered + _ONE_DAY and covered < last:
            gap_from, gap_to = covered + _ONE_DAY, min(period.begin - _ONE_DAY, last)
            break
        covered = max(covered, period.until or last)
    if gap_from is None and covered < last:
        gap_from = covered + _ONE_DAY
    if gap_from is not None:
        in_gap = [p.owner_id for p in history if p.begin <= gap_to and (p.until is None or p.until >= gap_from)]
        others = [number for number in in_gap if number != applicant.id_number]
        unclear = others and all(match_number(number, applicant) is Match.UNCLEAR for number in others)
        return Coverage.GAP_UNCLEAR if unclear else Coverage.GAP
    inside = any(
        period.owner_id != applicant.id_number
        and period.begin < last
        and (period.until is None or period.until > first)
        for period in history
    )
    return Coverage.OTHER_OWNER_INSIDE if inside else Coverage.WHOLE
