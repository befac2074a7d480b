"""Background work of the evidence store, and when it is done."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.schedules import crontab

from documents import services
from policy import clock

SCHEDULE: dict[str, dict[str, Any]] = {
    "documents-sweep": {"task": "documents.sweep", "schedule": crontab(hour=4, minute=40)},
}


@shared_task(name="documents.sweep")
def sweep() -> int:
    """Remove files that no document names. Returns how many."""
    return services.sweep(at=clock.now())
