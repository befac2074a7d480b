"""Probes: is the process alive, can it work, what does it measure."""

import ipaddress
from collections.abc import Callable

import redis
import structlog
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from django_prometheus.exports import ExportToDjangoView

from config import broker

log = structlog.get_logger(__name__)
_PROBE_SECONDS = 3
_LONGEST_REPORT = 8192


def check_database() -> None:
    """Raises a database error if a query cannot be answered."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_broker() -> None:
    """Raises redis.RedisError if the broker does not answer."""
    url = broker.client_url(settings.REDIS_URL)
    with redis.Redis.from_url(url, socket_timeout=_PROBE_SECONDS, socket_connect_timeout=_PROBE_SECONDS) as client:
        client.ping()


class Unmigrated(Exception):
    """The database lacks a migration this code has."""


_expected: list[tuple[str, str]] = []


def check_migrations() -> None:
    """Raises Unmigrated if a migration on disk is not applied. The files are read once a process."""
    if not _expected:
        _expected.extend(sorted(MigrationLoader(None).graph.leaf_nodes()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    missing = [f"{app}.{name}" for app, name in _expected if (app, name) not in applied]
    if missing:
        raise Unmigrated(", ".join(missing))


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "broker": check_broker,
    "migrations": check_migrations,
}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, broker and migrations are in order, else 503; the body names each."""
    found: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            check()
        except Exception as error:  # any failure of a probe is its answer
            log.warning("not_ready", probe=name, exc_info=error)
            connection.close()
            found[name] = "failed"
        else:
            found[name] = "ok"
    ready = set(found.values()) == {"ok"}
    return JsonResponse({"status": "ok" if ready else "unavailable", **found}, status=200 if ready else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics of all web processes, for the networks of METRICS_ALLOWED only."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return HttpResponseForbidden("metrics: address not allowed\n", content_type="text/plain")
    if not any(address in ipaddress.ip_network(network) for network in settings.METRICS_ALLOWED):
        return HttpResponseForbidden("metrics: address not allowed\n", content_type="text/plain")
    return ExportToDjangoView(request)


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """A browser refused something of our pages. Only the fact is logged: addresses in it may be personal."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    log.warning("csp_violation", bytes=min(int(length) if length.isdigit() else 0, _LONGEST_REPORT))
    return HttpResponse(status=204)
