"""What must be true of the ledger after every step, computed from the entries alone."""

from __future__ import annotations

from collections import Counter

from django.db.models import Sum

from ledger.models import Entry, Hold, Pool


def check_ledger() -> None:
    """Every posting is balanced; each pool's counters are the sums of its entries and of its holds."""
    totals = Entry.objects.values("posting").annotate(total=Sum("amount_fen"))
    assert not [row for row in totals if row["total"]], "a posting does not balance"
    for pool in Pool.objects.all():
        accounts: Counter[str] = Counter()
        for account, fen in Entry.objects.filter(posting__pool=pool).values_list("account", "amount_fen"):
            accounts[account] += fen
        assert accounts["available"] == pool.left_fen >= 0
        assert accounts["reserved"] == pool.reserved_fen
        assert accounts["committed"] == pool.committed_fen
        assert accounts["allotment"] == -pool.total_fen
        held = Hold.objects.filter(pool=pool).aggregate(
            reserved=Sum("reserved_fen", default=0), committed=Sum("committed_fen", default=0)
        )
        assert held == {"reserved": pool.reserved_fen, "committed": pool.committed_fen}
        _check_holds(pool)


def _check_holds(pool: Pool) -> None:
    """Each hold is the sum of the entries of its case."""
    sums: Counter[tuple[int | None, str]] = Counter()
    for case_ref, account, fen in Entry.objects.filter(posting__pool=pool).values_list(
        "posting__case_ref", "account", "amount_fen"
    ):
        sums[case_ref, account] += fen
    for hold in Hold.objects.filter(pool=pool):
        assert (sums[hold.case_ref, "reserved"], sums[hold.case_ref, "committed"]) == (
            hold.reserved_fen,
            hold.committed_fen,
        )
