"""What holds for every request."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.cache import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from config.middleware import IdleTimeout
from policy import clock

START = datetime(2026, 3, 16, 9, 0, tzinfo=clock.SHANGHAI)


class SignedIn:
    """An account as far as the time-out looks at it."""

    is_authenticated = True
    login = "somebody"
    actor = "staff:somebody"

    def get_username(self) -> str:
        """The name that the lock-out forgets at sign-out."""
        return "somebody"


def request_with(session: SessionStore, rf: RequestFactory, settings: Any) -> HttpRequest:
    request = rf.get("/")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "some"
    request.session = session
    request.user = SignedIn()  # type: ignore[assignment]
    return request


def visit(request: HttpRequest, at: datetime) -> bool:
    """Whether the session is still signed in after a request at `at`."""
    with clock.frozen(at):
        IdleTimeout(lambda _: HttpResponse())(request)
    return bool(request.user.is_authenticated)


@pytest.mark.parametrize(("seconds", "stays"), [(1799, True), (1800, False)])
def test_an_idle_session_ends(seconds: int, stays: bool, rf: RequestFactory, settings: Any, db: None) -> None:
    session = SessionStore()
    assert visit(request_with(session, rf, settings), START)
    later = request_with(session, rf, settings)
    assert visit(later, START + timedelta(seconds=seconds)) is stays
    assert isinstance(later.user, SignedIn) is stays
    assert isinstance(later.user, AnonymousUser) is not stays


def test_requests_keep_a_session_alive(rf: RequestFactory, settings: Any) -> None:
    session = SessionStore()
    for minutes in range(0, 120, 20):
        assert visit(request_with(session, rf, settings), START + timedelta(minutes=minutes))


def test_reading_pages_does_not_rewrite_the_session_each_time(rf: RequestFactory, settings: Any) -> None:
    session = SessionStore()
    visit(request_with(session, rf, settings), START)
    session.modified = False
    visit(request_with(session, rf, settings), START + timedelta(seconds=59))
    assert not session.modified
    visit(request_with(session, rf, settings), START + timedelta(seconds=60))
    assert session.modified


def test_headers_of_every_page() -> None:
    answer = Client().get("/healthz", HTTP_ACCEPT_LANGUAGE="en")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert answer.headers["Content-Language"] == "zh-hans"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
