"""A key is answered once: repeated, conflicting, failing and concurrent requests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection, connections

from exchange import channels, idempotency
from exchange.idempotency import Answer, KeyConflict
from exchange.models import Channel, IdempotencyRecord
from policy.clock import SHANGHAI
from policy.errors import InputError

AT = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)


class Counter:
    """A piece of business that counts how often it ran."""

    def __init__(self, pause: Callable[[], object] = lambda: None) -> None:
        self.runs = 0
        self.pause = pause
        self._lock = threading.Lock()

    def __call__(self) -> Answer:
        with self._lock:
            self.runs += 1
            number = self.runs
        self.pause()
        return Answer(201, f'{{"run":{number}}}')


def channel(name: str = "jingtong") -> Channel:
    return channels.create(name, ["vehicles.city"], at=AT, by="system:test")[0]


def ask(who: Channel, act: Callable[[], Answer], *, key: str = "k1", body: bytes = b"{}", path: str = "/a/") -> Answer:
    return idempotency.answer_once(who, path, key, idempotency.digest(body), act, at=AT)


@pytest.mark.django_db
def test_the_same_key_and_body_answer_again() -> None:
    who, act = channel(), Counter()
    first, second = ask(who, act), ask(who, act)
    assert (first.status, first.body, first.replayed) == (201, '{"run":1}', False)
    assert (second.status, second.body, second.replayed) == (201, '{"run":1}', True)
    assert act.runs == 1


@pytest.mark.django_db
def test_another_body_under_the_key_is_a_conflict_and_changes_nothing() -> None:
    who, act = channel(), Counter()
    ask(who, act)
    with pytest.raises(KeyConflict):
        ask(who, act, body=b"{ }")
    assert act.runs == 1
    assert ask(who, act).body == '{"run":1}'


@pytest.mark.django_db
def test_keys_belong_to_a_channel_and_an_endpoint() -> None:
    act = Counter()
    one, two = channel("one"), channel("two")
    bodies = {ask(one, act).body, ask(two, act).body, ask(one, act, path="/b/").body}
    assert len(bodies) == 3


@pytest.mark.django_db
def test_a_request_that_fails_leaves_its_key_free() -> None:
    who = channel()

    def malformed() -> Answer:
        raise InputError.of("a", "错")

    with pytest.raises(InputError):
        ask(who, malformed)
    assert not IdempotencyRecord.objects.exists()
    assert ask(who, Counter(), body=b"[]").body == '{"run":1}'


@pytest.mark.parametrize("key", [None, "", " ", "a b", "a\n", "é", "k" * 201])
def test_a_key_is_printable_and_not_too_long(key: str | None) -> None:
    with pytest.raises(InputError) as caught:
        idempotency.check_key(key)
    assert list(caught.value.fields) == ["Idempotency-Key"]


def test_a_key_of_200_characters_is_fine() -> None:
    assert idempotency.check_key("k" * 200) == "k" * 200


def in_threads(count: int, work: Callable[[], object]) -> list[object]:
    """Run `work` in `count` threads that start together; each closes its connection."""
    results: list[object] = []
    gate = threading.Barrier(count)

    def one() -> None:
        gate.wait()
        try:
            results.append(work())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def waiting_for_a_lock(count: int) -> None:
    """Return when `count` other sessions wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(2000):
        with connection.cursor() as cursor:
            # Within a transaction the view would else show what it showed first.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(query)
            if cursor.fetchone()[0] >= count:
                return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waited for the lock")


def test_of_concurrent_duplicates_one_executes_and_all_get_its_answer(fresh_db: str) -> None:
    who = channel()
    # The one that got the key goes on only when the seven others wait for it.
    act = Counter(pause=lambda: waiting_for_a_lock(7))
    answers = in_threads(8, lambda: ask(who, act))
    assert act.runs == 1
    assert [getattr(answer, "body", answer) for answer in answers] == ['{"run":1}'] * 8
    assert sorted(bool(getattr(answer, "replayed", None)) for answer in answers) == [False] + [True] * 7


def test_when_the_first_fails_a_waiting_duplicate_executes(fresh_db: str) -> None:
    who = channel()
    runs: list[int] = []

    def fails_once() -> Answer:
        runs.append(1)
        if len(runs) == 1:
            waiting_for_a_lock(1)
            raise InputError.of("a", "错")
        return Answer(201, '{"run":2}')

    answers = in_threads(2, lambda: ask(who, fails_once))
    assert sorted(type(answer).__name__ for answer in answers) == ["Answer", "InputError"]
    assert IdempotencyRecord.objects.get().body == '{"run":2}'


def test_without_the_key_duplicates_do_execute(fresh_db: str) -> None:
    # The negative control: the same race under different keys runs the business every time.
    who, act = channel(), Counter()
    keys = iter(range(8))
    in_threads(8, lambda: ask(who, act, key=f"k{next(keys)}"))
    assert act.runs == 8
