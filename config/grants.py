"""What the runtime role may do: read and write rows, nothing else; of append-only tables only read and add.

Run by the owner after every migration, so that a new table is usable and a newly protected one is protected.
"""

from typing import Any

from django.db import connections
from psycopg import sql

from audit import append_only

_RIGHTS = """
GRANT USAGE ON SCHEMA public TO {role};
REVOKE CREATE ON SCHEMA public FROM {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role};
"""


def apply(alias: str, *, owner: str, runtime: str) -> list[str]:
    """Grant and revoke on the connection `alias`, which is the owner's; the append-only tables.

    With one role for both there is nothing to grant: an owner keeps its rights and only the triggers protect.
    """
    if owner == runtime:
        return []
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(_rights(connection, runtime))
        return append_only.revoke(cursor, runtime)


def _rights(connection: Any, runtime: str) -> str:
    connection.ensure_connection()
    return sql.SQL(_RIGHTS).format(role=sql.Identifier(runtime)).as_string(connection.connection)
