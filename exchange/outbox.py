"""What leaves the portal leaves from here: written with the decision that caused it, delivered afterwards.

A message is delivered at least once, so a handler passes its `key` on as the effect's own unique key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from exchange.models import OutboxMessage, OutboxState

Handler = Callable[[OutboxMessage, datetime], None]
_handlers: dict[str, Handler] = {}
_log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 12
_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(hours=6)


@dataclass(frozen=True)
class Dispatched:
    """Counts of one run of the dispatcher."""

    sent: int = 0
    failed: int = 0
    dead: int = 0


def register(topic: str, handler: Handler) -> None:
    """Say who delivers messages of a topic. Registering a topic twice with different handlers is a mistake."""
    if _handlers.setdefault(topic, handler) is not handler:
        raise ValueError(f"outbox topic {topic!r} has two handlers")


def topics() -> frozenset[str]:
    """Topics that have a handler."""
    return frozenset(_handlers)


def enqueue(topic: str, key: str, payload: Mapping[str, Any], *, at: datetime, due_at: datetime | None = None) -> bool:
    """Write a message in the caller's transaction. Returns False if the key is there already (a retry is a no-op).

    `payload` holds references (ids, codes), never personal data. Raises ValueError for a topic nobody delivers.
    """
    if topic not in _handlers:
        raise ValueError(f"no handler for outbox topic {topic!r}")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("enqueue belongs into the transaction of the decision it carries out")
    _, created = OutboxMessage.objects.get_or_create(
        key=key, defaults={"topic": topic, "payload": dict(payload), "due_at": due_at or at, "created_at": at}
    )
    return created


def dispatch(*, at: datetime, limit: int = 100) -> Dispatched:
    """Deliver up to `limit` messages that are due. Several dispatchers share the work (SKIP LOCKED)."""
    counts = {OutboxState.SENT: 0, OutboxState.WAITING: 0, OutboxState.DEAD: 0}
    seen: list[int] = []
    while len(seen) < limit:
        outcome = _deliver_next(at, seen)
        if outcome is None:
            break
        counts[outcome] += 1
    return Dispatched(sent=counts[OutboxState.SENT], failed=counts[OutboxState.WAITING], dead=counts[OutboxState.DEAD])


def _deliver_next(at: datetime, seen: list[int]) -> OutboxState | None:
    """Take one message and deliver it; the row stays locked meanwhile, so a killed worker leaves it waiting."""
    with transaction.atomic():
        message = (
            OutboxMessage.objects.select_for_update(skip_locked=True)
            .filter(state=OutboxState.WAITING, due_at__lte=at, topic__in=_handlers)
            .exclude(pk__in=seen)
            .order_by("due_at", "id")
            .first()
        )
        if message is None:
            return None
        seen.append(message.pk)
        message.attempts += 1
        try:
            with transaction.atomic():
                _handlers[message.topic](message, at)
        except Exception as error:  # noqa: BLE001 - whatever a transport raises, the message waits for its next turn
            _postpone(message, error, at)
        else:
            message.state, message.finished_at, message.last_error = OutboxState.SENT, at, ""
        message.save(update_fields=["attempts", "state", "finished_at", "last_error", "due_at"])
        return OutboxState(message.state)


def _postpone(message: OutboxMessage, error: Exception, at: datetime) -> None:
    """Give a failed message its next turn with a doubling delay, or give it up. Only the error's type is kept."""
    message.last_error = type(error).__name__[:120]
    if message.attempts >= MAX_ATTEMPTS:
        message.state, message.finished_at = OutboxState.DEAD, at
    else:
        message.due_at = at + min(_FIRST_DELAY * 2 ** (message.attempts - 1), _LONGEST_DELAY)
    _log.warning(
        "outbox.failed", topic=message.topic, message=message.pk, attempts=message.attempts, error=message.last_error
    )
