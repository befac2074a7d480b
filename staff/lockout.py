"""Lock-out after failures, per login and address, kept in django-axes' table of attempts.

axes itself counts by requests and with a clock of its own. Here the same rows are written at a given moment in the
transaction of the attempt, one attempt after another, so that guesses sent in parallel get no more than their share.
axes' commands (`axes_list_attempts`, `axes_reset_username`) work on the same rows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db import connection

_COUNT = """
INSERT INTO axes_accessattempt (username, ip_address, user_agent, http_accept, path_info, get_data, post_data,
    attempt_time, failures_since_start)
VALUES (%s, %s, '', '', '', '', '', %s, 1)
ON CONFLICT (username, ip_address, user_agent) DO UPDATE SET
    failures_since_start = CASE WHEN axes_accessattempt.attempt_time <= %s THEN 1
        ELSE axes_accessattempt.failures_since_start + 1 END,
    attempt_time = EXCLUDED.attempt_time
RETURNING failures_since_start
"""


def limit() -> int:
    """After how many failures sign-in is locked."""
    return int(getattr(settings, "AXES_FAILURE_LIMIT", 5))


def cooloff() -> timedelta:
    """How long it stays locked after the last failure (AXES_COOLOFF_TIME: hours or timedelta; unset: half an hour)."""
    value = getattr(settings, "AXES_COOLOFF_TIME", None) or 0.5
    return value if isinstance(value, timedelta) else timedelta(hours=float(value))


def take_turn(login: str, address: str) -> None:
    """Wait until no other attempt with this login from this address is under way; to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sign-in {login} {address}"])


def is_locked(login: str, address: str, *, at: datetime) -> bool:
    """Whether this login is locked from this address."""
    return AccessAttempt.objects.filter(
        username=login, ip_address=address, failures_since_start__gte=limit(), attempt_time__gt=at - cooloff()
    ).exists()


def count_failure(login: str, address: str, *, at: datetime) -> int:
    """Count one more failure; how many attempts are left (0 = locked now). Old failures are forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [login, address, at, at - cooloff()])
        return max(0, limit() - int(cursor.fetchone()[0]))


def forget(login: str, address: str | None = None) -> int:
    """Forget the failures of a login (from one address, or all): after success, or by unlocking. How many rows."""
    rows = AccessAttempt.objects.filter(username=login)
    if address is not None:
        rows = rows.filter(ip_address=address)
    return rows.delete()[0]


def locked(*, at: datetime) -> list[tuple[str, str, datetime]]:
    """What is locked now: login, address, until when; newest first. Unknown logins appear as digests."""
    rows = AccessAttempt.objects.filter(failures_since_start__gte=limit(), attempt_time__gt=at - cooloff())
    return [
        (row.username or "", row.ip_address or "", row.attempt_time + cooloff())
        for row in rows.order_by("-attempt_time")
    ]
