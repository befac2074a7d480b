"""The working-day clock: how much of a stage's time is used, in pips and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from policy.clock import local
from policy.workdays import MissingYear, WorkCalendar

_DAY = timedelta(days=1)
_PIP, _GAP = 12, 2


@dataclass(frozen=True, slots=True)
class Pip:
    """One working day of the clock: where it starts and how much of its width is used, in SVG units."""

    x: int
    used: str


@dataclass(frozen=True, slots=True)
class Clock:
    """`level` is normal, soon (at most one day), late, hold (the applicant owes an answer) or none."""

    level: str
    text: str
    due: str
    title: str
    pips: tuple[Pip, ...]

    @property
    def width(self) -> int:
        """Width of the drawing in SVG units."""
        return max(len(self.pips) * (_PIP + _GAP) - _GAP, 1)


NO_CLOCK = Clock("none", "—", "", "本环节不计时", ())
AWAITED = Clock("hold", "待补正", "", "等待申请人补正，期间不计时", ())


def clock_of(
    *,
    due_at: datetime | None,
    left_seconds: int | None,
    days: int,
    now: datetime,
    calendar: WorkCalendar,
    awaited: bool = False,
) -> Clock:
    """The clock of a case: running until `due_at`, or stopped with `left_seconds` of working time left.

    `awaited`: the applicant owes an answer, also where no clock had started.
    """
    if due_at is None and left_seconds is None:
        return AWAITED if awaited else NO_CLOCK
    if due_at is None:
        left = timedelta(seconds=left_seconds or 0)
        return Clock("hold", f"停 {_tenths(left)} 日", "", "申请人补正期间不计时", _pips(days, left))
    try:
        left = calendar.remaining(now, due_at)
    except MissingYear as missing:
        return Clock("none", f"缺 {missing.year} 年工作日历", _moment(due_at), str(missing), ())
    title = f"工作日，期限 {days} 个工作日"
    if left < timedelta():
        return Clock(
            "late", f"超 {max(_tenths(-left), 0.1)} 日", _moment(due_at), f"已超过 {days} 个工作日", _pips(days, left)
        )
    text = f"剩 {_tenths(left)} 日" if _tenths(left) else "剩不足 0.1 日"
    return Clock("soon" if left <= _DAY else "normal", text, _moment(due_at), title, _pips(days, left))


def _tenths(span: timedelta) -> float:
    """Days with one decimal, rounded down, so that a clock never promises more than is left."""
    return int(span / _DAY * 10) / 10


def _moment(at: datetime) -> str:
    moment = local(at)
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}"


def _pips(days: int, left: timedelta) -> tuple[Pip, ...]:
    used = max(days - left / _DAY, 0.0)
    return tuple(Pip(index * (_PIP + _GAP), f"{_PIP * min(max(used - index, 0.0), 1.0):.1f}") for index in range(days))
