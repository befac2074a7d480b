# ruff: noqa: E402 - Django is set up before anything of the portal is imported
"""What the measurements of this directory share: the portal set up as it is served, in throw-away databases."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["PORTAL_ENV"] = "demonstration"
os.environ["PORTAL_CACHE"] = "memory"
os.environ["PORTAL_STATIC_COLLECTED"] = "off"
os.environ["LOG_LEVEL"] = "WARNING"
os.environ["DOCUMENT_ROOT"] = tempfile.mkdtemp(prefix="portal-bench-")
os.environ.pop("DEBUG", None)

import django

django.setup()

import psycopg
from django.db import transaction

from config import database
from config.embedded import services, templates_db
from console.demonstration import accounts, bulk, loading
from console.demonstration.moments import Window
from policy import clock
from regulation import selectors as regulation


def ready() -> None:
    """Start the embedded services where none run."""
    services.ensure()


@contextlib.contextmanager
def scratch() -> Iterator[str]:
    """A migrated, empty database; its name. It is not the default connection's until `templates_db.pointed_at`."""
    name = templates_db.create_copy()
    try:
        yield name
    finally:
        templates_db.drop(name)


def fill(name: str, cases: int) -> float:
    """Put accounts and so many applications into a scratch database; seconds it took. Nobody can sign in there."""
    started = time.perf_counter()
    with templates_db.pointed_at(name, database.runtime()):
        now = clock.now()
        window = Window(now, regulation.calendar())
        with transaction.atomic(), clock.frozen(window.start):
            loading.lay_ground(window.start, {account.login: "!" for account in accounts.ACCOUNTS})
        if cases:
            bulk.write(cases, first=0, seed=loading.SEED, now=now, note=loading.note, say=_quiet)
    took = time.perf_counter() - started
    analyze(name)
    return took


def analyze(name: str) -> None:
    """What autovacuum does on a served database in its own time."""
    with psycopg.connect(**database.connection_arguments(database.owner(), database=name), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def elapsed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _quiet(_: str) -> None:
    """Say nothing: the measurement prints its own lines."""
