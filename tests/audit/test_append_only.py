"""The trail refuses change from the runtime role, the owner, and a superuser who plays replica."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from audit import append_only, partitions, services
from audit.models import Event
from config import database

TABLES = ("audit_event", "audit_seal", "audit_sealedevent")
CHANGES = (
    "UPDATE {table} SET at = at",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
)
UPDATES = {"audit_sealedevent": "UPDATE {table} SET event_at = event_at"}


def _statements(table: str) -> list[str]:
    return [UPDATES.get(table, CHANGES[0]).format(table=table), *(c.format(table=table) for c in CHANGES[1:])]


@pytest.fixture
def filled(fresh_db: str, happen: Callable[..., list[Event]], at: datetime) -> str:
    happen(2)
    services.seal(at)
    return fresh_db


@pytest.mark.parametrize("table", TABLES)
def test_runtime_role_has_no_right_to_change(filled: str, table: str) -> None:
    for statement in _statements(table):
        with pytest.raises(DatabaseError, match=r"permission denied|append-only"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement)


@pytest.mark.parametrize("table", [*TABLES, "audit_event_y2026m03"])
def test_the_owner_is_refused_as_well(filled: str, table: str) -> None:
    arguments = database.connection_arguments(database.owner(), database=filled)
    with psycopg.connect(**arguments, autocommit=True) as owner:
        for statement in _statements(table):
            with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
                owner.execute(statement)
        assert owner.execute(f"SELECT count(*) FROM {table}").fetchone() != (0,)


@pytest.mark.parametrize("table", [*TABLES, "audit_event_y2026m03"])
def test_triggers_hold_for_a_replica(filled: str, owner_connection: psycopg.Connection, table: str) -> None:
    owner_connection.execute("SET session_replication_role = replica")
    for statement in _statements(table):
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            owner_connection.execute(statement)


def test_every_trigger_is_enabled_always(filled: str, owner_connection: psycopg.Connection, at: datetime) -> None:
    partitions.ensure(30, at=at)
    rows = owner_connection.execute(
        "SELECT c.relname, count(*), bool_and(g.tgenabled = 'A') FROM pg_class c"
        " LEFT JOIN pg_trigger g ON g.tgrelid = c.oid AND g.tgname LIKE 'audit_append_only%'"
        " WHERE c.relkind IN ('r', 'p') AND c.relname ~ '^audit_' GROUP BY 1"
    ).fetchall()
    assert len(rows) > 30
    assert {name: (count, always) for name, count, always in rows} == {name: (2, True) for name, _, _ in rows}


def test_registry_and_database_agree(filled: str) -> None:
    with connection.cursor() as cursor:
        there = append_only.protected(cursor)
    from django.db.migrations.loader import MigrationLoader

    MigrationLoader(connection)
    assert {name: columns for name, columns in there.items() if not name.startswith("audit_event_")} == (
        append_only.PROTECTED
    )


def test_named_columns_may_change_and_no_others(fresh_db: str, owner_connection: psycopg.Connection) -> None:
    owner_connection.execute("CREATE TABLE letters (id int PRIMARY KEY, body text, sent_at timestamptz)")
    owner_connection.execute(append_only.trigger_sql("letters", ("sent_at",)))
    owner_connection.execute("INSERT INTO letters VALUES (1, 'a', NULL)")
    owner_connection.execute("UPDATE letters SET sent_at = '2026-03-01'")
    for statement in ("UPDATE letters SET body = 'b'", "DELETE FROM letters", "TRUNCATE letters"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner_connection.execute(statement)


def test_only_plain_names_are_taken() -> None:
    with pytest.raises(ValueError, match="identifier"):
        append_only.protect("a; DROP TABLE b")


def test_outside_a_transaction_nothing_is_recorded(fresh_db: str, at: datetime) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        services.record("test.happened", actor="applicant", at=at, object_type="thing", object_id=1)
    assert not Event.objects.exists()
