"""The scheduled jobs there are: each registered once, each idempotent by business date (catalogue §10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

Counts = dict[str, int]
Work = Callable[[date, datetime], Counts]


@dataclass(frozen=True, slots=True)
class Job:
    """A job: its id of the catalogue, Chinese title, daily time (Asia/Shanghai) and work.

    `work(business_date, at)` returns counts. It must leave the same totals when it is run again or was
    killed in the middle: each effect hangs on a unique key or on the state it changes.
    """

    code: str
    title: str
    daily_at: time
    work: Work


_JOBS: dict[str, Job] = {}


def register(code: str, title: str, daily_at: time) -> Callable[[Work], Work]:
    """Decorate the work of a job with its id, title and daily time."""

    def keep(work: Work) -> Work:
        if code in _JOBS and _JOBS[code].work is not work:
            raise ValueError(f"job {code} is registered twice")
        _JOBS[code] = Job(code, title, daily_at, work)
        return work

    return keep


def job(code: str) -> Job:
    """The job by its id. Raises KeyError."""
    return _JOBS[code]


def jobs() -> list[Job]:
    """All jobs in the order of their daily time."""
    return sorted(_JOBS.values(), key=lambda job: (job.daily_at, job.code))
