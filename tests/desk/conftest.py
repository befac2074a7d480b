"""The desk's tests start with money in the pool, the clock in March 2026, and a browser of Django's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.fixtures import desk, funded, in_march  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from django.test import Client

    from staff.models import User


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    """A client that is signed in as an account."""

    def sign_in(user: User) -> Client:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
