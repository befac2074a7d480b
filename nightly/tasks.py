"""Celery's doors to the jobs. Redelivery is harmless: a date that is done stays done."""

from __future__ import annotations

from datetime import date

import structlog
from celery import shared_task

from nightly import services
from policy import clock
from policy.errors import Refused

log = structlog.get_logger(__name__)


@shared_task(name="nightly.tasks.run_job")
def run_job(code: str) -> dict[str, int]:
    """Run one job for today's business date."""
    return _run(code, clock.today())


@shared_task(name="nightly.tasks.catch_up")
def catch_up() -> int:
    """Run what the last nights missed; gives the number of runs.

    A run that fails does not keep the others from theirs. At the end the failures are raised as one RuntimeError.
    """
    missed = services.due(clock.now())
    failed: list[str] = []
    for code, business_date in missed:
        try:
            _run(code, business_date)
        except Exception:
            log.exception("job.failed", job=code, business_date=business_date.isoformat())
            failed.append(f"{code} {business_date}")
    if failed:
        raise RuntimeError("jobs failed: " + ", ".join(failed))
    return len(missed)


def _run(code: str, business_date: date) -> dict[str, int]:
    try:
        ran = services.run(code, business_date, at=clock.now(), actor="system:schedule")
    except Refused as refused:
        if refused.code == "locked":
            return {"running_elsewhere": 1}
        raise
    return ran.counts
