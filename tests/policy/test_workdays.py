"""Working days with holidays, make-up days and overrides; a year nobody knows is an error."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from policy.clock import SHANGHAI
from policy.workdays import MissingYear, WorkCalendar

CALENDAR = WorkCalendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 3, 16), True),
        (date(2026, 3, 14), False),
        (date(2026, 2, 17), False),  # 春节
        (date(2026, 2, 14), True),  # a Saturday made up for it
        (date(2026, 10, 1), False),
    ],
)
def test_holidays_and_make_up_days(day: date, works: bool) -> None:
    assert CALENDAR.is_workday(day) is works


def test_override_beats_the_published_calendar() -> None:
    changed = WorkCalendar({date(2026, 3, 16): False, date(2026, 3, 14): True})
    assert (changed.is_workday(date(2026, 3, 16)), changed.is_workday(date(2026, 3, 14))) == (False, True)


def test_year_nobody_published_is_an_error_unless_entered() -> None:
    with pytest.raises(MissingYear, match="2027"):
        CALENDAR.is_workday(date(2027, 3, 1))
    assert WorkCalendar({date(2027, 3, 1): True}).is_workday(date(2027, 3, 1))


def test_counting_leaves_the_first_day_out_and_takes_the_last_in() -> None:
    assert CALENDAR.count(date(2026, 3, 16), date(2026, 3, 19)) == 3
    assert CALENDAR.count(date(2026, 3, 13), date(2026, 3, 16)) == 1
    assert CALENDAR.count(date(2026, 3, 19), date(2026, 3, 16)) == -3
    assert CALENDAR.count(date(2026, 3, 16), date(2026, 3, 16)) == 0


def test_adding_is_the_inverse_of_counting() -> None:
    start = date(2026, 2, 12)
    for days in range(30):
        assert CALENDAR.count(start, CALENDAR.add(start, days)) == days


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-16T10:05", 3, "2026-03-19T10:05"),
        ("2026-03-13T10:05", 1, "2026-03-16T10:05"),
        ("2026-03-14T10:05", 1, "2026-03-17T00:00"),
        ("2026-03-13T00:00", 1, "2026-03-14T00:00"),
        ("2026-03-16T10:05", 0, "2026-03-16T10:05"),
    ],
)
def test_due_runs_on_working_time(start: str, days: int, due: str) -> None:
    assert CALENDAR.due(at(start), days) == at(due)


def test_time_paused_moves_the_deadline() -> None:
    assert CALENDAR.due(at("2026-03-16T10:05"), 3, paused=timedelta(days=1)) == at("2026-03-20T10:05")


def test_remaining_counts_working_time_and_turns_negative() -> None:
    due = at("2026-03-16T12:00")
    assert CALENDAR.remaining(at("2026-03-13T12:00"), due) == timedelta(days=1)
    assert CALENDAR.remaining(at("2026-03-17T12:00"), due) == timedelta(days=-1)


def test_elapsed_and_due_agree() -> None:
    start = at("2026-02-13T16:30")
    for days in range(1, 12):
        assert CALENDAR.elapsed(start, CALENDAR.due(start, days)) == timedelta(days=days)
