"""Reads of job runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from nightly.models import JobRun
from nightly.registry import jobs


@dataclass(frozen=True, slots=True)
class RunOfJob:
    """One run as a page shows it."""

    job: str
    title: str
    business_date: date
    state: str
    finished_at: datetime | None
    counts: dict[str, int]


def recent_runs(limit: int = 60) -> list[RunOfJob]:
    """The latest runs, newest business date first."""
    titles = {job.code: job.title for job in jobs()}
    rows = JobRun.objects.order_by("-business_date", "job")[:limit]
    return [
        RunOfJob(
            row.job,
            titles.get(row.job, row.job),
            row.business_date,
            row.get_state_display(),
            row.finished_at,
            row.counts,
        )
        for row in rows
    ]
