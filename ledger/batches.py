"""Movements of many cases in a few statements: what an import of thousands needs (DESIGN §3, batch-first)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from audit import services as audit
from ledger.models import Entry, Hold, Pool, Posting
from ledger.services import AVAILABLE, RESERVED, pool
from policy.errors import Refused


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reservation to make: for which case, how much (fen, positive), under which key, when."""

    case_ref: int
    amount_fen: int
    key: str
    at: datetime


@transaction.atomic
def reserve_all(code: str, wanted: Sequence[Wanted], *, at: datetime, actor: str) -> int:
    """Reserve for all of these cases or for none; gives the sum in fen.

    For cases that hold nothing yet. Refused("funds") where the pool has less left or is closed; IntegrityError for a
    key or case that was used before.
    """
    if not wanted:
        return 0
    if any(row.amount_fen <= 0 for row in wanted):
        raise ValueError("a reservation is positive")
    found = pool(code)
    postings = Posting.objects.bulk_create(
        Posting(
            key=row.key,
            kind="reserve",
            pool=found,
            case_ref=row.case_ref,
            amount_fen=row.amount_fen,
            at=row.at,
            actor=actor,
        )
        for row in wanted
    )
    Entry.objects.bulk_create(
        Entry(posting=posting, account=account, amount_fen=sign * posting.amount_fen)
        for posting in postings
        for account, sign in ((AVAILABLE, -1), (RESERVED, 1))
    )
    Hold.objects.bulk_create(Hold(case_ref=row.case_ref, pool=found, reserved_fen=row.amount_fen) for row in wanted)
    audit.record_many(
        audit.Entry(verb="funds.reserved", actor=actor, at=posting.at, object_type="posting", object_id=posting.pk)
        for posting in postings
    )
    total = sum(row.amount_fen for row in wanted)
    _take(found, total, at)
    return total


def _take(found: Pool, amount: int, at: datetime) -> None:
    """The pool's counter last, guarded as in `ledger.services.reserve`."""
    room = Q(pk=found.pk, total_fen__gte=F("reserved_fen") + F("committed_fen") + F("paid_fen") + amount)
    room &= Q(closed_at__isnull=True) | Q(closed_at__gt=at)
    if not Pool.objects.filter(room).update(reserved_fen=F("reserved_fen") + amount):
        raise Refused("funds", "资金池余额不足，整批未预留。")
