"""Reads of the ledger for pages that show it."""

from __future__ import annotations

from ledger.models import Pool


def pools() -> list[Pool]:
    """Every pool with its counters, in the order of their codes."""
    return list(Pool.objects.order_by("code"))
