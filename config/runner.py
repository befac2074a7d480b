"""`make run` and `make stop`: the whole portal as background processes of this machine.

Web (granian, WSGI), the Celery worker and its schedule, each in a session of its own with a pid file and a log in
the state directory. `start` returns when the portal answers; a second `start` changes nothing, or restarts what
runs older code. Everything is found again by `stop`, also after a run that was killed.
"""

import argparse
import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from config import database
from config.embedded import processes, services
from config.embedded.layout import CHECKOUT, Layout, StateUnavailable, layout, prepare

_READY_SECONDS = 90
_STOP_SECONDS = 20
_CODE = ("*.py", "*.html", "*.css", "*.js", "*.yaml", "*.svg", "*.json")
_NOT_CODE = {".venv", ".git", ".state", "tests", "docs", "bench", "__pycache__", "node_modules"}
PYTHON = CHECKOUT / ".venv" / "bin" / "python"


class RunFailed(StateUnavailable):
    """The portal did not start; the message says what and where to look."""


@dataclass(frozen=True)
class Service:
    """One background process: its name (of pid file and log) and its command."""

    name: str
    command: tuple[str, ...]


def plan(host: str, port: int, places: Layout) -> list[Service]:
    """The processes of a portal at `host`:`port`."""
    programs = CHECKOUT / ".venv" / "bin"
    workers = os.environ.get("WEB_WORKERS") or str(min(4, max(2, os.cpu_count() or 1)))
    celery = (str(programs / "celery"), "--quiet", "--app", "config.celery")
    granian = (str(programs / "granian"), "--interface", "wsgi", "--host", host, "--port", str(port))
    threads = (
        "--workers",
        workers,
        "--blocking-threads",
        os.environ.get("WEB_THREADS") or "8",
        "--no-ws",
        "--respawn-failed-workers",
    )
    logs = ("--log-config", str(CHECKOUT / "config" / "granian-log.json"))
    return [
        Service("web", (*granian, *threads, *logs, "config.wsgi:application")),
        Service("worker", (*celery, "worker", "--loglevel", "INFO", "--concurrency", "2", "--without-mingle")),
        Service("beat", (*celery, "beat", "--loglevel", "INFO", "--schedule", str(places.processes / "beat-schedule"))),
    ]


def code_digest() -> str:
    """Changes when the program changes: names, sizes and times of its files."""
    state = hashlib.sha256(str(CHECKOUT.stat().st_ino).encode())
    for directory, inside, files in os.walk(CHECKOUT):
        inside[:] = sorted(name for name in inside if name not in _NOT_CODE)
        for name in sorted(files):
            path = Path(directory, name)
            if any(path.match(pattern) for pattern in _CODE):
                found = path.stat()
                state.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return state.hexdigest()[:16]


def _pid_file(places: Layout, name: str) -> Path:
    return places.processes / f"{name}.json"


def _recorded(places: Layout, name: str) -> dict[str, object]:
    try:
        found = json.loads(_pid_file(places, name).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def members(places: Layout, name: str) -> list[psutil.Process]:
    """The living processes of the service, leader first: also children that outlived a killed leader.

    A process belongs to it if its session is the recorded one and it runs from this checkout: a number that was
    given to a stranger since does not.
    """
    session = _recorded(places, name).get("pid")
    found = []
    for process in psutil.process_iter() if isinstance(session, int) else ():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) == session and process.cwd() == str(CHECKOUT) and processes.alive(process):
                found.append(process)
    return sorted(found, key=lambda process: process.pid != session)


def _stop_service(places: Layout, name: str) -> bool:
    running = members(places, name)
    leaders = [process for process in running if process.pid == _recorded(places, name).get("pid")]
    # A leader ends its children in good order; children without one wait for nobody.
    processes.end(leaders, signal=signal.SIGTERM, seconds=_STOP_SECONDS)
    processes.end([process for process in running if processes.alive(process)], signal=signal.SIGTERM, seconds=2)
    _pid_file(places, name).unlink(missing_ok=True)
    return bool(running)


def _environment(places: Layout) -> dict[str, str]:
    return os.environ | {
        "PORTAL_SERVING": "on",
        "PROMETHEUS_MULTIPROC_DIR": str(places.metrics),
        "PYTHONUNBUFFERED": "1",
        # Tests turn warnings into errors; here they would be lines in the logs that are not JSON.
        "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": str(CHECKOUT),
    }


def _start_service(places: Layout, service: Service, mark: str) -> None:
    started = processes.start(
        service.command,
        log=places.logs / f"{service.name}.log",
        cwd=CHECKOUT,
        environment=_environment(places),
        unprivileged=False,
    )
    record = {"pid": started.pid, "mark": mark}
    draft = _pid_file(places, service.name).with_suffix(".new")
    draft.write_text(json.dumps(record), "utf-8")
    draft.replace(_pid_file(places, service.name))


def _manage(*arguments: str) -> None:
    """Run a command of the portal; its messages pass through."""
    done = subprocess.run([str(PYTHON), "manage.py", *arguments], cwd=CHECKOUT, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise RunFailed(f"manage.py {' '.join(arguments)} failed, see above")


def _empty() -> bool:
    """Whether nobody works here yet: then the demonstration data may be loaded."""
    with psycopg.connect(**database.connection_arguments(database.runtime())) as connection:
        row = connection.execute("SELECT NOT EXISTS (SELECT 1 FROM staff_user)").fetchone()
    return bool(row and row[0])


def _answers(url: str) -> bool:
    request = urllib.request.Request(url, headers={"Host": "localhost", "X-Forwarded-Proto": "https"})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise RunFailed(f"{host}:{port} cannot be used ({error.strerror}); try make run PORT=8001") from error


def _wait_ready(places: Layout, url: str, needed: list[Service]) -> None:
    until = time.monotonic() + _READY_SECONDS
    while not _answers(url):
        for service in needed:
            if not members(places, service.name):
                log = places.logs / f"{service.name}.log"
                raise RunFailed(f"{service.name} ended, see {log}:\n{processes.tail(log)}")
        if time.monotonic() > until:
            raise RunFailed(f"{url} does not answer 200, see {places.logs / 'web.log'}")
        time.sleep(0.2)


def start(host: str, port: int) -> str:
    """Have the whole portal running at `host`:`port`; its address. Raises RunFailed or StateUnavailable."""
    places = layout()
    prepare(places)
    services.ensure(places)
    needed = plan(host, port, places)
    mark = f"{code_digest()} {host} {port}"
    reach = "127.0.0.1" if host in ("0.0.0.0", "") else f"[{host}]" if ":" in host else host
    address = f"http://{reach}:{port}"
    current = all(members(places, one.name) and _recorded(places, one.name).get("mark") == mark for one in needed)
    if current and _answers(f"{address}/readyz"):
        return address
    for service in reversed(needed):
        _stop_service(places, service.name)
    _refuse_taken_port(host, port)
    _manage("migrate", "--verbosity", "0", "--no-input")
    _manage("collectstatic", "--verbosity", "0", "--no-input")
    if os.environ.get("PORTAL_ENV") == "demonstration" and _empty():
        print("Loading the demonstration data", file=sys.stderr)
        _manage("demo", "load")
    for old in places.metrics.glob("*.db"):
        old.unlink()
    for service in needed:
        _start_service(places, service, mark)
    _wait_ready(places, f"{address}/readyz", needed)
    return address


def stop() -> list[str]:
    """End the portal and its embedded servers; the names of what ended."""
    places = layout()
    ended = [name for name in ("beat", "worker", "web") if _stop_service(places, name)]
    return ended + services.stop(places)


def main(arguments: list[str] | None = None) -> int:
    """The command line of the Makefile."""
    parser = argparse.ArgumentParser(prog="config.runner", description=__doc__)
    parser.add_argument("do", choices=("start", "stop"))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args(arguments)
    try:
        if given.do == "stop":
            print(f"Stopped: {', '.join(stop()) or 'nothing was running'}")
            return 0
        os.environ.setdefault("PORTAL_ENV", "demonstration")
        address = start(given.host, given.port)
        print(f"The portal answers at {address}/ (logs: {layout().logs}; end it with `make stop`)", flush=True)
        if os.environ["PORTAL_ENV"] == "demonstration":
            _manage("demo", "logins")
    except StateUnavailable as error:
        print(f"make {'run' if given.do == 'start' else 'stop'}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
