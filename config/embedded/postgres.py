"""The portal's own PostgreSQL: one server a checkout, on a unix socket only, with three roles.

- portal_admin, the bootstrap superuser: makes the others and is not used by the portal itself;
- portal_owner: owns the database, runs migrations, may create databases (templates, rehearsals);
- portal_app: the runtime role; owns nothing and is granted rows only.

initdb and postgres are driven directly. A server killed with SIGKILL leaves its pid file, its socket and perhaps
children; they are recognised by their data directory and cleaned before the next start.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from config import database
from config.embedded import processes, programs
from config.embedded.keys import Keys
from config.embedded.layout import Layout, make_private
from config.embedded.processes import ServiceFailed

_START_SECONDS = 60
_STOP_SECONDS = 30
_ORPHAN_SECONDS = 10
SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(database.PORT),
    "max_connections": "200",
    "fsync": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    # Statements quote rows: errors are logged without the statement, and DETAIL (which quotes keys) is left out.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "lc_messages": "C",
}


def _log(places: Layout) -> Path:
    return places.logs / "postgres.log"


def _is_server_of(data: Path, process: psutil.Process) -> bool:
    command = process.cmdline()
    return bool(command) and Path(command[0]).name == "postgres" and str(data) in command


def find(data: Path) -> psutil.Process | None:
    """The living server of the data directory, if its pid file tells the truth."""
    return processes.find(processes.read_pid(data / "postmaster.pid"), lambda found: _is_server_of(data, found))


def _initialise(program: programs.Postgres, data: Path, keys: Keys, places: Layout) -> None:
    """Make an empty cluster, if there is none. It gets its name when complete: a killed initdb leaves only a draft."""
    if data.exists():
        return
    draft = data.with_name(f"new-{data.name}")
    if draft.exists():
        shutil.rmtree(draft)
    make_private(draft, owner=processes.server_owner())
    password = places.sockets / "initdb-password"
    password.unlink(missing_ok=True)
    with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        os.fchown(file.fileno(), *processes.server_owner())
        file.write(f"{keys.superuser_password}\n")
    command = [
        str(program.directory / "initdb"),
        f"--pgdata={draft}",
        f"--username={database.SUPERUSER_ROLE}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-locale",
        "--data-checksums",
    ]
    try:
        with open(_log(places), "ab") as log:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=processes.clean_environment(),
                check=False,
                **processes.as_server_user(),  # type: ignore[call-overload]
            )
    finally:
        password.unlink()
    if done.returncode:
        raise ServiceFailed(f"initdb failed, see {_log(places)}: {processes.tail(_log(places), 2)}")
    draft.rename(data)


def _clean_stale(data: Path, places: Layout) -> None:
    """Remove what a killed server left. Call only when `find` sees no living server."""
    orphans = processes.wait_gone(processes.running_in(data), _ORPHAN_SECONDS)
    if orphans:
        # Children whose server was killed end by themselves; one that hangs would block the next start.
        processes.end(orphans, signal=signal.SIGQUIT, seconds=5)
    for path in (
        data / "postmaster.pid",
        places.sockets / f".s.PGSQL.{database.PORT}",
        places.sockets / f".s.PGSQL.{database.PORT}.lock",
    ):
        path.unlink(missing_ok=True)


def _connect(places: Layout, user: str, password: str, name: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(places.sockets),
        port=database.PORT,
        user=user,
        password=password,
        dbname=name,
        autocommit=True,
        connect_timeout=5,
    )


def superuser(places: Layout, keys: Keys, name: str = "postgres") -> psycopg.Connection:
    """A connection as the bootstrap superuser, autocommit. For set-up and for tests that tamper with rows."""
    return _connect(places, database.SUPERUSER_ROLE, keys.superuser_password, name)


def _wait_ready(server: subprocess.Popen[bytes], places: Layout, keys: Keys) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            superuser(places, keys).close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > until:
                log = _log(places)
                raise ServiceFailed(f"PostgreSQL did not start, see {log}: {processes.tail(log, 2)}") from error
        time.sleep(0.05)


def _make_roles(places: Layout, keys: Keys) -> None:
    """Roles and database; the same call again changes nothing."""
    with superuser(places, keys) as connection:
        known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role, rights, password in (
            (database.OWNER_ROLE, "CREATEDB", keys.owner_password),
            (database.RUNTIME_ROLE, "NOCREATEDB", keys.app_password),
        ):
            if role not in known:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION {} PASSWORD {}").format(
                        sql.Identifier(role), sql.SQL(rights), sql.Literal(password)
                    )
                )
        # So that the owner may end the runtime role's sessions when it drops a scratch database.
        connection.execute(sql.SQL("GRANT pg_signal_backend TO {}").format(sql.Identifier(database.OWNER_ROLE)))
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database.DATABASE]).fetchone()
        if not exists:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(database.DATABASE), sql.Identifier(database.OWNER_ROLE)
                )
            )


def ensure(places: Layout, keys: Keys) -> bool:
    """A running server with roles and database; whether it had to be started. The caller holds the services' lock."""
    chosen = programs.choose_postgres(places, os.environ.get("PORTAL_POSTGRES", ""))
    data = places.postgres_data(chosen.major)
    if find(data):
        return False
    _stop_others(places, data)
    program = programs.reachable_postgres(chosen, places)
    make_private(places.sockets, owner=processes.server_owner())
    _initialise(program, data, keys, places)
    _clean_stale(data, places)
    options = SERVER_OPTIONS | {"unix_socket_directories": str(places.sockets)}
    command = [str(program.directory / "postgres"), "-D", str(data)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    server = processes.start(
        command, log=_log(places), cwd=Path("/"), environment=processes.clean_environment(), unprivileged=True
    )
    _wait_ready(server, places, keys)
    _make_roles(places, keys)
    return True


def _stop_others(places: Layout, data: Path) -> None:
    """End servers of other versions of this checkout: they would hold the same socket."""
    for other in places.root.glob("postgres-*"):
        if other != data:
            _stop_one(other)


def _stop_one(data: Path) -> bool:
    server = find(data)
    if server is None:
        return False
    # "Fast": roll back and disconnect the clients, write everything, end.
    processes.end([server], signal=signal.SIGINT, seconds=_STOP_SECONDS)
    with contextlib.suppress(FileNotFoundError):
        if find(data) is None:
            (data / "postmaster.pid").unlink()
    return True


def stop(places: Layout) -> bool:
    """End every PostgreSQL server of this checkout; whether there was one."""
    ended = [_stop_one(data) for data in places.root.glob("postgres-*")]
    return any(ended)
