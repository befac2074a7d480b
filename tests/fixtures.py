"""Fixtures that several directories share; their `conftest.py` imports them.

Models are imported inside: a conftest is read before Django is set up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from policy import clock
from tests.builders import when

if TYPE_CHECKING:
    from tests.actors import Desk


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    """The process-wide clock stands at 2026-03-16 10:00: roles count by day, whatever day the machine has."""
    with clock.frozen(when("03-16 10:00")):
        yield


@pytest.fixture
def desk() -> Desk:
    """Staff, each made on first use."""
    from tests.actors import Desk

    return Desk()


@pytest.fixture
def funded(db: None) -> None:
    """Ten million yuan in the vehicle pool."""
    from tests import scene

    scene.allot(1_000_000_000)
