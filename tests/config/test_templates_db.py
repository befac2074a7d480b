"""Throw-away databases are fresh, ours and gone afterwards."""

import threading
import time

import psycopg
import pytest
from django.db import connection, connections

from config import database
from config.embedded import keys, postgres, templates_db
from config.embedded.layout import layout


def exists(name: str) -> bool:
    with psycopg.connect(**database.connection_arguments(database.owner()), autocommit=True) as owner:
        return owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def here() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        return str(cursor.fetchone()[0])


def test_a_scratch_database_is_apart_and_dropped(fresh_db: str) -> None:
    outer = here()
    with templates_db.scratch_database() as name:
        assert here() == name != outer
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_session VALUES ('k', 'd', '2026-01-01')")
    assert here() == outer
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)
    assert not exists(name)


def test_other_threads_go_there_too_and_do_not_hold_it(fresh_db: str) -> None:
    seen = []

    def look() -> None:
        seen.append(here())
        connection.close()

    with templates_db.scratch_database() as name:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        # A connection nobody closed does not keep the database.
        kept = psycopg.connect(**database.connection_arguments(connections.settings["default"]))
    assert seen == [name]
    assert not exists(name)
    with pytest.raises(psycopg.OperationalError):
        kept.execute("SELECT 1")
    kept.close()


def test_a_superusers_session_is_waited_for(fresh_db: str) -> None:
    """It may not be ended by the owner; the drop succeeds once it goes by itself."""
    if not database.embedded():
        pytest.skip("the superuser is known of the embedded server only")
    name = templates_db.create_copy()
    superuser = postgres.superuser(layout(), keys.load(layout()), name)
    leaves = threading.Timer(0.5, superuser.close)
    leaves.start()
    templates_db.drop(name)
    assert superuser.closed
    assert not exists(name)
    leaves.join()


def test_it_is_dropped_after_an_error(fresh_db: str) -> None:
    with pytest.raises(KeyError), templates_db.scratch_database() as name:
        raise KeyError
    assert not exists(name)


@pytest.mark.parametrize("name", ["portal", "postgres", "portal_template_000000000000"])
def test_nothing_else_is_dropped(name: str) -> None:
    with pytest.raises(ValueError, match="only scratch"):
        templates_db.drop(name)


def test_forgotten_copies_are_swept(fresh_db: str) -> None:
    old = f"portal_scratch_{int(time.time()) - 7 * 3600:x}_1_forgotten"
    recent = f"portal_scratch_{int(time.time()) - 60:x}_1_recent"
    with psycopg.connect(**database.connection_arguments(database.owner()), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {old}")
        owner.execute(f"CREATE DATABASE {recent}")
        templates_db._drop_stale(owner, f"portal_template_{templates_db.digest()}")
    assert not exists(old)
    assert exists(recent)
    templates_db.drop(recent)
