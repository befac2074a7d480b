"""The whole portal as processes: it starts, is found again, survives kills and ends without a trace."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from config import runner
from config.embedded import processes
from config.embedded.layout import CHECKOUT, Layout

pytestmark = pytest.mark.faults
NAMES = ("web", "worker", "beat")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Portal:
    """A portal with a state directory of its own, run as in production so that no demonstration data is loaded."""

    places: Layout
    port: int
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, do: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "config.runner", do, "--port", str(self.port)]
        return subprocess.run(command, cwd=CHECKOUT, env=self.environment, capture_output=True, text=True)

    def ready(self) -> dict[str, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
            found: dict[str, str] = json.load(answer)
        return found

    def leaders(self) -> dict[str, int]:
        return {name: runner.members(self.places, name)[0].pid for name in NAMES}


@pytest.fixture
def portal() -> Iterator[Portal]:
    root = Path(tempfile.mkdtemp(prefix="rp-", dir="/tmp"))
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PORTAL_", "DATABASE_", "REDIS_"))}
    environment = clean | {
        "PORTAL_ENV": "production",
        "PORTAL_STATE_DIR": str(root),
        "SECRET_KEY": secrets.token_hex(48),
        "PORTAL_FIELD_KEY": f"k1:{secrets.token_hex(16)}",
        "PORTAL_LOOKUP_KEY": secrets.token_hex(32),
        "PORTAL_AUDIT_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DOCUMENT_ROOT": str(root / "documents"),
    }
    # The tests' own process keeps its state; these places are only looked at.
    places = Layout(root=root, sockets=root / "run", shared=root / "programs")
    found = Portal(places, free_port(), environment)
    yield found
    found.run("stop")
    shutil.rmtree(root)


def test_a_life_with_kills(portal: Portal) -> None:
    first = portal.run("start")
    assert first.returncode == 0, first.stderr
    assert set(portal.ready().values()) == {"ok"}
    before = portal.leaders()

    again = portal.run("start")
    assert again.returncode == 0, again.stderr
    assert portal.leaders() == before

    (data,) = portal.places.root.glob("postgres-*")
    database = processes.read_pid(data / "postmaster.pid")
    assert database is not None
    for pid in (*before.values(), database):
        os.kill(pid, signal.SIGKILL)
    third = portal.run("start")
    assert third.returncode == 0, third.stderr
    assert set(portal.ready().values()) == {"ok"}
    assert set(portal.leaders().values()).isdisjoint(before.values())

    ended = portal.run("stop")
    assert ended.stdout.strip() == "Stopped: beat, worker, web, Valkey, PostgreSQL"
    left = [one for name in NAMES for one in runner.members(portal.places, name)]
    assert left + processes.running_in(data) + processes.running_in(portal.places.sockets) == []
    assert portal.run("stop").stdout.strip() == "Stopped: nothing was running"


def test_metrics_count_all_web_processes(portal: Portal) -> None:
    portal.environment["WEB_WORKERS"] = "2"
    assert portal.run("start").returncode == 0
    asked = 60
    for _ in range(asked):
        portal.ready()
    web = [process.pid for process in runner.members(portal.places, "web")]
    assert len(web) >= 3, "a leader and two workers"
    with urllib.request.urlopen(f"http://127.0.0.1:{portal.port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    total = sum(
        float(line.split()[-1])
        for line in lines
        if line.startswith("django_http_requests_total_by_view_transport_method_total{") and 'view="readyz"' in line
    )
    assert total >= asked
    assert psutil.pid_exists(web[0])


def test_a_portal_that_cannot_start_says_why(portal: Portal) -> None:
    portal.environment["PORTAL_AUDIT_KEY"] = ""
    done = portal.run("start")
    assert done.returncode == 1
    assert "PORTAL_AUDIT_KEY" in done.stderr


def test_every_log_line_is_json(portal: Portal) -> None:
    assert portal.run("start").returncode == 0
    for name in NAMES:
        text = (portal.places.logs / f"{name}.log").read_text("utf-8")
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        assert lines, name
        assert all({"event", "level", "time"} <= set(line) for line in lines), name
