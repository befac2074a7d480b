"""One movement after another: balanced entries, counters that are their sums, retries, append-only rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum

from ledger import services as ledger
from ledger.models import ClosingOrder, Entry, Hold, Pool, Posting
from policy.errors import InputError, Refused
from tests import scene
from tests.actors import Desk
from tests.builders import when
from tests.ledger.invariants import check_ledger

POOL = scene.POOL
AT = when("03-02 09:00")
WHO = {"at": AT, "actor": "system:test"}


@pytest.fixture
def pool(db: None) -> None:
    """A pool of 100.00 yuan."""
    scene.allot(10_000)


def counters() -> tuple[int, int, int]:
    row = Pool.objects.get(code=POOL)
    return row.total_fen, row.reserved_fen, row.committed_fen


@pytest.mark.usefixtures("pool")
class TestMovements:
    def test_reserve_commit_uncommit_release(self) -> None:
        steps: list[tuple[Callable[[], Any], Any, tuple[int, int, int]]] = [
            (lambda: ledger.reserve(POOL, 1, 4_000, key="a", **WHO), True, (10_000, 4_000, 0)),
            (lambda: ledger.commit(1, key="b", **WHO), 4_000, (10_000, 0, 4_000)),
            (lambda: ledger.uncommit(1, key="c", **WHO), 4_000, (10_000, 4_000, 0)),
            (lambda: ledger.release(1, key="d", **WHO), 4_000, (10_000, 0, 0)),
            (lambda: ledger.release(1, key="e", **WHO), 0, (10_000, 0, 0)),
        ]
        for step, given, after in steps:
            assert (step(), counters()) == (given, after)
            check_ledger()

    def test_every_movement_has_two_entries(self) -> None:
        ledger.reserve(POOL, 1, 4_000, key="a", **WHO)
        ledger.commit(1, key="b", **WHO)
        sides = Entry.objects.order_by("pk").values_list("posting__kind", "account", "amount_fen")
        assert list(sides)[2:] == [
            ("reserve", "available", -4_000),
            ("reserve", "reserved", 4_000),
            ("commit", "reserved", -4_000),
            ("commit", "committed", 4_000),
        ]

    def test_a_reservation_beyond_what_is_left_is_refused_whole(self) -> None:
        assert ledger.reserve(POOL, 1, 6_000, key="a", **WHO)
        before = scene.snapshot()
        assert ledger.reserve(POOL, 2, 4_001, key="b", **WHO) is False
        assert scene.snapshot() == before
        assert ledger.reserve(POOL, 2, 4_000, key="b", **WHO)
        assert scene.money()["left"] == 0
        check_ledger()

    @pytest.mark.parametrize("target", [0, 1, 4_000, 9_999, 10_000])
    def test_adjust_brings_a_reservation_to_its_target(self, target: int) -> None:
        ledger.reserve(POOL, 1, 4_000, key="a", **WHO)
        assert ledger.adjust(1, target, key="b", **WHO)
        assert (ledger.held(1), counters()[1]) == (target, target)
        check_ledger()

    def test_adjust_beyond_what_is_left_changes_nothing(self) -> None:
        ledger.reserve(POOL, 1, 4_000, key="a", **WHO)
        assert ledger.adjust(1, 10_001, key="b", **WHO) is False
        assert ledger.held(1) == 4_000

    def test_adjust_of_nothing_held_is_refused(self) -> None:
        with pytest.raises(Refused):
            ledger.adjust(7, 100, key="a", **WHO)

    def test_nothing_to_move_posts_nothing(self) -> None:
        before = scene.snapshot()
        assert ledger.reserve(POOL, 1, 0, key="a", **WHO)
        assert (ledger.commit(1, key="b", **WHO), ledger.release(1, key="c", **WHO)) == (0, 0)
        assert scene.snapshot() == before

    def test_less_than_nothing_is_a_mistake_of_the_caller(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            ledger.reserve(POOL, 1, -5, key="a", **WHO)

    def test_held_of_many_is_held_of_each(self) -> None:
        ledger.reserve(POOL, 1, 100, key="a", **WHO)
        ledger.reserve(POOL, 2, 200, key="b", **WHO)
        ledger.commit(2, key="c", **WHO)
        assert ledger.holds([1, 2, 3]) == {1: 100, 2: 200}
        assert [ledger.held(ref) for ref in (1, 2, 3)] == [100, 200, 0]


@pytest.mark.usefixtures("pool")
class TestRetry:
    """The same key again is a no-op, whatever happened in between."""

    @pytest.mark.parametrize(
        "again",
        [
            lambda: ledger.reserve(POOL, 1, 4_000, key="reserve", **WHO),
            lambda: ledger.commit(1, key="commit", **WHO),
            lambda: ledger.uncommit(1, key="uncommit", **WHO),
            lambda: ledger.allot(POOL, 10_000, key="allot", **WHO),
        ],
    )
    def test_changes_nothing(self, again: Callable[[], Any]) -> None:
        ledger.allot(POOL, 10_000, key="allot", **WHO)
        ledger.reserve(POOL, 1, 4_000, key="reserve", **WHO)
        ledger.commit(1, key="commit", **WHO)
        ledger.uncommit(1, key="uncommit", **WHO)
        before = scene.snapshot()
        again()
        assert scene.snapshot() == before
        check_ledger()

    def test_of_a_reservation_says_yes(self) -> None:
        assert ledger.reserve(POOL, 1, 10_000, key="a", **WHO)
        assert ledger.reserve(POOL, 1, 10_000, key="a", **WHO)

    def test_of_a_refused_reservation_may_succeed_later(self) -> None:
        assert not ledger.reserve(POOL, 1, 10_001, key="a", **WHO)
        scene.allot(1)
        assert ledger.reserve(POOL, 1, 10_001, key="a", **WHO)


@pytest.mark.usefixtures("pool")
class TestAllotment:
    def test_money_that_is_held_cannot_be_taken_back(self) -> None:
        ledger.reserve(POOL, 1, 4_000, key="a", **WHO)
        before = scene.snapshot()
        with pytest.raises(Refused) as refusal:
            ledger.allot(POOL, -6_001, key="b", **WHO)
        assert refusal.value.code == "funds"
        assert scene.snapshot() == before
        ledger.allot(POOL, -6_000, key="b", **WHO)
        assert scene.money()["left"] == 0
        check_ledger()

    def test_of_nothing_is_an_input_error(self) -> None:
        with pytest.raises(InputError):
            ledger.allot(POOL, 0, key="b", **WHO)

    def test_to_an_unknown_pool_is_refused(self) -> None:
        with pytest.raises(Refused) as refusal:
            ledger.allot("nowhere", 5, key="b", **WHO)
        assert refusal.value.code == "not_found"


@pytest.mark.proves("V-C-06")
@pytest.mark.usefixtures("pool")
class TestClosing:
    ORDER = {"document_no": "京商〔2026〕9号", "effective_at": when("03-06 18:00"), "at": when("03-06 10:00")}

    def test_stops_new_reservations_at_its_moment_and_lets_the_queue_go_on(self) -> None:
        ledger.close(POOL, **self.ORDER)
        last, first = when("03-06 17:59:59"), when("03-06 18:00")
        assert ledger.reserve(POOL, 1, 100, key="a", at=last, actor="system:test")
        assert not ledger.reserve(POOL, 2, 100, key="b", at=first, actor="system:test")
        assert ledger.reserve(POOL, 2, 100, key="b", at=first, actor="system:test", after_closing=True)
        assert ledger.adjust(1, 200, key="c", at=first, actor="system:test")

    def test_happens_once(self) -> None:
        ledger.close(POOL, **self.ORDER)
        with pytest.raises(Refused) as refusal:
            ledger.close(POOL, **self.ORDER)
        assert refusal.value.code == "state"

    def test_is_signed_by_two_persons_who_may(self, desk: Desk) -> None:
        first = desk.municipal()
        same = desk.person("second-account", [("municipal_approver", "bureau")], same_as=first)
        for signers, code in (
            ((first, None), "four_eyes"),
            ((None, first), "four_eyes"),
            ((first, first), "four_eyes"),
            ((first, same), "four_eyes"),
            ((first, desk.district()), "permission"),
            ((desk.holder("fund_officer"), first), "permission"),
        ):
            with pytest.raises(Refused) as refusal:
                ledger.close(POOL, **self.ORDER, signed_by=signers[0], second_by=signers[1])
            assert refusal.value.code == code
        order = ledger.close(POOL, **self.ORDER, signed_by=first, second_by=desk.municipal(2))
        assert Pool.objects.get(code=POOL).closed_at == order.effective_at

    def test_one_signature_is_refused_by_the_database_too(self, desk: Desk) -> None:
        pool, first = Pool.objects.get(code=POOL), desk.municipal()
        for second in (None, first):
            with pytest.raises(IntegrityError, match="closing_order_two_people"), transaction.atomic():
                ClosingOrder.objects.create(pool=pool, signed_by=first, second_by=second, **self.ORDER)

    def test_needs_a_document_number(self) -> None:
        with pytest.raises(InputError):
            ledger.close(POOL, **{**self.ORDER, "document_no": " "})


class TestDatabase:
    """What the tables refuse to anybody, the services bypassed."""

    @pytest.mark.parametrize(
        "change",
        [
            "reserved_fen = -1",
            "committed_fen = -1",
            "paid_fen = -1",
            "total_fen = 3999",
            "reserved_fen = 10001",
            "committed_fen = 6001",
        ],
    )
    def test_a_pool_never_below_zero(self, change: str, pool: None) -> None:
        ledger.reserve(POOL, 1, 4_000, key="a", **WHO)
        with pytest.raises(IntegrityError, match="pool_"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE ledger_pool SET {change} WHERE code = %s", [POOL])

    def test_a_hold_never_below_zero(self, pool: None) -> None:
        ledger.reserve(POOL, 1, 4_000, key="a", **WHO)
        with pytest.raises(IntegrityError, match="hold_not_negative"), transaction.atomic():
            Hold.objects.update(reserved_fen=-1)

    @pytest.mark.parametrize("sides", [[(-100, 99)], [(-100, 100), (-1, 2)], []])
    def test_a_posting_that_does_not_balance_is_refused_at_commit(
        self, sides: list[tuple[int, int]], fresh_db: str
    ) -> None:
        with pytest.raises(IntegrityError, match=r"does not (balance|move its amount)"), transaction.atomic():
            self.post(100, sides)
        assert not Posting.objects.exists()

    def test_entries_that_move_another_amount_are_refused_at_commit(self, fresh_db: str) -> None:
        with pytest.raises(IntegrityError, match="does not move its amount"), transaction.atomic():
            self.post(100, [(-90, 90)])

    def test_a_balanced_one_is_accepted(self, fresh_db: str) -> None:
        with transaction.atomic():
            self.post(100, [(-100, 100)])
        assert Entry.objects.aggregate(total=Sum("amount_fen"))["total"] == 0

    def test_a_third_entry_added_later_is_refused(self, fresh_db: str) -> None:
        with transaction.atomic():
            posting = self.post(100, [(-100, 100)])
        with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
            Entry.objects.create(posting=posting, account="available", amount_fen=5)

    @pytest.mark.parametrize("table", ["ledger_posting", "ledger_entry", "ledger_closingorder"])
    @pytest.mark.parametrize("order", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
    def test_what_was_posted_stays(self, table: str, order: str, pool: None) -> None:
        ledger.close(POOL, **TestClosing.ORDER)
        with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(order.format(table))

    @pytest.mark.parametrize("table", ["ledger_posting", "ledger_entry", "ledger_closingorder"])
    def test_not_even_the_owner_or_a_replica_changes_it(self, table: str, owner_connection: Any) -> None:
        import psycopg

        scene.allot(100)
        ledger.close(POOL, **TestClosing.ORDER)
        owner_connection.execute("SET session_replication_role = replica")
        for order in (f"UPDATE {table} SET id = id + 1", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                owner_connection.execute(order)

    def post(self, amount: int, sides: list[tuple[int, int]]) -> Posting:
        posting = Posting.objects.create(
            key="direct", kind="reserve", pool=Pool.objects.get(code=POOL), amount_fen=amount, at=AT, actor="x"
        )
        for source, target in sides:
            Entry.objects.create(posting=posting, account="available", amount_fen=source)
            Entry.objects.create(posting=posting, account="reserved", amount_fen=target)
        return posting
