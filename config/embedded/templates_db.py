"""Throw-away databases: fresh copies of a template that holds the migrated schema.

The template is named by a digest of everything that shapes the schema and built once by the owner; a copy takes a
fraction of a second. Tests and `rehearse` work in copies, as the runtime role, and never near the serving database.
"""

import contextlib
import functools
import hashlib
import importlib.metadata
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config import database
from config.embedded.layout import CHECKOUT, StateUnavailable

_TEMPLATE = "portal_template_"
_SCRATCH = "portal_scratch_"
_LOCK = 7_269_001
_DROP_SECONDS = 15
# A copy nobody used for so long belongs to a process that is gone.
_STALE_SECONDS = 6 * 3600
# Beside the migrations these decide what a migrated database holds.
_SHAPING = ("audit/append_only.py", "audit/partitions.py", "config/grants.py")


@functools.cache
def digest() -> str:
    """Twelve hex digits of all migrations, what they call, the packages that bring their own, and the roles."""
    state = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda found: found.label):
        files = sorted(Path(config.path, "migrations").rglob("*"))
        for path in [found for found in files if found.is_file() and found.suffix != ".pyc"]:
            state.update(f"{config.label}/{path.name}\0".encode() + path.read_bytes())
        # Content types and permissions follow the models.
        for model in config.get_models():
            state.update(f"{model._meta.label} {model._meta.permissions} {model._meta.verbose_name}\0".encode())
    for name in _SHAPING:
        path = CHECKOUT / name
        state.update(path.read_bytes() if path.exists() else b"")
    state.update(f"{importlib.metadata.version('django')} {database.runtime()['USER']}".encode())
    return state.hexdigest()[:12]


def _maintenance() -> psycopg.Connection:
    """The owner's connection for creating and dropping databases."""
    return psycopg.connect(**database.connection_arguments(database.owner()), autocommit=True)


def _exists(connection: psycopg.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _drop(connection: psycopg.Connection, name: str) -> None:
    """Drop a database, ending its sessions. Those of superusers (autovacuum's too) may not be ended: wait for them."""
    command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    until = time.monotonic() + _DROP_SECONDS
    while True:
        try:
            connection.execute(command)
            return
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
            if time.monotonic() > until:
                raise
        time.sleep(0.05)


def _age(name: str) -> float:
    """Seconds since a scratch database was made, told by its name."""
    made = name.split("_")[2]
    return time.time() - int(made, 16)


def _drop_stale(connection: psycopg.Connection, keep: str) -> None:
    """Drop templates of other digests and forgotten copies, where nobody is connected."""
    rows = connection.execute(
        "SELECT datname FROM pg_database d WHERE NOT EXISTS"
        " (SELECT 1 FROM pg_stat_activity a WHERE a.datname = d.datname)"
        " AND (datname LIKE 'portal\\_template\\_%%' OR datname LIKE 'portal\\_scratch\\_%%') AND datname <> %s"
        " AND pg_get_userbyid(datdba) = current_user",
        [keep],
    ).fetchall()
    for (name,) in rows:
        if name.startswith(_TEMPLATE) or _age(name) > _STALE_SECONDS:
            _drop(connection, name)


@contextlib.contextmanager
def pointed_at(name: str, config: dict[str, Any] | None = None) -> Iterator[None]:
    """The default connection of this process, in every thread that opens one, goes to the database `name`.

    `config` also changes the role. The settings are changed in place because each thread's connection shares them.
    """
    shared = connections.settings["default"]
    before = {key: shared[key] for key in ("NAME", "USER", "PASSWORD")}
    wanted = {key: (config or shared)[key] for key in ("USER", "PASSWORD")} | {"NAME": name}
    connections["default"].close()
    shared.update(wanted)
    try:
        yield
    finally:
        connections["default"].close()
        shared.update(before)


def _build(connection: psycopg.Connection, name: str) -> None:
    """Migrate a draft and give it its name when complete."""
    draft = f"{_SCRATCH}{int(time.time()):x}_draft{secrets.token_hex(4)}"
    connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(draft)))
    try:
        with pointed_at(draft, database.owner()):
            call_command("migrate", interactive=False, verbosity=0)
    except BaseException:
        _drop(connection, draft)
        raise
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))


@contextlib.contextmanager
def _exclusive() -> Iterator[psycopg.Connection]:
    """The owner's connection with the lock that keeps builders, copiers and sweepers apart.

    Raises StateUnavailable where the owner may not create databases.
    """
    with _maintenance() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield connection
        except psycopg.errors.InsufficientPrivilege as error:
            raise StateUnavailable("DATABASE_OWNER_URL names a role that may not create databases") from error
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _template(connection: psycopg.Connection) -> str:
    """The name of the migrated template, built if this is the first use of these migrations."""
    name = f"{_TEMPLATE}{digest()}"
    if not _exists(connection, name):
        _drop_stale(connection, name)
        _build(connection, name)
    return name


def create_copy() -> str:
    """A fresh database from the template; its name. The caller drops it.

    Several processes may ask at once: one builds the template, the others wait for it, and each copies in turn.
    """
    name = f"{_SCRATCH}{int(time.time()):x}_{os.getpid()}_{secrets.token_hex(4)}"
    with _exclusive() as connection:
        source = _template(connection)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source))
        )
    return name


def drop(name: str) -> None:
    """Drop a copy, ending whatever is still connected. Refuses any other database."""
    if not name.startswith(_SCRATCH):
        raise ValueError("only scratch databases are dropped")
    with _maintenance() as connection:
        _drop(connection, name)


@contextlib.contextmanager
def scratch_database() -> Iterator[str]:
    """The default connection goes to a fresh, migrated, empty database, as the runtime role; dropped at the end.

    Every thread started within must have closed its connections or is disconnected by the drop. Yields the name.
    """
    name = create_copy()
    try:
        with pointed_at(name, database.runtime()):
            yield name
    finally:
        drop(name)
