"""The portal's own Valkey: broker and cache on a unix socket. It keeps nothing on disk: the outbox is the truth."""

import signal
import subprocess
import time
from pathlib import Path

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded import processes, programs
from config.embedded.layout import Layout, make_private
from config.embedded.processes import ServiceFailed

_START_SECONDS = 20


def _pid_file(places: Layout) -> Path:
    return places.sockets / "valkey.pid"


def _log(places: Layout) -> Path:
    return places.logs / "valkey.log"


def find(places: Layout) -> psutil.Process | None:
    """The living server of this checkout: its pid file names it and it runs in our socket directory."""

    def is_ours(process: psutil.Process) -> bool:
        return process.cwd() == str(places.sockets) and "valkey" in process.name()

    return processes.find(processes.read_pid(_pid_file(places)), is_ours)


def ping(places: Layout) -> bool:
    """Whether the server answers."""
    with redis.Redis(
        unix_socket_path=str(places.valkey_socket), socket_timeout=3, retry=Retry(NoBackoff(), 0)
    ) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def _wait_ready(server: subprocess.Popen[bytes], places: Layout) -> None:
    until = time.monotonic() + _START_SECONDS
    while not ping(places):
        if server.poll() is not None or time.monotonic() > until:
            log = _log(places)
            raise ServiceFailed(f"Valkey did not start, see {log}: {processes.tail(log, 2)}")
        time.sleep(0.05)


def ensure(places: Layout) -> bool:
    """A running server; whether it had to be started. The caller holds the services' lock."""
    server = find(places)
    if server and ping(places):
        return False
    make_private(places.sockets, owner=processes.server_owner())
    strays = [found for found in processes.running_in(places.sockets) if "valkey" in found.name()]
    processes.end(strays, signal=signal.SIGTERM, seconds=5)
    for path in (_pid_file(places), places.valkey_socket):
        path.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(places.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(places.sockets),
        "pidfile": str(_pid_file(places)),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
        "maxmemory-policy": "noeviction",
    }
    command = [str(programs.valkey(places))]
    for name, value in options.items():
        command += [f"--{name}", value]
    started = processes.start(
        command,
        log=_log(places),
        cwd=places.sockets,
        environment=processes.clean_environment(),
        unprivileged=True,
    )
    _wait_ready(started, places)
    return True


def stop(places: Layout) -> bool:
    """End the server of this checkout; whether there was one."""
    ours = [found for found in processes.running_in(places.sockets) if "valkey" in found.name()]
    processes.end(ours, signal=signal.SIGTERM, seconds=10)
    for path in (_pid_file(places), places.valkey_socket):
        path.unlink(missing_ok=True)
    return bool(ours)
