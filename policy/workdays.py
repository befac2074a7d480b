"""Working days with public holidays and make-up days. A year nobody has published is an error, never a guess."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import chinese_calendar

from policy.clock import end_of, local, start_of

_ONE_DAY = timedelta(days=1)


class MissingYear(LookupError):
    """No holiday calendar for this year: neither published nor entered in the table of working days."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(f"没有{year}年的工作日历，请先在工作日表中录入")


class WorkCalendar:
    """The State Council's calendar (chinesecalendar), overridden day by day by an admin table.

    A year the package does not know works only for days that are overridden.
    """

    __slots__ = ("_overrides",)

    def __init__(self, overrides: Mapping[date, bool] | None = None) -> None:
        self._overrides = dict(overrides or {})

    def is_workday(self, day: date) -> bool:
        """Whether offices work that day. Raises MissingYear."""
        if day in self._overrides:
            return self._overrides[day]
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            raise MissingYear(day.year) from None

    def add(self, day: date, count: int) -> date:
        """The `count`-th working day after `day` (that day itself is not counted); `count` 0 gives `day`."""
        if count < 0:
            raise ValueError("count is not negative")
        while count:
            day += _ONE_DAY
            if self.is_workday(day):
                count -= 1
        return day

    def count(self, first: date, last: date) -> int:
        """Working days from `first` (not counted) to `last` (counted); negative when `last` is earlier."""
        if last < first:
            return -self.count(last, first)
        days = (last - first).days
        return sum(self.is_workday(first + timedelta(days=n)) for n in range(1, days + 1))

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Working time between two moments: each working day counts its 24 hours, other days nothing."""
        start, end = local(start), local(end)
        if end < start:
            return -self.elapsed(end, start)
        total = timedelta()
        day = start.date()
        while day <= end.date():
            if self.is_workday(day):
                total += min(end, end_of(day)) - max(start, start_of(day))
            day += _ONE_DAY
        return total

    def due(self, start: datetime, days: int, *, paused: timedelta = timedelta()) -> datetime:
        """When `days` working days (24 working hours each) have run from `start`, plus working time paused.

        Monday 10:05 with 3 days is due Thursday 10:05; on a day off the clock starts at the next working day's 00:00.
        """
        left = timedelta(days=days) + paused
        at = local(start)
        while True:
            if self.is_workday(at.date()):
                rest = end_of(at.date()) - at
                if left <= rest:
                    return at + left
                left -= rest
            at = end_of(at.date())

    def remaining(self, at: datetime, due: datetime) -> timedelta:
        """Working time left from `at` until `due`; negative once it is late."""
        return self.elapsed(at, due)
