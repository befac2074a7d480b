"""The trail's own work, for the schedule."""

from __future__ import annotations

from celery import shared_task

from audit import partitions, sealing
from policy import clock


@shared_task(name="audit.seal")
def seal() -> int:
    """Seal what is committed; to run every minute. How many events were sealed."""
    return sealing.seal(clock.now())


@shared_task(name="audit.partitions")
def ensure_partitions() -> int:
    """Make the coming months' partitions; to run daily. How many were new."""
    return partitions.ensure(at=clock.now())
