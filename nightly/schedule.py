"""The registered jobs as Celery's schedule; times are Asia/Shanghai."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

from nightly.registry import jobs


def beat_schedule() -> dict[str, dict[str, Any]]:
    """One entry a job at its daily time, and a catch-up every hour for nights that were missed."""
    entries: dict[str, dict[str, Any]] = {
        job.code: {
            "task": "nightly.tasks.run_job",
            "schedule": crontab(hour=job.daily_at.hour, minute=job.daily_at.minute),
            "args": (job.code,),
        }
        for job in jobs()
    }
    entries["catch-up"] = {"task": "nightly.tasks.catch_up", "schedule": crontab(minute=7)}
    return entries
