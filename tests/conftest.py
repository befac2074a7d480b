"""What every test may use: a real PostgreSQL, a frozen network, a served portal and a real browser.

- `db` (pytest-django's): a copy of the migrated template for each xdist worker, as the runtime role, every test in
  a transaction that is rolled back.
- `fresh_db`: a copy of its own for one test, where commits are real: races with threads, faults, tampering.
- `owner_connection`: a psycopg connection to `fresh_db` that may do what the runtime role may not.
- `live_portal`, `page`: the portal on a loopback port over `fresh_db`, and a Chromium page in front of it.
"""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["PORTAL_ENV"] = "demonstration"
os.environ["PORTAL_CACHE"] = "memory"
os.environ["PORTAL_STATIC_COLLECTED"] = "off"
os.environ["DOCUMENT_ROOT"] = tempfile.mkdtemp(prefix="portal-test-documents-")
# The synchronous browser driver keeps an event loop in the test's thread; Django would refuse queries there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
for _name in ("DEBUG", "PORTAL_SERVING", "PROMETHEUS_MULTIPROC_DIR"):
    os.environ.pop(_name, None)
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psycopg
import pytest
from django.conf import settings

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

from config import database
from config.embedded import keys, postgres, services
from config.embedded.layout import layout
from tests.browsing import browser, complaints, live_portal, page  # noqa: F401 - fixtures

_LOOPBACK = ("127.", "::1", "localhost")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove this process's documents."""
    shutil.rmtree(os.environ["DOCUMENT_ROOT"], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse transactional tests: their flush fails on append-only tables and would leak rows into others."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker and (marker.kwargs.get("transaction") or marker.args[:1] == (True,)):
            raise pytest.UsageError(f"{item.nodeid}: use the fixture fresh_db instead of transaction=True")
        if "browser" in item.keywords or "faults" in item.keywords:
            # With --dist loadgroup one worker runs these, one after the other.
            item.add_marker(pytest.mark.xdist_group("servers"))


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """Python's sockets connect to this machine only."""
    original = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0]) if isinstance(address, tuple) else str(address)
            if not host.startswith(_LOOPBACK):
                raise RuntimeError(f"tests use no network but loopback: {host}")
        original(self, address)  # type: ignore[arg-type]

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Throttles and lock-outs of one test do not reach the next."""
    yield
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: object) -> Iterator[None]:
    """This worker's copy of the template, with the runtime role on the default connection."""
    from config.embedded import templates_db

    services.ensure()
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        name = templates_db.create_copy()
    try:
        with templates_db.pointed_at(name, database.runtime()):
            yield
    finally:
        templates_db.drop(name)


@pytest.fixture
def transactional_db() -> None:
    """Not to be used; see `pytest_collection_modifyitems`."""
    raise pytest.UsageError("use the fixture fresh_db instead of transactional_db")


@pytest.fixture
def fresh_db(django_db_blocker: object) -> Iterator[str]:
    """A migrated, empty database for this test alone; commits are real and other threads see them. Its name."""
    from config.embedded import templates_db

    services.ensure()
    with django_db_blocker.unblock(), templates_db.scratch_database() as name:  # type: ignore[attr-defined]
        yield name


@pytest.fixture
def owner_connection(fresh_db: str) -> Iterator[psycopg.Connection]:
    """A connection to `fresh_db` above the runtime role (the superuser of the embedded server, else the owner)."""
    if database.embedded():
        connection = postgres.superuser(layout(), keys.load(layout()), fresh_db)
    else:
        arguments = database.connection_arguments(database.owner(), database=fresh_db)
        connection = psycopg.connect(**arguments, autocommit=True)
    with connection:
        yield connection
