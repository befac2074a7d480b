"""Money: integer fen inside, strings in yuan with two decimals at the edges. Never a float."""

from __future__ import annotations

import re
from decimal import Decimal

FEN_PER_YUAN = 100

_YUAN = re.compile(r"(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,2}))?", re.ASCII)


def parse_yuan(text: str) -> int:
    """The fen in an amount in yuan: at most 12 digits before the point, 0-2 after, no sign, no separators.

    >>> parse_yuan("139800.50"), parse_yuan("5"), parse_yuan("0.5")
    (13980050, 500, 50)

    Raises ValueError with a Chinese message on anything else; it never rounds.
    """
    match = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("金额应为以元为单位的数字，最多两位小数，如 139800.50")
    whole, cents = match.groups()
    return int(whole) * FEN_PER_YUAN + (int(cents.ljust(2, "0")) if cents else 0)


def format_yuan(fen: int) -> str:
    """Fen as a yuan string with two decimals.

    >>> format_yuan(1677700), format_yuan(-5)
    ('16777.00', '-0.05')
    """
    sign = "-" if fen < 0 else ""
    whole, cents = divmod(abs(fen), FEN_PER_YUAN)
    return f"{sign}{whole}.{cents:02d}"


def grouped_yuan(fen: int) -> str:
    """Fen for reading: `158,000.00`."""
    sign = "-" if fen < 0 else ""
    whole, cents = divmod(abs(fen), FEN_PER_YUAN)
    return f"{sign}{whole:,}.{cents:02d}"


def ceil_share(price_fen: int, rate_pct: int | Decimal) -> int:
    """`rate_pct` per cent of a price, rounded up to a whole yuan, in fen (《方案》二(一) 向上取整至整元).

    >>> ceil_share(13980050, 12), ceil_share(13980000, 12)
    (1677700, 1677600)

    An exact whole yuan stays as it is. `rate_pct` may have decimals (`Decimal("12.5")`). Raises ValueError below 0.
    """
    if price_fen < 0 or rate_pct < 0:
        raise ValueError("price and rate are not negative")
    numerator, denominator = (rate_pct, 1) if isinstance(rate_pct, int) else rate_pct.as_integer_ratio()
    return -(-price_fen * numerator // (100 * FEN_PER_YUAN * denominator)) * FEN_PER_YUAN
