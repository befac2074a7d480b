"""Background work of the outside edge, and when it is done. Every task may run twice: its effects have unique keys."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from celery import shared_task
from celery.schedules import crontab

from exchange import channels, outbox
from policy import clock

SCHEDULE: dict[str, dict[str, Any]] = {
    "exchange-outbox": {"task": "exchange.dispatch_outbox", "schedule": 30.0},
    "exchange-nonces": {"task": "exchange.sweep_nonces", "schedule": crontab(minute="*/10")},
}


@shared_task(name="exchange.dispatch_outbox")
def dispatch_outbox(limit: int = 100) -> dict[str, int]:
    """Deliver outbox messages that are due. Returns counts."""
    return asdict(outbox.dispatch(at=clock.now(), limit=limit))


@shared_task(name="exchange.sweep_nonces")
def sweep_nonces() -> int:
    """Forget nonces whose requests would be stale anyway. Returns how many."""
    return channels.sweep_nonces(at=clock.now())
