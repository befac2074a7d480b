"""The runner knows its processes from strangers."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config import runner
from config.embedded.layout import CHECKOUT, Layout


@pytest.fixture
def places(tmp_path: Path) -> Layout:
    (tmp_path / "processes").mkdir()
    return Layout(root=tmp_path, sockets=tmp_path / "run", shared=tmp_path / "programs")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A session leader of this checkout with a child."""
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    started = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, cwd=CHECKOUT, start_new_session=True
    )
    while len(psutil.Process(started.pid).children()) == 0:
        os.sched_yield()
    yield started
    if started.stdin:
        started.stdin.close()
    started.wait()


def record(places: Layout, pid: int) -> None:
    (places.processes / "web.json").write_text(json.dumps({"pid": pid, "mark": "m"}))


def test_a_service_and_its_children_are_found(places: Layout, sleeper: subprocess.Popen[bytes]) -> None:
    record(places, sleeper.pid)
    found = runner.members(places, "web")
    assert found[0].pid == sleeper.pid
    assert len(found) == 2


def test_children_of_a_killed_leader_are_found_and_stopped(places: Layout, sleeper: subprocess.Popen[bytes]) -> None:
    record(places, sleeper.pid)
    (child,) = psutil.Process(sleeper.pid).children()
    sleeper.send_signal(signal.SIGKILL)
    sleeper.wait()
    assert [process.pid for process in runner.members(places, "web")] == [child.pid]
    assert runner._stop_service(places, "web")
    assert not psutil.pid_exists(child.pid) or psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE


def test_a_number_given_to_a_stranger_is_left_alone(places: Layout) -> None:
    stranger = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, cwd="/", start_new_session=True
    )
    record(places, stranger.pid)
    assert runner.members(places, "web") == []
    assert not runner._stop_service(places, "web")
    assert stranger.poll() is None
    assert not (places.processes / "web.json").exists()
    stranger.communicate(b"\n")


@pytest.mark.parametrize("content", ["", "not json", "[1]", '{"pid": "x"}'])
def test_a_damaged_pid_file_is_no_process(places: Layout, content: str) -> None:
    (places.processes / "web.json").write_text(content)
    assert runner.members(places, "web") == []


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(runner.RunFailed, match="cannot be used"):
            runner._refuse_taken_port("127.0.0.1", taken.getsockname()[1])


def test_changed_code_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CHECKOUT", tmp_path)
    (tmp_path / "one.py").write_text("a = 1\n")
    before = runner.code_digest()
    assert runner.code_digest() == before
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text("")
    assert runner.code_digest() == before
    (tmp_path / "one.py").write_text("a = 12\n")
    assert runner.code_digest() != before
