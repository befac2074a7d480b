"""Audit verbs of money, and the rows whose digests the trail keeps."""

from collections.abc import Sequence

from audit import canonical, digests
from audit.verbs import register
from ledger.models import Entry, Posting

for _verb, _title in (
    ("pool.allotted", "下达资金"),
    ("pool.closed", "资金池停止受理"),
    ("funds.reserved", "预留资金"),
    ("funds.released", "释放预留"),
    ("funds.committed", "核定资金"),
    ("funds.uncommitted", "核定转回预留"),
):
    register(_verb, _title)

_COLUMNS = ("id", "key", "kind", "pool_id", "case_ref", "amount_fen", "at", "actor", "document_no")


def _postings(ids: Sequence[str]) -> dict[str, bytes]:
    """The bytes of postings, each with its entries: an amount changed in either is a break in the trail."""
    wanted = [int(found) for found in ids if found.isascii() and found.isdecimal()]
    entries: dict[int, list[tuple[str, int]]] = {}
    rows = Entry.objects.filter(posting_id__in=wanted).order_by("pk")
    for posting, account, amount in rows.values_list("posting_id", "account", "amount_fen"):
        entries.setdefault(posting, []).append((account, amount))
    return {
        str(row[0]): canonical.encode([*row, entries.get(row[0], [])])
        for row in Posting.objects.filter(pk__in=wanted).values_list(*_COLUMNS)
    }


digests.register("posting", _postings, model=Posting)
