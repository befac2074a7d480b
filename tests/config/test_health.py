"""The probes tell the truth, and metrics tell it only to the addresses allowed."""

import json

import psycopg
import pytest
from django.db import connections
from django.test import Client

from config import health


def ready() -> tuple[int, dict[str, str]]:
    answer = Client().get("/readyz")
    return answer.status_code, json.loads(answer.content)


def test_alive_without_any_service(settings: object) -> None:
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


def test_ready(fresh_db: str) -> None:
    assert ready() == (200, {"status": "ok", "database": "ok", "broker": "ok", "migrations": "ok"})


def test_not_ready_when_the_database_is_away(fresh_db: str) -> None:
    shared = connections.settings["default"]
    host = shared["HOST"]
    connections["default"].close()
    shared["HOST"] = "/nonexistent-directory"
    try:
        status, found = ready()
    finally:
        shared["HOST"] = host
        connections["default"].close()
    assert status == 503
    assert (found["database"], found["migrations"], found["broker"]) == ("failed", "failed", "ok")


def test_not_ready_when_the_broker_is_away(fresh_db: str, settings: object) -> None:
    settings.REDIS_URL = "unix:///nonexistent.sock?db=0"  # type: ignore[attr-defined]
    status, found = ready()
    assert status == 503
    assert (found["broker"], found["database"]) == ("failed", "ok")


def test_not_ready_when_a_migration_is_missing(fresh_db: str, owner_connection: psycopg.Connection) -> None:
    owner_connection.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    status, found = ready()
    assert status == 503
    assert (found["migrations"], found["database"]) == ("failed", "ok")


@pytest.mark.parametrize("address", ["10.0.0.9", "192.168.1.1", "2001:db8::1", "", "unix:"])
def test_metrics_are_refused_elsewhere(address: str) -> None:
    answer = Client().get("/metrics", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR="127.0.0.1")
    assert answer.status_code == 403
    assert b"django_http" not in answer.content


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_metrics_here(address: str) -> None:
    answer = Client().get("/metrics", REMOTE_ADDR=address)
    assert answer.status_code == 200
    assert b"django_http_requests_total_by_method_total" in answer.content


def test_metrics_for_a_configured_network(settings: object) -> None:
    settings.METRICS_ALLOWED = ["10.1.0.0/16"]  # type: ignore[attr-defined]
    assert Client().get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
    assert Client().get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 403


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_only_answer_reading(path: str) -> None:
    assert Client().post(path).status_code == 405


def test_a_policy_report_is_taken_and_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    body = '{"csp-report": {"document-uri": "https://x/110101199001011234"}}'
    answer = Client(enforce_csrf_checks=True).post("/csp-report/", body, content_type="application/csp-report")
    assert answer.status_code == 204
    assert "110101199001011234" not in caplog.text


def test_every_probe_of_readyz_is_known() -> None:
    assert list(health.CHECKS) == ["database", "broker", "migrations"]
