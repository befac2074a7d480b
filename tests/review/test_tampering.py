"""A row changed behind the trail's back, on the real path: `audit verify` names it (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audit import services as audit
from review.models import Case, Decision
from review.services import clear, decide
from tests import builders, scene
from tests.actors import Desk
from tests.builders import when

SEALED = when("03-05 00:10")


@pytest.fixture
def approved(fresh_db: str, desk: Desk) -> Case:
    """A case that went the whole way, one doubt settled by a person, its trail sealed."""
    scene.allot(10**9)
    case = scene.file(said=builders.answers(builders.scrappage(), {"catalogue": None}))
    scene.assessed(case, desk)
    for record in case.evaluations.get().findings:
        if record["outcome"] == "manual":
            clear(case.pk, rule=record["rule"], result="pass", comment="已核对", by=desk.district(), at=scene.ASSESSED)
    decide(case.pk, "pass", by=desk.district(), at=scene.DISTRICT_PASSED)
    case = decide(case.pk, "pass", by=desk.municipal(), at=scene.MUNICIPAL_PASSED)
    audit.seal(SEALED)
    return case


@pytest.fixture
def intruder(owner_connection: psycopg.Connection) -> psycopg.Connection:
    """Somebody with every right in the database, who switches the triggers off."""
    rows = owner_connection.execute(
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'audit_append_only%'"
    ).fetchall()
    for (table,) in rows:
        owner_connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    return owner_connection


def test_an_untouched_house_verifies(approved: Case) -> None:
    report = audit.verify()
    assert (report.ok, list(report.breaks)) == (True, [])


CHANGES = (
    ("review_decision", "to_state = 'REJECTED' WHERE stage = 'municipal'"),
    ("review_decision", "natural_person_id = NULL WHERE stage = 'district'"),
    ("review_decision", "by_id = NULL WHERE stage = 'district'"),
    ("review_decision", "amount_fen = 1999900 WHERE stage = 'municipal'"),
    ("review_decision", "at = at - interval '1 day' WHERE stage = 'district'"),
    ("review_decision", "reasons = '[{\"code\": \"V27\"}]' WHERE stage = 'district'"),
    ("review_decision", "comment = '另有说明' WHERE stage = 'district'"),
    ("review_decision", "opinion = 'fail' WHERE event = 'assess'"),
    ("review_decision", "content_digest = repeat('0', 64) WHERE stage = 'municipal'"),
    ("review_evaluation", "findings = '[]'"),
    ("review_evaluation", "parameters = '{}'"),
    ("review_evaluation", "policy_version = '2026-9'"),
    ("review_evaluation", "computed_fen = 1"),
    ("review_evaluation", "content_digest = repeat('0', 64)"),
    ("review_clearance", "comment = '未核对'"),
    ("review_clearance", "result = 'reject'"),
    ("ledger_posting", "amount_fen = amount_fen + 1 WHERE kind = 'commit'"),
    ("ledger_posting", "case_ref = 999 WHERE kind = 'reserve'"),
    ("ledger_entry", "amount_fen = amount_fen * 2"),
    ("ledger_entry", "account = 'paid' WHERE account = 'committed'"),
)
DELETIONS = ("review_decision", "review_evaluation", "review_clearance", "ledger_posting")


@contextmanager
def done_to(intruder: psycopg.Connection, table: str, order: str) -> Iterator[int]:
    """Something done to a table, committed, and undone afterwards; how many rows it touched."""
    intruder.execute(f"CREATE TEMP TABLE kept AS TABLE {table}")
    try:
        yield intruder.execute(order).rowcount
    finally:
        intruder.execute(f"DELETE FROM {table}")
        intruder.execute(f"INSERT INTO {table} SELECT * FROM kept")
        intruder.execute("DROP TABLE kept")


def test_every_changed_row_is_named(approved: Case, intruder: psycopg.Connection) -> None:
    unseen = []
    for table, change in CHANGES:
        named = "ledger_posting" if table == "ledger_entry" else table
        with done_to(intruder, table, f"UPDATE {table} SET {change}") as touched:
            assert touched > 0, change
            if named not in {found.table for found in audit.verify().breaks}:
                unseen.append((table, change))
    assert not unseen
    assert audit.verify().ok


def test_every_deleted_row_is_named(approved: Case, intruder: psycopg.Connection) -> None:
    for table in DELETIONS:
        with done_to(intruder, table, f"DELETE FROM {table}"):
            assert table in {found.table for found in audit.verify().breaks}


def test_a_decision_written_past_the_services_is_named(approved: Case, intruder: psycopg.Connection) -> None:
    taken = ("id", "round", "case_version")
    columns = ", ".join(str(field.column) for field in Decision._meta.concrete_fields if field.column not in taken)
    intruder.execute(
        f"INSERT INTO review_decision (round, case_version, {columns})"
        f" SELECT 9, 900, {columns} FROM review_decision WHERE stage = 'municipal'"
    )
    breaks = audit.verify().breaks
    assert str(Decision.objects.get(case_version=900).pk) in {str(found.row) for found in breaks}


def test_the_command_names_the_row_and_exits_with_an_error(
    approved: Case, intruder: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    row = Decision.objects.get(stage="municipal")
    intruder.execute("UPDATE review_decision SET to_state = 'REJECTED' WHERE id = %s", [row.pk])
    with pytest.raises((SystemExit, CommandError)) as ended:
        call_command("audit", "verify")
    if isinstance(ended.value, SystemExit):
        assert ended.value.code == 1
    shown = capsys.readouterr()
    assert "review_decision" in shown.out + shown.err + str(ended.value)
    assert str(row.pk) in shown.out + shown.err + str(ended.value)


def test_with_its_triggers_on_not_even_the_owner_changes_a_row(
    approved: Case, owner_connection: psycopg.Connection
) -> None:
    owner_connection.execute("SET session_replication_role = replica")
    for table in ("review_decision", "review_evaluation", "review_clearance"):
        for order in ("UPDATE {} SET at = at", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                owner_connection.execute(order.format(table))
