"""Tables that only grow: triggers that hold against UPDATE, DELETE and TRUNCATE, for any app's migrations.

    operations = [migrations.CreateModel(...), *append_only.protect("review_decision")]

The triggers are `ENABLE ALWAYS`: they also fire under `session_replication_role = replica`, and they stop the owner of
the table as well as the runtime role. A superuser can disable triggers; what then happens is found by `audit verify`.
Correct a row by writing another one.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import migrations

FUNCTION = "audit_refuse_change"
PREFIX = "audit_append_only"

# Filled when migration modules are imported; `protected` reads the truth from the database.
PROTECTED: dict[str, tuple[str, ...]] = {}

_NAME = re.compile(r"\A[a-z_][a-z0-9_]{0,40}\Z")

CREATE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_LEVEL = 'ROW' AND TG_NARGS > 0
        AND to_jsonb(NEW) - TG_ARGV::text[] = to_jsonb(OLD) - TG_ARGV::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$body$
"""


def protect(table: str, allow_update_columns: tuple[str, ...] = ()) -> list[Any]:
    """Migration operations (with reverse) that make a table append-only, but for the columns named.

    `allow_update_columns` may be set later on rows that exist (a delivery mark); everything else never changes.
    Raises ValueError for a name that is not a plain lower-case identifier.
    """
    for name in (table, *allow_update_columns):
        if not _NAME.match(name):
            raise ValueError(f"not a plain identifier: {name!r}")
    PROTECTED[table] = tuple(allow_update_columns)
    drop = "".join(f"DROP TRIGGER IF EXISTS {PREFIX}_{part} ON {table};" for part in ("row", "statement"))
    return [
        migrations.RunSQL(CREATE_FUNCTION, migrations.RunSQL.noop),
        migrations.RunSQL(trigger_sql(table, allow_update_columns), drop),
    ]


def trigger_sql(table: str, allow_update_columns: tuple[str, ...] = ()) -> str:
    """The statements that put both triggers on one table (row and statement level)."""
    arguments = ", ".join(f"'{column}'" for column in allow_update_columns)
    statement_events = "DELETE OR TRUNCATE" if allow_update_columns else "UPDATE OR DELETE OR TRUNCATE"
    return f"""
        CREATE TRIGGER {PREFIX}_row BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {FUNCTION}({arguments});
        CREATE TRIGGER {PREFIX}_statement BEFORE {statement_events} ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {PREFIX}_row;
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {PREFIX}_statement;
    """


def protected(cursor: Any) -> dict[str, tuple[str, ...]]:
    """The protected tables as they stand in the database, partitions included: table -> columns that may change."""
    cursor.execute(
        "SELECT t.relname, encode(g.tgargs, 'escape') FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid"
        " WHERE g.tgname = %s AND t.relnamespace = 'public'::regnamespace ORDER BY 1",
        [f"{PREFIX}_row"],
    )
    return {table: tuple(filter(None, arguments.split("\\000"))) for table, arguments in cursor.fetchall()}


def revoke(cursor: Any, role: str) -> list[str]:
    """Take UPDATE (but for allowed columns), DELETE and TRUNCATE on every protected table from the runtime role.

    Second line behind the triggers; run by the owner after migrating and granting. Returns the tables.
    """
    tables = protected(cursor)
    quoted = '"' + role.replace('"', '""') + '"'
    for table, columns in tables.items():
        cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES ON {table} FROM {quoted}")
        if columns:
            cursor.execute(f"GRANT UPDATE ({', '.join(columns)}) ON {table} TO {quoted}")
    return list(tables)
