"""Writing to the trail: one statement for any number of events, in the transaction of what happened."""

from __future__ import annotations

import itertools
import os
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import connection

from audit import canonical, digests, keys, personal, verbs
from audit.models import Event
from policy import clock

_ACTOR = re.compile(r"\A(?:applicant|(?:staff|channel|system):\S{1,80})\Z")
_COLUMNS = "id, at, verb, actor, object_type, object_id, before, after, subject, data, request_id, row_digest"

# The statement is the same for one event and for a thousand, so that the server prepares it once.
_INSERT = f"""
INSERT INTO audit_event ({_COLUMNS})
SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::bytea[], %s::bytea[], %s::bytea[], %s::jsonb[], %s::text[], %s::bytea[])
"""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is to be recorded; the arguments of `record`."""

    verb: str
    actor: str
    at: datetime
    object_type: str
    object_id: str | int
    before: Any = None
    after: Any = None
    data: dict[str, Any] | None = field(default=None)
    request_id: str | None = None


def record(
    verb: str,
    *,
    actor: str,
    at: datetime,
    object_type: str,
    object_id: str | int,
    before: Any = None,
    after: Any = None,
    data: dict[str, Any] | None = None,
    request_id: str | None = None,
) -> Event:
    """Write one event in the caller's transaction.

    `actor` is a plain code: `staff:LOGIN`, `channel:NAME`, `system:J-13`, `applicant`. `before` and `after` are bytes
    (a digest) or a JSON value, of which only a keyed digest is kept. `data` is shown in the trail and holds no
    personal data (`personal.PersonalData` if it does). Raises `verbs.UnknownVerb`, ValueError for a malformed actor or
    object, RuntimeError outside a transaction: an event that can outlive what it tells of would lie.
    """
    entry = Entry(
        verb=verb,
        actor=actor,
        at=at,
        object_type=object_type,
        object_id=object_id,
        before=before,
        after=after,
        data=data,
        request_id=request_id,
    )
    return record_many([entry])[0]


def record_many(entries: Iterable[Entry]) -> list[Event]:
    """Write many events with one statement (and one read per registered kind of object); they keep their order."""
    wanted = list(entries)
    if not wanted:
        return []
    if not connection.in_atomic_block:
        raise RuntimeError("the trail is written in the transaction of what happened")
    events = [_event(entry) for entry in wanted]
    _add_subjects(events)
    for event in events:
        event.row_digest = row_digest(event)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, _arrays(events))
    return events


def row_digest(event: Event) -> bytes:
    """The keyed digest of a row of the trail: over every column but itself and the transaction id."""
    return keys.mac(
        "row",
        canonical.encode(
            [
                event.id,
                event.at,
                event.verb,
                event.actor,
                event.object_type,
                event.object_id,
                _plain(event.before),
                _plain(event.after),
                _plain(event.subject),
                canonical.json_text(event.data),
                event.request_id,
            ]
        ),
    )


def _plain(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def _event(entry: Entry) -> Event:
    verbs.title(entry.verb)
    if not _ACTOR.match(entry.actor):
        raise ValueError("an actor is staff:LOGIN, channel:NAME, system:JOB or applicant")
    object_id = str(entry.object_id)
    if not 1 <= len(entry.object_type) <= 40 or not 1 <= len(object_id) <= 64:
        raise ValueError("an event names its object: type up to 40, id up to 64 characters")
    data = entry.data or {}
    personal.refuse(data)
    personal.refuse(object_id, "object_id")
    request_id = entry.request_id
    if request_id is None:
        request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    at = clock.local(entry.at)
    return Event(
        id=new_id(at),
        at=at,
        verb=entry.verb,
        actor=entry.actor,
        object_type=entry.object_type,
        object_id=object_id,
        before=digests.of_change(entry.before),
        after=digests.of_change(entry.after),
        data=data,
        request_id=request_id[:64],
    )


def _add_subjects(events: Sequence[Event]) -> None:
    ids: dict[str, list[str]] = {}
    for event in events:
        ids.setdefault(event.object_type, []).append(event.object_id)
    for object_type, wanted in ids.items():
        if digests.kind(object_type) is None:
            continue
        found = digests.of_subjects(object_type, wanted)
        for event in events:
            if event.object_type == object_type:
                if event.object_id not in found:
                    raise ValueError(f"{object_type} {event.object_id}: the row the event speaks of does not exist")
                event.subject = found[event.object_id]


def _arrays(events: Sequence[Event]) -> list[list[Any]]:
    return [
        [event.id for event in events],
        [event.at for event in events],
        [event.verb for event in events],
        [event.actor for event in events],
        [event.object_type for event in events],
        [event.object_id for event in events],
        [event.before for event in events],
        [event.after for event in events],
        [event.subject for event in events],
        [canonical.json_text(event.data) for event in events],
        [event.request_id for event in events],
        [event.row_digest for event in events],
    ]


_lock = threading.Lock()
_counter = itertools.count(int.from_bytes(os.urandom(2), "big"))


def new_id(at: datetime) -> UUID:
    """A UUID of version 7 (RFC 9562) for a moment; ids of one process and one millisecond keep their order."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    with _lock:
        step = next(_counter)
    # 30 bits of a running number directly after the time, 44 random bits against other processes.
    number = step & ((1 << 30) - 1)
    random = int.from_bytes(os.urandom(6), "big") & ((1 << 44) - 1)
    high, low = number >> 18, number & ((1 << 18) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low << 44 | random)
