"""Log lines are JSON with the request's id, and hold nothing personal."""

import io
import json
import logging

import psycopg
import pytest
import structlog
from django.db import connection
from django.db.utils import IntegrityError
from django.test import Client

from config import logs

PERSON = "110101199003070134"
NAME = "张三丰"


@pytest.fixture
def lines() -> "object":
    """A function that gives the JSON lines written since."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


def test_a_request_is_logged_without_its_query(lines) -> None:  # type: ignore[no-untyped-def]
    Client().get("/healthz", {"q": PERSON}, REMOTE_ADDR="203.0.113.7")
    found = [line for line in lines() if line["event"] == "request_finished"]
    assert [line["request"] for line in found] == ["GET /healthz"]
    assert found[0]["request_id"]
    assert found[0]["code"] == 200
    assert PERSON not in json.dumps(lines())
    assert "203.0.113.7" not in json.dumps(lines())


def test_an_exception_tells_where_but_not_what_it_quoted(lines) -> None:  # type: ignore[no-untyped-def]
    try:
        try:
            int(PERSON + NAME)
        except ValueError as cause:
            raise RuntimeError(f"bad person {NAME}") from cause
    except RuntimeError:
        structlog.get_logger("test").exception("it_failed")
    (line,) = lines()
    assert [one["type"] for one in line["exception"]] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert __file__ in line["exception"][0]["at"][0]
    assert PERSON not in json.dumps(line, ensure_ascii=False)
    assert NAME not in json.dumps(line, ensure_ascii=False)


def test_an_exception_through_the_standard_library_too(lines) -> None:  # type: ignore[no-untyped-def]
    try:
        raise KeyError(PERSON)
    except KeyError:
        logging.getLogger("some.library").exception("failed")
    (line,) = lines()
    assert line["event"] == "failed"
    assert line["logger"] == "some.library"
    assert line["level"] == "error"
    assert line["exception"][0]["type"] == "builtins.KeyError"
    assert PERSON not in json.dumps(line)


def test_a_database_error_tells_code_and_constraint_not_the_key(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE once (value text CONSTRAINT only_once UNIQUE)")
        cursor.execute("INSERT INTO once VALUES (%s)", [PERSON])
        with pytest.raises(IntegrityError) as raised:
            cursor.execute("INSERT INTO once VALUES (%s)", [PERSON])
    told = logs.describe(raised.value)
    assert told[1]["sqlstate"] == psycopg.errors.UniqueViolation.sqlstate
    assert told[1]["constraint"] == "only_once"
    assert PERSON not in json.dumps(told)


def test_errors_about_code_keep_their_message() -> None:
    try:
        object().missing  # type: ignore[attr-defined]  # noqa: B018
    except AttributeError as error:
        told = logs.describe(error)
    assert told[0]["message"] == "'object' object has no attribute 'missing'"


def test_a_failed_tasks_arguments_are_dropped(lines) -> None:  # type: ignore[no-untyped-def]
    structlog.get_logger("celery").info("task_failed", error=f"bad {PERSON}", args=[PERSON], kwargs={"name": NAME})
    (line,) = lines()
    assert PERSON not in json.dumps(line)
    assert {"error", "args", "kwargs"}.isdisjoint(line)


def test_a_chain_that_bites_its_tail_ends() -> None:
    one, two = ValueError("a"), ValueError("b")
    one.__cause__, two.__cause__ = two, one
    assert len(logs.describe(one)) == 2
