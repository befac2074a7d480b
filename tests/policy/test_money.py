"""Money: exact, and strict about what an amount is."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.money import ceil_share, format_yuan, grouped_yuan, parse_yuan


@pytest.mark.parametrize(
    ("price", "rate", "subsidy"),
    [
        ("139800.00", 12, "16776.00"),
        ("139800.50", 12, "16777.00"),
        ("166667.00", 12, "20001.00"),
        ("149999.91", 10, "15000.00"),
        ("88888.00", 8, "7112.00"),
        ("0.00", 12, "0.00"),
        ("0.01", 12, "1.00"),
        ("100.00", Decimal("12.5"), "13.00"),
    ],
)
def test_share_is_rounded_up_to_a_whole_yuan(price: str, rate: int | Decimal, subsidy: str) -> None:
    assert format_yuan(ceil_share(parse_yuan(price), rate)) == subsidy


@given(price=st.integers(0, 10**14), rate=st.integers(0, 100))
def test_share_is_the_smallest_whole_yuan_not_below_the_exact_share(price: int, rate: int) -> None:
    share = ceil_share(price, rate)
    assert share == math.ceil(Fraction(price * rate, 100) / 100) * 100


@given(st.integers(0, 10**14 - 1))
def test_what_is_written_reads_back(fen: int) -> None:
    assert parse_yuan(format_yuan(fen)) == fen
    assert grouped_yuan(fen).replace(",", "") == format_yuan(fen)


@pytest.mark.parametrize(
    "text",
    ["", "1.005", "1.", ".5", "-1", "+1", "1,000", "1e3", "01", "１", " 1", "1 ", "1\n", "1" * 13, None, 1, 1.0, "NaN"],
)
def test_what_is_no_amount(text: object) -> None:
    with pytest.raises(ValueError, match="两位小数"):
        parse_yuan(text)  # type: ignore[arg-type]


def test_negative_price_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="negative"):
        ceil_share(-1, 12)
