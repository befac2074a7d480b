"""Background work of the outside edge. Every task may run twice: its effects have unique keys."""

from __future__ import annotations

from dataclasses import asdict

from celery import shared_task

from exchange import channels, outbox
from policy import clock


@shared_task(name="exchange.dispatch_outbox")
def dispatch_outbox(limit: int = 100) -> dict[str, int]:
    """Deliver outbox messages that are due. Returns counts."""
    return asdict(outbox.dispatch(at=clock.now(), limit=limit))


@shared_task(name="exchange.sweep_nonces")
def sweep_nonces() -> int:
    """Forget nonces whose requests would be stale anyway. Returns how many."""
    return channels.sweep_nonces(at=clock.now())
