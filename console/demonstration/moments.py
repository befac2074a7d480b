"""When things happened: office hours of the working days before the present, so that the queue looks lived in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from policy.clock import SHANGHAI, local
from policy.workdays import WorkCalendar

SPAN = 25
_OPENS = time(9, 0)
_CLOSES = time(17, 30)
_OFFICE = timedelta(hours=8, minutes=30)
# Filing is possible from the first moment on; the last one leaves some days before filing ends.
_FIRST = datetime(2026, 2, 9, 10, 0, tzinfo=SHANGHAI)
_LAST = datetime(2026, 11, 27, 17, 30, tzinfo=SHANGHAI)
_FALLBACK = datetime(2026, 3, 16, 17, 0, tzinfo=SHANGHAI)
_ENOUGH_DAYS = 6


class Window:
    """Office time up to `end`: the present if applications can be filed now, else the last such moment of the year.

    Before enough of the filing period has passed (or before it began) the story is told up to 2026-03-16.
    """

    def __init__(self, now: datetime, calendar: WorkCalendar) -> None:
        self.end = min(local(now), _LAST)
        self._days = self._workdays(calendar)
        if len(self._days) < _ENOUGH_DAYS:
            self.end = _FALLBACK
            self._days = self._workdays(calendar)

    def at(self, days_ago: float) -> datetime:
        """The moment `days_ago` office days (8.5 hours each) before the end; never before filing began."""
        left = _OFFICE * (days_ago * self._scale)
        for index in range(len(self._days) - 1, -1, -1):
            opens, closes = self._hours(index)
            if left <= closes - opens or index == 0:
                return max(closes - left, opens)
            left -= closes - opens
        return self.end

    @property
    def start(self) -> datetime:
        """The first moment that `at` gives."""
        return self.at(SPAN)

    @property
    def _scale(self) -> float:
        """Below 1 while fewer days than SPAN lie between the first day of filing and the end."""
        return min(1.0, (len(self._days) - 1) / SPAN)

    def _hours(self, index: int) -> tuple[datetime, datetime]:
        """Opening and closing of a day; the first day opens with filing, the last closes at the end."""
        day = self._days[index]
        opens = max(datetime.combine(day, _OPENS, tzinfo=SHANGHAI), _FIRST)
        closes = min(datetime.combine(day, _CLOSES, tzinfo=SHANGHAI), self.end)
        return opens, max(opens, closes)

    def _workdays(self, calendar: WorkCalendar) -> list[date]:
        days: list[date] = []
        day = self.end.date()
        while day >= _FIRST.date() and len(days) < SPAN + 2:
            if calendar.is_workday(day) and datetime.combine(day, _OPENS, tzinfo=SHANGHAI) < self.end:
                days.append(day)
            day -= timedelta(days=1)
        return days[::-1]
