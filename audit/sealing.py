"""The sealer: chains what is committed and not sealed yet, in the order of a snapshot, and signs the step.

Chaining at insert would make every business transaction wait for the one before. So events are written freely and
sealed a little later. None is skipped, however late its transaction commits: an event is found by not having a
position, and the search starts at `floor_txid`, a transaction id below which everything had ended when the previous
seal was made (ids of events say nothing about the order of commits).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from audit import canonical, keys
from audit.models import Seal

GENESIS = bytes(32)
BATCH = 20_000
_LOCK = 0x5EA1  # advisory lock: one sealer at a time

_UNSEALED = """
SELECT e.id, e.at, e.row_digest FROM audit_event e
WHERE e.txid >= %s AND NOT EXISTS (SELECT 1 FROM audit_sealedevent s WHERE s.event_id = e.id)
ORDER BY e.txid, e.id LIMIT %s
"""


def link(previous: bytes, position: int, event_id: UUID, row_digest: bytes) -> bytes:
    """The chain hash at a position: SHA-256 over the previous one, the position, the event and its row digest."""
    return hashlib.sha256(canonical.encode([previous, position, event_id, row_digest])).digest()


def signed_text(seal: Seal) -> bytes:
    """What the signature of a seal covers."""
    return canonical.encode(
        [
            "portal seal 1",
            seal.number,
            seal.at,
            seal.first_position,
            seal.last_position,
            bytes(seal.previous_hash),
            bytes(seal.head_hash),
            seal.floor_txid,
            seal.cluster,
        ]
    )


def seal(at: datetime, *, batch: int = BATCH) -> int:
    """Seal what is committed by now; how many events. Several sealers take turns; a killed one leaves nothing half."""
    total = 0
    while True:
        with transaction.atomic():
            sealed = _seal_once(at, batch)
        total += sealed
        if sealed < batch:
            return total


def cluster_id(cursor: Any) -> int:
    """Which PostgreSQL cluster this is: transaction ids of two clusters cannot be compared (dump and restore)."""
    cursor.execute("SELECT system_identifier FROM pg_control_system()")
    return int(cursor.fetchone()[0])


def floor_of(last: Seal | None, cluster: int) -> int:
    """From which transaction on unsealed events may exist: 0 (all) at the start and after a move to a new cluster."""
    return last.floor_txid if last is not None and last.cluster == cluster else 0


def _seal_once(at: datetime, batch: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = Seal.objects.order_by("-number").first()
        cluster = cluster_id(cursor)
        floor = floor_of(last, cluster)
        # Taken in a statement before the search: what had ended then is visible to the search.
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        ended_below = int(cursor.fetchone()[0])
        cursor.execute(_UNSEALED, [floor, batch])
        rows = cursor.fetchall()
        if not rows:
            return 0
        next_floor = ended_below if len(rows) < batch else floor
        _append(cursor, rows, last, at=at, floor_txid=next_floor, cluster=cluster)
    return len(rows)


def _append(
    cursor: Any, rows: list[tuple[Any, ...]], last: Seal | None, *, at: datetime, floor_txid: int, cluster: int
) -> None:
    position = last.last_position if last else 0
    head = bytes(last.head_hash) if last else GENESIS
    new = Seal(
        number=last.number + 1 if last else 1,
        at=at,
        first_position=position + 1,
        previous_hash=head,
        floor_txid=floor_txid,
        cluster=cluster,
    )
    positions: list[int] = []
    hashes: list[bytes] = []
    for event_id, _, row_digest in rows:
        position += 1
        head = link(head, position, event_id, bytes(row_digest))
        positions.append(position)
        hashes.append(head)
    cursor.execute(
        "INSERT INTO audit_sealedevent (position, event_id, event_at, chain_hash)"
        " SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::timestamptz[], %s::bytea[])",
        [positions, [row[0] for row in rows], [row[1] for row in rows], hashes],
    )
    new.last_position = position
    new.head_hash = head
    new.signature = keys.signing_key().sign(signed_text(new))
    new.save(force_insert=True)
