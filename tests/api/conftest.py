"""What the tests of the machine channels share: a day inside the window, money in the pool, channels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from policy import clock
from tests.fixtures import desk  # noqa: F401 - a fixture

if TYPE_CHECKING:
    # At run time inside the fixtures: pytest reads a conftest it is pointed at before Django is ready.
    from tests.api.machine import Machine

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=clock.SHANGHAI)
POOL = "vehicles-2026"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.fixture(autouse=True)
def _documents(settings: Any, tmp_path: Path) -> None:
    settings.DOCUMENT_ROOT = tmp_path / "documents"


def fund() -> None:
    """Ten million yuan in the vehicle pool."""
    from django.db import transaction

    from ledger import services as ledger

    with transaction.atomic():
        ledger.open_pool(POOL, title="汽车以旧换新", year=2026)
        ledger.allot(POOL, 10_000_000_00, key="test-allotment", at=NOW, actor="system:test")


@pytest.fixture
def funds(db: None) -> None:
    """The same, as a fixture of tests in one transaction."""
    fund()


def _machine(name: str, *scopes: str) -> Machine:
    from tests.api.machine import Machine

    return Machine(name, *scopes)


@pytest.fixture
def national(funds: None) -> Machine:
    """The national system."""
    return _machine("national", "vehicles.national")


@pytest.fixture
def city(funds: None) -> Machine:
    """A city channel."""
    return _machine("jingtong", "vehicles.city")


@pytest.fixture
def police(db: None) -> Machine:
    """The traffic police."""
    return _machine("police", "facts.police")


@pytest.fixture
def tax(db: None) -> Machine:
    """The tax office."""
    return _machine("tax", "facts.tax")


@pytest.fixture
def auditor(db: None) -> Machine:
    """The commissioned third party."""
    return _machine("third-party", "assessment")
