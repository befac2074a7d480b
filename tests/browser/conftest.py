"""Browser tests: a served portal over a database of its own, March 2026, accounts that can sign in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import desk, in_march  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from staff.models import User
    from tests.browsing import LivePortal


@pytest.fixture
def office(fresh_db: str) -> None:
    """Ten million yuan in the vehicle pool of this test's own database."""
    from tests import scene

    scene.allot(1_000_000_000)


@pytest.fixture
def enter(page: Page, live_portal: LivePortal) -> Callable[[User], Page]:
    """The browser with an open session of an account (the sign-in page has a test of its own)."""

    def enter_as(user: User) -> Page:
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.cached_db import SessionStore

        from staff.services import BACKEND

        session: Any = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = BACKEND
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": live_portal.url}])
        return page

    return enter_as
