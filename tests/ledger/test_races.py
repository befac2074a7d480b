"""The last money under real concurrency: real threads, real PostgreSQL, real commits.

The control proves that the race is one: the same rush with a reservation that reads, checks and then writes, and
without the CHECK of the table, oversells. A barrier between its reading and its writing forces the interleaving.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from ledger import services as ledger
from ledger.models import Hold, Pool, Posting
from policy.errors import Refused
from review.models import Case
from tests import builders, scene
from tests.builders import when
from tests.ledger.invariants import check_ledger

FILINGS = 64
PLACES = 3
FEN = builders.SCRAPPAGE_FEN


def rush(step: Callable[[int], Any], count: int) -> list[Any]:
    """Run `step(n)` in `count` threads that start together, each with its own connection; what each gave."""
    start, given = threading.Barrier(count), []

    def run(n: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=60)
            given.append(step(n))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(1, count + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == count, "a thread died"
    return given


@pytest.mark.proves("V-C-06", "V-C-07")
def test_64_filings_for_the_last_3_reservations(fresh_db: str) -> None:
    scene.allot(PLACES * FEN + FEN - 1)
    filed = [builders.scrappage(n) for n in range(FILINGS + 1)]
    states = Counter(rush(lambda n: scene.file(filed[n]).state, FILINGS))
    assert states == {"DISTRICT_REVIEW": PLACES, "CLOSED_NO_FUNDS": FILINGS - PLACES}
    assert Counter(Case.objects.values_list("state", flat=True)) == states
    assert scene.money() == {
        "total": PLACES * FEN + FEN - 1,
        "reserved": PLACES * FEN,
        "committed": 0,
        "left": FEN - 1,
    }
    assert Hold.objects.filter(reserved_fen=FEN).count() == PLACES == Posting.objects.filter(kind="reserve").count()
    check_ledger()


def test_control_a_reservation_that_reads_checks_and_writes_oversells(
    fresh_db: str, owner_connection: psycopg.Connection
) -> None:
    rivals = 8
    owner_connection.execute("ALTER TABLE ledger_pool DROP CONSTRAINT pool_never_below_zero")
    scene.allot(PLACES * FEN)
    all_have_read = threading.Barrier(rivals)

    def naive(n: int) -> bool:
        with transaction.atomic():
            pool = Pool.objects.get(code=scene.POOL)
            enough = pool.left_fen >= FEN
            all_have_read.wait(timeout=60)
            if enough:
                with connection.cursor() as cursor:
                    cursor.execute("UPDATE ledger_pool SET reserved_fen = reserved_fen + %s", [FEN])
        return enough

    assert sum(rush(naive, rivals)) == rivals
    assert scene.money()["left"] == (PLACES - rivals) * FEN < 0


def test_the_check_alone_stops_the_naive_reservation(fresh_db: str) -> None:
    from django.db import IntegrityError

    rivals = 8
    scene.allot(PLACES * FEN)
    all_have_read = threading.Barrier(rivals)

    def naive(n: int) -> bool:
        try:
            with transaction.atomic():
                assert Pool.objects.get(code=scene.POOL).left_fen >= FEN
                all_have_read.wait(timeout=60)
                with connection.cursor() as cursor:
                    cursor.execute("UPDATE ledger_pool SET reserved_fen = reserved_fen + %s", [FEN])
        except IntegrityError:
            return False
        return True

    assert sum(rush(naive, rivals)) == PLACES
    assert scene.money()["left"] == 0


def test_eight_deliveries_of_one_reservation_reserve_once(fresh_db: str) -> None:
    scene.allot(10 * FEN)

    def reserve(n: int) -> bool:
        with transaction.atomic():
            return ledger.reserve(scene.POOL, 1, FEN, key="same", at=when("03-02 09:00"), actor="system:test")

    assert rush(reserve, 8) == [True] * 8
    assert (scene.money()["reserved"], Posting.objects.filter(kind="reserve").count()) == (FEN, 1)
    check_ledger()


def test_filings_withdrawals_and_take_backs_at_once_leave_the_books_right(fresh_db: str) -> None:
    from applications.vehicles import services as vehicles

    scene.allot(6 * FEN)
    first = [scene.file(builders.scrappage(n)) for n in range(100, 104)]

    def step(n: int) -> str:
        if n <= 4:
            return vehicles.withdraw(first[n - 1].pk, at=when("03-03 09:00"), actor="applicant").state
        if n <= 6:
            try:
                with transaction.atomic():
                    ledger.allot(scene.POOL, -FEN, key=f"back:{n}", at=when("03-03 09:00"), actor="system:test")
            except Refused as refusal:
                return refusal.code
            return "taken back"
        return scene.file(builders.scrappage(n), at=when("03-03 09:00")).state

    done = Counter(rush(step, 16))
    assert done["WITHDRAWN"] == 4
    held = Case.objects.filter(state="DISTRICT_REVIEW").count()
    assert scene.money() == {
        "total": (6 - done["taken back"]) * FEN,
        "reserved": held * FEN,
        "committed": 0,
        "left": (6 - done["taken back"] - held) * FEN,
    }
    check_ledger()


def test_two_approvers_at_once_commit_once(fresh_db: str) -> None:
    from review.services import decide
    from tests.actors import Desk

    desk = Desk()
    scene.allot(10 * FEN)
    case = scene.at_municipal(desk)
    approvers = [desk.municipal(number) for number in (1, 2, 3, 4)]

    def approve(n: int) -> str:
        try:
            return decide(case.pk, "pass", by=approvers[n - 1], at=when("03-04 09:00")).state
        except Refused as refusal:
            return refusal.code

    assert sorted(rush(approve, 4)) == ["APPROVED", "state", "state", "state"]
    assert scene.money()["committed"] == FEN
    check_ledger()
