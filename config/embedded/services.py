"""Start or stop what the environment leaves to us: PostgreSQL without DATABASE_URL, Valkey without REDIS_URL."""

import contextlib
import fcntl
import os
from collections.abc import Iterator

from config.embedded import keys, postgres, valkey
from config.embedded.layout import Layout, layout, prepare


@contextlib.contextmanager
def _locked(places: Layout) -> Iterator[None]:
    """One starter or stopper at a time; the lock ends with its process, however that ends."""
    with open(places.lock, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure(places: Layout | None = None) -> list[str]:
    """Have the needed servers running; the names of those started now.

    Raises StateUnavailable (or its ServiceFailed) with one clear line.
    """
    places = places or layout()
    own_database = not os.environ.get("DATABASE_URL")
    own_broker = not os.environ.get("REDIS_URL")
    if not (own_database or own_broker):
        return []
    prepare(places)
    started = []
    made = keys.load(places)
    with _locked(places):
        if own_database and postgres.ensure(places, made):
            started.append("PostgreSQL")
        if own_broker and valkey.ensure(places):
            started.append("Valkey")
    return started


def stop(places: Layout | None = None) -> list[str]:
    """End the embedded servers of this checkout, whatever the environment says; the names of those ended."""
    places = places or layout()
    if not places.root.exists():
        return []
    with _locked(places):
        ended = []
        if valkey.stop(places):
            ended.append("Valkey")
        if postgres.stop(places):
            ended.append("PostgreSQL")
    return ended
