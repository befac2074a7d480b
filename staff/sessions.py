"""The end of a session that nobody uses. Free of HTTP types, so that config and desk can both rest on it."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import logout

from policy import clock
from staff import services

SEEN = "seen_at"
# The session row is rewritten at most this often; the time-out is exact to this many seconds.
STAMP_SECONDS = 60


def touch(session: MutableMapping[str, Any], at: datetime) -> bool:
    """Note a request at this moment; False if the session had been idle for SESSION_IDLE_SECONDS or longer."""
    now = int(at.timestamp())
    seen = session.get(SEEN)
    if seen is not None and now - int(seen) >= settings.SESSION_IDLE_SECONDS:
        return False
    if seen is None or now - int(seen) >= min(STAMP_SECONDS, settings.SESSION_IDLE_SECONDS // 2):
        session[SEEN] = now
    return True


class IdleTimeout:
    """Middleware: signs out an account whose session was idle too long, and says so in the trail.

    Stands after AuthenticationMiddleware and OTPMiddleware. A request without session cookie costs nothing.
    """

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            at = clock.now()
            if not touch(request.session, at):
                services.session_expired(request.user, at=at)
                logout(request)
        return self._get_response(request)
