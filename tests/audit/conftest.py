"""A small trail to record, seal and tamper with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from audit import verbs
from policy.clock import SHANGHAI

# Models are imported within the fixtures: this file is read before Django is set up.
if TYPE_CHECKING:
    from audit.models import Event

NOW = datetime(2026, 3, 16, 9, 30, tzinfo=SHANGHAI)
verbs.register("test.happened", "测试事件")


@pytest.fixture
def at() -> datetime:
    """The moment of these tests."""
    return NOW


@pytest.fixture
def happen() -> Callable[..., list[Event]]:
    """Record and commit a number of events, a second apart."""

    from django.db import transaction

    from audit import services

    def record(count: int = 1, start: datetime = NOW) -> list[Event]:
        with transaction.atomic():
            return services.record_many(
                services.Entry(
                    verb="test.happened",
                    actor="system:J-13",
                    at=start + timedelta(seconds=number),
                    object_type="thing",
                    object_id=number,
                    data={"number": number, "text": "说明"},
                )
                for number in range(count)
            )

    return record


@pytest.fixture
def watched_rows() -> Iterator[str]:
    """A registered kind of object whose rows verify reads again: rows of `staff_naturalperson`."""
    from audit import digests
    from staff.models import NaturalPerson

    digests.register_model("watched", NaturalPerson, ["code"])
    yield "watched"
    del digests._kinds["watched"]


@pytest.fixture
def tamper(owner_connection: psycopg.Connection) -> Callable[..., int]:
    """Change the database as a superuser who switches the triggers off; how many rows were touched."""

    def execute(sql: str, *parameters: object) -> int:
        tables = owner_connection.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'audit_append_only%'"
            " AND tgrelid::regclass::text ~ '^(audit_|review_|ledger_)'"
        ).fetchall()
        for (table,) in tables:
            owner_connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        touched = owner_connection.execute(sql, parameters).rowcount
        for (table,) in tables:
            owner_connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_append_only_row")
            owner_connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_append_only_statement")
        return touched

    return execute
