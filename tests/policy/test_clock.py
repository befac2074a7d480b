"""The clock that is set and runs again."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from policy import clock


def test_now_is_aware_business_time() -> None:
    assert clock.now().tzinfo is clock.SHANGHAI


def test_frozen_clock_stands_and_runs_again_after_an_error() -> None:
    at = datetime(2026, 3, 1, 16, tzinfo=UTC)
    with pytest.raises(KeyError), clock.frozen(at):
        assert clock.now() == at
        assert clock.now().tzinfo is clock.SHANGHAI
        assert clock.today() == date(2026, 3, 2)
        raise KeyError
    assert clock.now() != at


def test_frozen_clocks_nest() -> None:
    first, second = (datetime(2026, 3, day, tzinfo=clock.SHANGHAI) for day in (1, 2))
    with clock.frozen(first):
        with clock.frozen(second):
            assert clock.now() == second
        assert clock.now() == first


def test_set_clock_stays_until_it_is_released() -> None:
    at = datetime(2026, 12, 11, tzinfo=clock.SHANGHAI)
    try:
        clock.set_to(at)
        assert clock.now() == at
    finally:
        clock.set_to(None)
    assert clock.now() != at


def test_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        clock.set_to(datetime(2026, 3, 1))


def test_end_of_a_day_is_the_start_of_the_next() -> None:
    assert clock.end_of(date(2026, 11, 30)) == clock.start_of(date(2026, 12, 1))
    assert clock.start_of(date(2026, 12, 1)).isoformat() == "2026-12-01T00:00:00+08:00"
