"""Answering a POST once: the answer is stored under its key in the transaction of what it answers for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection, transaction

from exchange.models import Channel, IdempotencyRecord
from policy.errors import InputError

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_ATTEMPTS = 3
# deadlock_detected, serialization_failure: PostgreSQL chose this transaction as the one to run again.
_RUN_AGAIN = {"40P01", "40001"}


class KeyConflict(Exception):
    """The key was used before with another body."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as it was first given: status and the exact JSON text; `replayed` if it is a repetition."""

    status: int
    body: str
    replayed: bool = False


def check_key(value: str | None) -> str:
    """The key of a request. Raises InputError on `Idempotency-Key` unless it is 1 to 200 printable ASCII characters."""
    if not value:
        raise InputError({HEADER: ["每个 POST 请求必须带幂等键"]})
    if _KEY.fullmatch(value) is None:
        raise InputError({HEADER: ["幂等键须为1至200个可打印的ASCII字符"]})
    return value


def digest(body: bytes) -> str:
    """What "the same body" is compared by."""
    return hashlib.sha256(body).hexdigest()


def answer_once(
    channel: Channel, endpoint: str, key: str, body_digest: str, execute: Callable[[], Answer], *, at: datetime
) -> Answer:
    """Run `execute` once per channel, endpoint and key, and give its answer each time.

    The record is inserted first: of concurrent duplicates one executes, the others wait on the unique index and read
    its answer. If `execute` raises, everything is rolled back and the key stays free (malformed requests are not
    remembered). Raises KeyConflict when the key was used with another body.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _answer(channel, endpoint, key, body_digest, execute, at=at)
        except OperationalError as error:
            state = getattr(error.__cause__, "sqlstate", None)
            if state not in _RUN_AGAIN or attempt == _ATTEMPTS or connection.in_atomic_block:
                raise
    raise AssertionError("unreachable: the loop returns or raises")


def _answer(
    channel: Channel, endpoint: str, key: str, body_digest: str, execute: Callable[[], Answer], *, at: datetime
) -> Answer:
    """One attempt, inside the caller's transaction."""
    fresh = IdempotencyRecord(channel=channel, endpoint=endpoint, key=key, body_digest=body_digest, created_at=at)
    if not _insert(fresh):
        first = IdempotencyRecord.objects.get(channel=channel, endpoint=endpoint, key=key)
        if first.body_digest != body_digest or first.status is None:
            raise KeyConflict
        return Answer(first.status, first.body, replayed=True)
    answer = execute()
    IdempotencyRecord.objects.filter(channel=channel, endpoint=endpoint, key=key).update(
        status=answer.status, body=answer.body
    )
    return answer


def _insert(fresh: IdempotencyRecord) -> bool:
    """Insert unless the key is taken; waits for a concurrent holder of the key to commit or roll back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO exchange_idempotencyrecord (channel_id, endpoint, key, body_digest, body, created_at) "
            "VALUES (%s, %s, %s, %s, '', %s) ON CONFLICT (channel_id, endpoint, key) DO NOTHING",
            [fresh.channel_id, fresh.endpoint, fresh.key, fresh.body_digest, fresh.created_at],
        )
        return cursor.rowcount == 1
