"""The months of the trail: one partition each, made ahead, and a default one as a net.

The work is done by a function in the database that belongs to the owner (`SECURITY DEFINER`), so that the runtime role
can have next month's partition made without being able to alter the table.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, migrations

from audit import append_only
from policy import clock

FUNCTION = "audit_ensure_partitions"
MOST_MONTHS = 36

# A month for which the default partition already holds rows stays there: moving rows would need a delete.
CREATE_FUNCTION = f"""
CREATE FUNCTION {FUNCTION}(first_year int, first_month int, months int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $body$
DECLARE
    month date;
    opens timestamptz;
    closes timestamptz;
    part text;
    made int := 0;
    busy boolean;
BEGIN
    IF months < 0 OR months > {MOST_MONTHS} THEN
        RAISE EXCEPTION 'at most {MOST_MONTHS} months at once';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('{FUNCTION}'));
    FOR ahead IN 0 .. months - 1 LOOP
        month := (make_date(first_year, first_month, 1) + make_interval(months => ahead))::date;
        opens := month::timestamp AT TIME ZONE 'Asia/Shanghai';
        closes := (month + interval '1 month')::timestamp AT TIME ZONE 'Asia/Shanghai';
        part := 'audit_event_y' || to_char(month, 'YYYY') || 'm' || to_char(month, 'MM');
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        SELECT EXISTS (SELECT 1 FROM audit_event_default WHERE at >= opens AND at < closes) INTO busy;
        CONTINUE WHEN busy;
        EXECUTE format('CREATE TABLE %I PARTITION OF audit_event FOR VALUES FROM (%L) TO (%L)', part, opens, closes);
        PERFORM audit_guard_partition(part);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$body$;
"""

# Row triggers are copied to a new partition by PostgreSQL, statement triggers are not; neither may be left to chance.
CREATE_GUARD = f"""
CREATE FUNCTION audit_guard_partition(part text) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $body$
BEGIN
    EXECUTE format('CREATE TRIGGER {append_only.PREFIX}_statement BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION {append_only.FUNCTION}()', part);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER {append_only.PREFIX}_statement', part);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER {append_only.PREFIX}_row', part);
END
$body$;
"""

CREATE_DEFAULT = """
CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT;
SELECT audit_guard_partition('audit_event_default');
"""


def operations(*, first_year: int, first_month: int, months: int) -> list[Any]:
    """Migration operations: the default partition, the functions, and the first months."""
    drop = f"DROP FUNCTION IF EXISTS {FUNCTION}(int, int, int);"
    drop_guard = "DROP FUNCTION IF EXISTS audit_guard_partition(text);"
    fill = f"SELECT {FUNCTION}({int(first_year)}, {int(first_month)}, {int(months)})"
    return [
        migrations.RunSQL(CREATE_GUARD, drop_guard),
        migrations.RunSQL(CREATE_DEFAULT, migrations.RunSQL.noop),
        migrations.RunSQL(CREATE_FUNCTION, drop),
        migrations.RunSQL(fill, migrations.RunSQL.noop),
    ]


def ensure(months_ahead: int = 3, *, at: datetime) -> int:
    """Make the partitions of this month and the next ones (Asia/Shanghai months); how many were new.

    Idempotent, and safe to run by several processes. For the nightly jobs; without it events go to the default
    partition, which is correct and only slower.
    """
    today = clock.local(at).date()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {FUNCTION}(%s, %s, %s)", [today.year, today.month, months_ahead + 1])
        return int(cursor.fetchone()[0])
