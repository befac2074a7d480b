"""The runtime role reads and writes rows; it cannot change what protects them."""

import psycopg
import pytest
from django.db import DatabaseError, connection

from audit import append_only
from config import database

pytestmark = pytest.mark.django_db


def refused(statement: str) -> str:
    """The SQLSTATE with which `statement` fails."""
    with pytest.raises(DatabaseError) as raised, connection.cursor() as cursor:
        cursor.execute(statement)
    return raised.value.__cause__.sqlstate  # type: ignore[union-attr]


INSUFFICIENT = psycopg.errors.InsufficientPrivilege.sqlstate


def test_the_suite_runs_as_the_runtime_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolcreatedb, rolcreaterole, pg_get_userbyid(datdba)"
            " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
        )
        user, *rights, database_owner = cursor.fetchone()
    assert user == database.runtime()["USER"]
    assert rights == [False, False, False]
    assert database_owner == database.owner()["USER"] != user


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_append_only_row ON audit_event",
        "TRUNCATE audit_event",
        "TRUNCATE staff_user CASCADE",
        "UPDATE audit_event SET verb = 'x'",
        "DELETE FROM audit_event",
        "SET session_replication_role = replica",
        "CREATE TABLE mine (id int)",
        "DROP TABLE staff_user",
        "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "UPDATE django_migrations SET name = 'x'",
        "CREATE EXTENSION hstore",
    ],
)
def test_the_runtime_role_may_not(statement: str) -> None:
    assert refused(statement) == INSUFFICIENT


def test_every_guard_fires_always() -> None:
    """ENABLE ALWAYS: also under session_replication_role = replica."""
    with connection.cursor() as cursor:
        protected = append_only.protected(cursor)
        cursor.execute(
            "SELECT t.relname, g.tgname, g.tgenabled FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid"
            " WHERE g.tgname LIKE %s",
            [f"{append_only.PREFIX}%"],
        )
        guards = cursor.fetchall()
    assert {"audit_event", "review_decision", "ledger_entry"} <= set(protected)
    assert {table for table, name, _ in guards if name.endswith("_statement")} == set(protected)
    assert {enabled for *_, enabled in guards} <= {"A", b"A"}


def test_the_runtime_role_has_no_update_on_protected_tables() -> None:
    with connection.cursor() as cursor:
        for table, columns in append_only.protected(cursor).items():
            cursor.execute(
                "SELECT has_table_privilege(%s, 'UPDATE'), has_table_privilege(%s, 'DELETE'),"
                " has_table_privilege(%s, 'TRUNCATE'), has_table_privilege(%s, 'INSERT')",
                [table] * 4,
            )
            assert cursor.fetchone() == (False, False, False, True), table
            for column in columns:
                cursor.execute("SELECT has_column_privilege(%s, %s, 'UPDATE')", [table, column])
                assert cursor.fetchone() == (True,), (table, column)


def test_the_superuser_meets_the_triggers_under_replica(owner_connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation), owner_connection.transaction():
        owner_connection.execute("SET LOCAL session_replication_role = replica")
        owner_connection.execute("TRUNCATE audit_event CASCADE")
