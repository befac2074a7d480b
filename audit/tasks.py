"""The trail's own work, and when it is done."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.schedules import crontab

from audit import partitions, sealing
from policy import clock

# Sealing is frequent because an event that is not sealed yet can be deleted without a trace.
SCHEDULE: dict[str, dict[str, Any]] = {
    "audit-seal": {"task": "audit.tasks.seal", "schedule": 60.0},
    "audit-partitions": {"task": "audit.tasks.ensure_partitions", "schedule": crontab(hour=3, minute=10)},
}


@shared_task
def seal() -> int:
    """Seal what is committed. How many events were sealed."""
    return sealing.seal(clock.now())


@shared_task
def ensure_partitions() -> int:
    """Make the coming months' partitions. How many were new."""
    return partitions.ensure(at=clock.now())
