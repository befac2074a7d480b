"""The sealer skips nothing and does nothing twice, whoever commits when."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from audit import heads, sealing, services
from audit.models import Event, Seal, SealedEvent


def test_seals_once_and_chains(db: None, happen: Callable[..., list[Event]], at: datetime) -> None:
    happen(3)
    assert services.seal(at) == 3
    assert services.seal(at) == 0
    happen(2)
    assert services.seal(at + timedelta(minutes=1)) == 2
    first, second = Seal.objects.order_by("number")
    assert (first.first_position, first.last_position, second.first_position, second.last_position) == (1, 3, 4, 5)
    assert bytes(second.previous_hash) == bytes(first.head_hash)
    assert all(heads.is_signed(seal) for seal in (first, second))


def test_small_batches_leave_nothing(db: None, happen: Callable[..., list[Event]], at: datetime) -> None:
    happen(10)
    assert sealing.seal(at, batch=3) == 10
    assert SealedEvent.objects.count() == 10
    assert services.verify().ok


def test_late_commit_with_an_earlier_id_is_sealed_next(
    fresh_db: str, happen: Callable[..., list[Event]], at: datetime
) -> None:
    """The case a watermark over ids would lose: the lower id commits after the higher one was sealed."""
    written, go = threading.Event(), threading.Event()
    late: list[Event] = []

    def slow() -> None:
        with transaction.atomic():
            late.extend(happen(1))
            written.set()
            go.wait(30)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(30)
    quick = happen(1)
    try:
        assert services.seal(at) == 1
        assert services.seal(at) == 0
    finally:
        go.set()
        thread.join(30)
    assert late[0].id < quick[0].id
    assert services.seal(at) == 1
    assert [row.event_id for row in SealedEvent.objects.order_by("position")] == [quick[0].id, late[0].id]
    assert services.verify().ok


def test_sealers_and_writers_at_once(fresh_db: str, happen: Callable[..., list[Event]], at: datetime) -> None:
    done = threading.Event()

    def write() -> None:
        with contextlib.closing(connection):
            for _ in range(10):
                happen(3)

    def seal() -> int:
        total = 0
        with contextlib.closing(connection):
            while not done.is_set():
                total += sealing.seal(at, batch=7)
        return total

    with ThreadPoolExecutor(6) as pool:
        sealers = [pool.submit(seal) for _ in range(2)]
        for writer in [pool.submit(write) for _ in range(4)]:
            writer.result(60)
        done.set()
        sealed = [sealer.result(60) for sealer in sealers]
    sealed.append(sealing.seal(at))
    assert sum(sealed) == 120
    report = services.verify()
    assert report.ok, report.breaks
    assert (report.counts["sealed"], report.counts["not_sealed_yet"]) == (120, 0)


def test_after_a_move_to_another_cluster_the_search_starts_anew(
    db: None, happen: Callable[..., list[Event]], at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restored dump counts transactions from a lower number; events below the old floor must still be found."""
    happen(1)
    services.seal(at)
    last = Seal.objects.get()
    assert sealing.floor_of(last, last.cluster) == last.floor_txid > 0
    assert sealing.floor_of(last, last.cluster + 1) == 0
    monkeypatch.setattr(sealing, "cluster_id", lambda cursor: last.cluster + 1)
    happen(1)
    assert services.seal(at) == 1


def test_day_heads_are_the_last_seals_of_their_days(db: None, happen: Callable[..., list[Event]], at: datetime) -> None:
    for moment in (at, at + timedelta(hours=1), at + timedelta(days=1)):
        happen(1)
        services.seal(moment)
    exported = heads.export()
    assert [(head["day"], head["number"]) for head in exported["heads"]] == [("2026-03-16", 2), ("2026-03-17", 3)]
    assert len(bytes.fromhex(exported["public_key"])) == 32
    assert heads.check(exported["heads"]) == []


def test_the_schedule_names_tasks_that_exist(db: None, happen: Callable[..., list[Event]]) -> None:
    from audit import tasks
    from config.celery import app

    app.finalize()
    assert {entry["task"] for entry in tasks.SCHEDULE.values()} <= set(app.tasks)
    happen(2)
    assert (tasks.seal(), tasks.seal()) == (2, 0)
    tasks.ensure_partitions()
    assert tasks.ensure_partitions() == 0


def test_the_worker_seals_on_its_schedule() -> None:
    from audit import tasks
    from config.celery import app

    app.finalize()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {entry["task"] for entry in tasks.SCHEDULE.values()} <= scheduled
