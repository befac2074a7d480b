"""Recognising, starting and ending processes of ours.

A number in a pid file proves nothing: the process may be gone and its number given to another. A process is ours
only if it runs from our directory (a server's working directory is its data) or its command line names it.
"""

import contextlib
import os
import pwd
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from config.embedded.layout import StateUnavailable, is_root

_POLL_SECONDS = 0.05
# Kept, because Python complains when a handle goes while its process runs: these are meant to outlive us.
_outliving: list[subprocess.Popen[bytes]] = []
UNPRIVILEGED = ("postgres", "nobody")


class ServiceFailed(StateUnavailable):
    """A server did not start or did not end; the message says where its log is."""


def server_user() -> pwd.struct_passwd | None:
    """As root, the existing unprivileged user that runs the servers; None otherwise: they run as ourselves."""
    if not is_root():
        return None
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise StateUnavailable("as root a user postgres or nobody is needed to run the database; neither exists")


def server_owner() -> tuple[int, int]:
    """(uid, gid) that the servers' files belong to."""
    user = server_user()
    return (user.pw_uid, user.pw_gid) if user else (os.geteuid(), os.getegid())


def as_server_user() -> dict[str, object]:
    """Arguments of `subprocess` that drop root's rights."""
    user = server_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def clean_environment() -> dict[str, str]:
    """An environment without our settings: a server needs none of our keys, nor libpq's defaults."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "TZ", "LANG")}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"} | kept


def alive(process: psutil.Process) -> bool:
    """Whether `process` runs (a zombie does not)."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def running_in(directory: Path) -> list[psutil.Process]:
    """Every process whose working directory is `directory`: a server and the children it may have left behind."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.cwd() == str(directory) and alive(process):
                found.append(process)
    return found


def read_pid(path: Path) -> int | None:
    """The number in the first line of `path`, None if there is none."""
    try:
        lines = path.read_text("ascii", errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    text = lines[0].strip() if lines else ""
    return int(text) if text.isdigit() and int(text) > 0 else None


def find(pid: int | None, is_ours: Callable[[psutil.Process], bool]) -> psutil.Process | None:
    """The living process `pid` if `is_ours` says so."""
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        return process if alive(process) and is_ours(process) else None
    except psutil.Error:
        return None


def start(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path,
    environment: Mapping[str, str],
    unprivileged: bool,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, with nothing of ours open but its log."""
    with open(log, "ab") as output:
        started = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(environment),
            start_new_session=True,
            close_fds=True,
            **(as_server_user() if unprivileged else {}),  # type: ignore[call-overload]
        )
    _outliving.append(started)
    return started


def wait_gone(processes: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until all have ended; those still alive after `seconds`."""
    until = time.monotonic() + seconds
    left = [process for process in processes if alive(process)]
    while left and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        for process in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)
        left = [process for process in left if alive(process)]
    return left


def end(processes: Sequence[psutil.Process], *, signal: int, seconds: float) -> None:
    """Send `signal`, wait, then kill what is left. Raises ServiceFailed if even that does not end them."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal)
    left = wait_gone(processes, seconds)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    still = wait_gone(left, 10)
    if still:
        raise ServiceFailed(f"process {still[0].pid} does not end")


def tail(log: Path, lines: int = 5) -> str:
    """The last lines of a log, for an error message."""
    try:
        return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
