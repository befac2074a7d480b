"""The proof of the trail: reads everything again and names each row that does not fit.

Found: an edited event, sealed or not (keyed digest of the row); a deleted, swapped or inserted one (positions and
chain); a cut tail (what the last signed seal counts; or, if the seals went too, the heads of a witness); a changed,
deleted or unrecorded row of a registered kind (decisions, ledger entries). Not found, because nothing can tell:
deletion of an event that was not sealed yet and whose subject went with it. So seal often.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection, transaction

from audit import digests, heads, recording
from audit.models import Event, Seal
from audit.sealing import GENESIS, cluster_id, floor_of, link

_EVENT = (
    "e.id, e.at, e.verb, e.actor, e.object_type, e.object_id, e.before, e.after, e.subject, e.data::text,"
    " e.request_id, e.row_digest, e.txid"
)
_NAMES = [column.strip().removeprefix("e.").removesuffix("::text") for column in _EVENT.split(",")]
_READ = 2_000


@dataclass(frozen=True)
class Break:
    """One row that does not fit: its table, its id, and what is wrong with it (English, no personal data)."""

    table: str
    row: str
    message: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.message}"


@dataclass
class Report:
    """What a verification saw. `counts`: events, sealed, not_sealed_yet, seals, subjects."""

    counts: dict[str, int] = field(
        default_factory=lambda: {"events": 0, "sealed": 0, "not_sealed_yet": 0, "seals": 0, "subjects": 0}
    )
    breaks: list[Break] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything fits."""
        return not self.breaks

    def add(self, table: str, row: object, message: str) -> None:
        """Name a row that does not fit."""
        self.breaks.append(Break(table, str(row), message))


def verify(witness: Iterable[dict[str, Any]] = ()) -> Report:
    """Verify the trail, the rows its events speak of, and the heads a witness kept (`heads.export()["heads"]`)."""
    report = Report()
    with _one_view():
        seals = list(Seal.objects.order_by("number"))
        report.counts["seals"] = len(seals)
        _check_chain(report, seals)
        _check_unsealed(report, seals)
        for kind in digests.kinds():
            _check_subjects(report, kind)
        for number, message in heads.check(witness):
            report.add("audit_seal", number, message)
    return report


@contextlib.contextmanager
def _one_view() -> Iterator[None]:
    # One snapshot for all the reads, or rows written meanwhile would look like breaks.
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _rows(sql: str, parameters: list[Any]) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(_READ):
            yield from rows


def _event(columns: tuple[Any, ...]) -> Event:
    values = dict(zip(_NAMES, columns, strict=True))
    values["data"] = json.loads(values["data"])
    return Event(**values)


def _fits(event: Event) -> bool:
    try:
        return recording.row_digest(event) == bytes(event.row_digest)
    except TypeError:
        return False  # data that this portal could not have written


def _check_chain(report: Report, seals: list[Seal]) -> None:
    """Walk the positions once; after a break go on from the stored hash, so that one edit is named once."""
    edges = _SealEdges(report, seals)
    head, expected = GENESIS, 1
    sql = (
        f"SELECT s.position, s.event_id, s.chain_hash, {_EVENT} FROM audit_sealedevent s"
        " LEFT JOIN audit_event e ON e.id = s.event_id AND e.at = s.event_at ORDER BY s.position"
    )
    for position, event_id, stored, *columns in _rows(sql, []):
        stored = bytes(stored)
        gap = position != expected
        if gap:
            _name_gap(report, expected, position - 1)
        report.counts["sealed"] += 1
        if columns[0] is None:
            report.add("audit_event", event_id, f"deleted, or its time changed (sealed at position {position})")
        else:
            report.counts["events"] += 1
            event = _event(tuple(columns))
            if not _fits(event):
                report.add("audit_event", event_id, f"edited or forged (position {position})")
            elif not gap and link(head, position, event_id, bytes(event.row_digest)) != stored:
                report.add(
                    "audit_sealedevent", position, f"not the event that was sealed here (audit_event {event_id})"
                )
        head, expected = stored, position + 1
        edges.at(position, stored)
    edges.finish(expected - 1)


def _name_gap(report: Report, first: int, last: int) -> None:
    row = str(first) if first == last else f"{first}..{last}"
    report.add("audit_sealedevent", row, "missing from the chain")


class _SealEdges:
    """Compares the seals with the positions as these go by."""

    def __init__(self, report: Report, seals: list[Seal]) -> None:
        self._report = report
        self._at = {seal.last_position: seal for seal in seals}
        self._last = seals[-1].last_position if seals else 0
        previous: Seal | None = None
        for seal in seals:
            self._check_seal(seal, previous)
            previous = seal

    def _check_seal(self, seal: Seal, previous: Seal | None) -> None:
        number, position, head = (
            (previous.number + 1, previous.last_position + 1, bytes(previous.head_hash))
            if previous
            else (1, 1, GENESIS)
        )
        if not heads.is_signed(seal):
            self._report.add("audit_seal", seal.number, "its signature does not fit: edited, forged, or another key")
        elif seal.number != number:
            self._report.add("audit_seal", f"{number}..{seal.number - 1}", "missing")
        elif seal.first_position != position or bytes(seal.previous_hash) != head:
            self._report.add("audit_seal", seal.number, "does not follow from the seal before")

    def at(self, position: int, chain_hash: bytes) -> None:
        """A position went by with this stored hash."""
        seal = self._at.pop(position, None)
        if seal is not None and bytes(seal.head_hash) != chain_hash:
            self._report.add("audit_seal", seal.number, f"its head is not the chain's at position {position}")
        if position > self._last:
            self._report.add("audit_sealedevent", position, "beyond what the last seal covers")

    def finish(self, last_position: int) -> None:
        """All positions have gone by."""
        if last_position < self._last:
            _name_gap(self._report, last_position + 1, self._last)


def _check_unsealed(report: Report, seals: list[Seal]) -> None:
    with connection.cursor() as cursor:
        floor = floor_of(seals[-1] if seals else None, cluster_id(cursor))
    sql = (
        f"SELECT {_EVENT} FROM audit_event e"
        " WHERE NOT EXISTS (SELECT 1 FROM audit_sealedevent s WHERE s.event_id = e.id AND s.event_at = e.at)"
    )
    for columns in _rows(sql, []):
        event = _event(columns)
        report.counts["events"] += 1
        report.counts["not_sealed_yet"] += 1
        if not _fits(event):
            report.add("audit_event", event.id, "edited or forged (not sealed yet)")
        elif event.txid < floor:
            report.add("audit_event", event.id, "has no position though it was written before the last seal")


def _check_subjects(report: Report, kind: digests.Kind) -> None:
    """Compare the rows of a kind with what the events about them hold; batched, whatever their number."""
    order = "DISTINCT ON (object_id)" if kind.mutable else "DISTINCT"
    by_time = " ORDER BY object_id, at DESC, id DESC" if kind.mutable else ""
    events = _rows(
        f"SELECT {order} object_id, subject FROM audit_event WHERE object_type = %s AND subject IS NOT NULL{by_time}",
        [kind.object_type],
    )
    while batch := list(islice(events, _READ)):
        found = digests.of_subjects(kind.object_type, [object_id for object_id, _ in batch])
        for object_id, subject in batch:
            report.counts["subjects"] += 1
            if object_id not in found:
                report.add(kind.table, object_id, "deleted, but the trail speaks of it")
            elif found[object_id] != bytes(subject):
                report.add(kind.table, object_id, "changed since the trail recorded it")
    if kind.model is not None:
        table, key = kind.table, kind.model._meta.pk.column
        sql = (
            f'SELECT t."{key}" FROM "{table}" t WHERE NOT EXISTS (SELECT 1 FROM audit_event e'
            f' WHERE e.object_type = %s AND e.object_id = t."{key}"::text AND e.subject IS NOT NULL)'
        )
        for (row,) in _rows(sql, [kind.object_type]):
            report.add(table, row, "no event speaks of it")
