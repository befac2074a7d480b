"""The one clock. The edges ask it for the time and hand `at` to services; rehearsals and tests set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_fixed: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in Asia/Shanghai; the set one while the clock is set."""
    if _fixed is not None:
        return _fixed
    return datetime.now(SHANGHAI)  # noqa: TID251 - the only place that reads the machine's clock


def today() -> date:
    """The business date of `now()`."""
    return now().date()


def set_to(at: datetime | None) -> None:
    """Set the clock of the whole process, or let it run again with None. Raises ValueError on a naive time."""
    global _fixed
    _fixed = None if at is None else local(at)


@contextmanager
def frozen(at: datetime) -> Iterator[datetime]:
    """Within the block `now()` is `at`; afterwards the clock is as it was. Process-wide, not per thread."""
    before = _fixed
    set_to(at)
    try:
        yield now()
    finally:
        set_to(before)


def local(at: datetime) -> datetime:
    """The same moment in Asia/Shanghai. Raises ValueError on a naive time: a guess would move deadlines."""
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return at.astimezone(SHANGHAI)


def start_of(day: date) -> datetime:
    """00:00 of the day in Asia/Shanghai. The end of a day (24:00) is the start of the next, exclusive."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def end_of(day: date) -> datetime:
    """24:00 of the day: the exclusive bound `start_of(day + 1)`."""
    return start_of(day + timedelta(days=1))
