"""What leaves: once written, delivered at least once, never before its transaction commits."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connections, transaction

from exchange import outbox
from exchange.models import OutboxMessage
from policy.clock import SHANGHAI

AT = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
TOPIC = "test.topic"


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys of delivered messages; a payload `fail` makes the delivery fail that often."""
    keys: list[str] = []
    failures: dict[str, int] = {}

    def deliver(message: OutboxMessage, at: datetime) -> None:
        failures[message.key] = failures.get(message.key, 0) + 1
        if failures[message.key] <= message.payload.get("fail", 0):
            raise ConnectionError("110101198001010029")
        keys.append(message.key)

    monkeypatch.setitem(outbox._handlers, TOPIC, deliver)
    return keys


@pytest.mark.django_db
def test_a_message_is_delivered_once_it_is_due(delivered: list[str]) -> None:
    outbox.enqueue(TOPIC, "later", {}, at=AT, due_at=AT + timedelta(hours=1))
    outbox.enqueue(TOPIC, "now", {}, at=AT)
    assert outbox.dispatch(at=AT) == outbox.Dispatched(sent=1)
    assert outbox.dispatch(at=AT + timedelta(hours=1)) == outbox.Dispatched(sent=1)
    assert outbox.dispatch(at=AT + timedelta(hours=2)) == outbox.Dispatched()
    assert delivered == ["now", "later"]


@pytest.mark.django_db
def test_a_key_is_written_once(delivered: list[str]) -> None:
    assert outbox.enqueue(TOPIC, "k", {"a": 1}, at=AT) is True
    assert outbox.enqueue(TOPIC, "k", {"a": 2}, at=AT) is False
    outbox.dispatch(at=AT)
    assert delivered == ["k"]
    assert OutboxMessage.objects.get().payload == {"a": 1}


@pytest.mark.django_db
def test_a_failed_delivery_waits_longer_each_time_and_blocks_nobody(delivered: list[str]) -> None:
    outbox.enqueue(TOPIC, "weak", {"fail": 2}, at=AT)
    outbox.enqueue(TOPIC, "good", {}, at=AT)
    assert outbox.dispatch(at=AT) == outbox.Dispatched(sent=1, failed=1)
    message = OutboxMessage.objects.get(key="weak")
    assert (message.due_at, message.attempts, message.last_error) == (AT + timedelta(seconds=30), 1, "ConnectionError")
    assert outbox.dispatch(at=AT + timedelta(seconds=30)) == outbox.Dispatched(failed=1)
    message.refresh_from_db()
    assert message.due_at == AT + timedelta(seconds=90)
    assert outbox.dispatch(at=AT + timedelta(seconds=90)) == outbox.Dispatched(sent=1)
    assert delivered == ["good", "weak"]


@pytest.mark.django_db
def test_a_message_that_never_goes_is_given_up(delivered: list[str]) -> None:
    outbox.enqueue(TOPIC, "hopeless", {"fail": 99}, at=AT)
    counts = [outbox.dispatch(at=AT + timedelta(days=day)) for day in range(outbox.MAX_ATTEMPTS)]
    assert counts[-1] == outbox.Dispatched(dead=1)
    assert outbox.dispatch(at=AT + timedelta(days=99)) == outbox.Dispatched()
    assert OutboxMessage.objects.get().state == "dead"


@pytest.mark.django_db
def test_what_a_failed_handler_wrote_is_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def writes_then_fails(message: OutboxMessage, at: datetime) -> None:
        outbox.enqueue(TOPIC, "half done", {}, at=at)
        raise ConnectionError

    monkeypatch.setitem(outbox._handlers, TOPIC, writes_then_fails)
    outbox.enqueue(TOPIC, "k", {}, at=AT)
    outbox.dispatch(at=AT)
    assert list(OutboxMessage.objects.values_list("key", flat=True)) == ["k"]


@pytest.mark.django_db
def test_a_topic_nobody_delivers_is_a_mistake_at_once() -> None:
    with pytest.raises(ValueError, match="no handler"):
        outbox.enqueue("nobody.home", "k", {}, at=AT)


def test_a_message_needs_the_transaction_of_its_cause(fresh_db: str, delivered: list[str]) -> None:
    with pytest.raises(RuntimeError):
        outbox.enqueue(TOPIC, "k", {}, at=AT)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.enqueue(TOPIC, "k", {}, at=AT)
        1 / 0  # noqa: B018
    assert outbox.dispatch(at=AT) == outbox.Dispatched()


def test_two_dispatchers_share_the_work_and_double_nothing(fresh_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []
    both_hold_one = threading.Barrier(2, timeout=30)

    def deliver(message: OutboxMessage, at: datetime) -> None:
        if message.key in ("m0", "m1"):
            both_hold_one.wait()
        keys.append(message.key)

    monkeypatch.setitem(outbox._handlers, TOPIC, deliver)
    with transaction.atomic():
        for number in range(10):
            outbox.enqueue(TOPIC, f"m{number}", {}, at=AT)

    def work() -> None:
        outbox.dispatch(at=AT)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(keys) == [f"m{number}" for number in range(10)]
