"""The working-day clock of a case: it runs while staff owe an answer and stops while the applicant does."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from policy.workdays import MissingYear
from regulation import selectors as regulation
from review import states
from review.models import Case
from review.schemes import reviewed

log = logging.getLogger(__name__)


def restart(case: Case, *, at: datetime) -> None:
    """Start the full term of the case's present stage at `at`."""
    days = reviewed(case.scheme).clock_days.get(case.stage)
    case.stage_at = at
    case.clock_left_seconds = None
    case.due_at = _due(at, timedelta(days=days)) if days else None


def pause(case: Case, *, at: datetime) -> None:
    """Stop the clock and keep what is left of the term."""
    if case.due_at is not None:
        try:
            left = regulation.calendar().remaining(at, case.due_at)
        except MissingYear as missing:
            log.warning("clock.missing_year", extra={"year": missing.year})
            left = case.due_at - at
        case.clock_left_seconds = int(left.total_seconds())
    case.due_at = None


def resume(case: Case, *, at: datetime) -> None:
    """Go on with what was left; a case that came from intake starts its first term."""
    if case.clock_left_seconds is None:
        restart(case, at=at)
        return
    left = timedelta(seconds=case.clock_left_seconds)
    case.due_at = _due(at, left) if left > timedelta() else at + left
    case.clock_left_seconds = None


def stop(case: Case, *, at: datetime) -> None:
    """End the clock: nobody owes an answer any more."""
    case.due_at = None
    case.clock_left_seconds = None
    if case.state not in states.LIVE:
        case.closed_at = at


def _due(at: datetime, term: timedelta) -> datetime | None:
    """When `term` of working time has run; None (said on the desk) where the calendar lacks the year."""
    try:
        return regulation.calendar().due(at, 0, paused=term)
    except MissingYear as missing:
        log.warning("clock.missing_year", extra={"year": missing.year})
        return None


MOVES = {"restart": restart, "pause": pause, "resume": resume, "stop": stop}
