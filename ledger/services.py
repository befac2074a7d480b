"""Movements of money: reserve → commit → pay, or release; a reversal is the only correction.

Amounts are integer fen and positive. Every function belongs into the caller's transaction, takes the
caller's `key` (a retry with the same key changes nothing and answers True) and posts balanced entries.
A pool's floor is held by the conditional UPDATE here and by a CHECK in the table, so total control
(总额控制, 《方案》一) holds under any concurrency. Lock order: case, hold, pool; the pool row is taken last.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from audit import services as audit
from ledger.models import ClosingOrder, Entry, Hold, Pool, Posting
from policy.errors import InputError, Refused
from staff import permissions
from staff.models import User

ALLOTMENT = "allotment"
AVAILABLE = "available"
RESERVED = "reserved"
COMMITTED = "committed"
PAID = "paid"


class _NoMoney(Exception):
    """Rolls the savepoint of a refused reservation back."""


def pool(code: str) -> Pool:
    """The pool by its code; Refused("not_found") for an unknown one."""
    found = Pool.objects.filter(code=code).first()
    if found is None:
        raise Refused("not_found", f"没有编号为 {code} 的资金池。")
    return found


def open_pool(code: str, *, title: str, year: int) -> Pool:
    """The pool `code`, made empty on first use."""
    return Pool.objects.get_or_create(code=code, defaults={"title": title, "year": year})[0]


@transaction.atomic
def allot(code: str, amount_fen: int, *, key: str, at: datetime, actor: str, document_no: str = "") -> Pool:
    """Add (or, negative, take back) money of a pool; taking back below what is held is refused.

    Raises InputError for an amount of nothing.
    """
    if not amount_fen:
        raise InputError.of("amount", "金额不能为零。")
    found = pool(code)
    posting = _posting(key, "allot", found, None, amount_fen, at, actor, document_no)
    if posting is None:
        return found
    moved = Pool.objects.filter(
        pk=found.pk, total_fen__gte=F("reserved_fen") + F("committed_fen") + F("paid_fen") - amount_fen
    ).update(total_fen=F("total_fen") + amount_fen)
    if not moved:
        raise Refused("funds", "收回后资金池余额不足，已预留和已核定的资金不能收回。")
    _entries(posting, ALLOTMENT, AVAILABLE, amount_fen)
    audit.record("pool.allotted", actor=actor, at=at, object_type="posting", object_id=str(posting.pk))
    found.refresh_from_db()
    return found


def reserve(
    code: str,
    case_ref: int,
    amount_fen: int,
    *,
    key: str,
    at: datetime,
    actor: str,
    after_closing: bool = False,
) -> bool:
    """Hold `amount_fen` for a case (V-C-06, V-C-07); False if the pool has less left or is closed.

    `after_closing` lets a case that is already in the queue go on after a closing order (AMB-11).
    Nothing needs no money: True without a posting. Raises ValueError for less than nothing.
    """
    if amount_fen < 0:
        raise ValueError("a reservation is not negative")
    if not amount_fen:
        return True
    try:
        with transaction.atomic():
            _reserve(code, case_ref, amount_fen, key, at, actor, after_closing)
    except _NoMoney:
        return False
    return True


def _reserve(code: str, case_ref: int, amount: int, key: str, at: datetime, actor: str, after_closing: bool) -> None:
    found = pool(code)
    posting = _posting(key, "reserve", found, case_ref, amount, at, actor)
    if posting is None:
        return
    hold, _ = Hold.objects.get_or_create(case_ref=case_ref, defaults={"pool": found})
    Hold.objects.filter(pk=hold.pk).update(reserved_fen=F("reserved_fen") + amount)
    open_pool_row = Q(pk=found.pk, total_fen__gte=F("reserved_fen") + F("committed_fen") + F("paid_fen") + amount)
    if not after_closing:
        open_pool_row &= Q(closed_at__isnull=True) | Q(closed_at__gt=at)
    if not Pool.objects.filter(open_pool_row).update(reserved_fen=F("reserved_fen") + amount):
        raise _NoMoney
    _entries(posting, AVAILABLE, RESERVED, amount)
    audit.record("funds.reserved", actor=actor, at=at, object_type="posting", object_id=str(posting.pk))


def adjust(case_ref: int, target_fen: int, *, key: str, at: datetime, actor: str) -> bool:
    """Bring a case's reservation to `target_fen`; False if the pool cannot give the difference."""
    hold = Hold.objects.select_for_update().select_related("pool").filter(case_ref=case_ref).first()
    if hold is None:
        raise Refused("state", "本件没有资金预留，不能调整。")
    difference = target_fen - hold.reserved_fen
    if difference > 0:
        return reserve(hold.pool.code, case_ref, difference, key=key, at=at, actor=actor, after_closing=True)
    if difference < 0:
        _shift("release", hold, -difference, key, at, actor)
    return True


def commit(case_ref: int, *, key: str, at: datetime, actor: str) -> int:
    """Turn the reservation of a case into a commitment at approval; gives the amount in fen."""
    return _whole("commit", case_ref, key, at, actor)


def uncommit(case_ref: int, *, key: str, at: datetime, actor: str) -> int:
    """An approval falls: its commitment becomes a reservation again."""
    return _whole("uncommit", case_ref, key, at, actor)


def release(case_ref: int, *, key: str, at: datetime, actor: str) -> int:
    """Give a case's reservation back to the pool; 0 where it held none."""
    return _whole("release", case_ref, key, at, actor)


def held(case_ref: int) -> int:
    """What a case has reserved or committed, in fen."""
    hold = Hold.objects.filter(case_ref=case_ref).first()
    return hold.reserved_fen + hold.committed_fen if hold else 0


def holds(case_refs: list[int]) -> dict[int, int]:
    """`held` for many cases in one query; a case without a hold is absent."""
    rows = Hold.objects.filter(case_ref__in=case_refs).values_list("case_ref", "reserved_fen", "committed_fen")
    return {ref: reserved + committed for ref, reserved, committed in rows}


@transaction.atomic
def close(
    code: str,
    *,
    document_no: str,
    effective_at: datetime,
    at: datetime,
    signed_by: User | None = None,
    second_by: User | None = None,
) -> ClosingOrder:
    """Record the decision that a pool is used up (V-C-06); no new reservation from `effective_at` on.

    Two different persons who may close pools sign; a rehearsal plays it without anybody. Raises InputError without
    a document number, Refused (permission, four_eyes, state, not_found).
    """
    if not document_no.strip():
        raise InputError.of("document_no", "请填写停止受理决定的文号。")
    if signed_by is not None or second_by is not None:
        _two_persons(signed_by, second_by)
    found = Pool.objects.select_for_update().get(pk=pool(code).pk)
    if found.closed_at is not None:
        raise Refused("state", "该资金池已有停止受理决定。")
    order = ClosingOrder.objects.create(
        pool=found,
        document_no=document_no,
        effective_at=effective_at,
        signed_by=signed_by,
        second_by=second_by,
        at=at,
    )
    Pool.objects.filter(pk=found.pk).update(closed_at=effective_at)
    actor = signed_by.actor if signed_by else "system:rehearsal"
    audit.record("pool.closed", actor=actor, at=at, object_type="pool", object_id=found.code)
    return order


def _two_persons(signed_by: User | None, second_by: User | None) -> None:
    """Refuse unless both may close pools and are not the same human."""
    if signed_by is None or second_by is None or signed_by.natural_person_id == second_by.natural_person_id:
        raise Refused("four_eyes", "停止受理决定须由两人签发。")
    for signer in (signed_by, second_by):
        permissions.require(signer, "pool.close")


_SHIFTS = {
    "commit": (RESERVED, COMMITTED),
    "uncommit": (COMMITTED, RESERVED),
    "release": (RESERVED, AVAILABLE),
}


def _whole(kind: str, case_ref: int, key: str, at: datetime, actor: str) -> int:
    hold = Hold.objects.select_for_update().select_related("pool").filter(case_ref=case_ref).first()
    if hold is None:
        return 0
    amount = hold.committed_fen if kind == "uncommit" else hold.reserved_fen
    if amount and _shift(kind, hold, amount, key, at, actor):
        return amount
    return 0


def _shift(kind: str, hold: Hold, amount: int, key: str, at: datetime, actor: str) -> bool:
    """Move `amount` between two accounts of a hold and its pool; False if the key was used before."""
    posting = _posting(key, kind, hold.pool, hold.case_ref, amount, at, actor)
    if posting is None:
        return False
    source, target = _SHIFTS[kind]
    change = {
        f"{account}_fen": F(f"{account}_fen") + sign * amount
        for account, sign in ((source, -1), (target, 1))
        if account != AVAILABLE
    }
    Hold.objects.filter(pk=hold.pk).update(**change)
    Pool.objects.filter(pk=hold.pool_id).update(**change)
    _entries(posting, source, target, amount)
    verb = {"commit": "funds.committed", "uncommit": "funds.uncommitted", "release": "funds.released"}[kind]
    audit.record(verb, actor=actor, at=at, object_type="posting", object_id=str(posting.pk))
    return True


def _posting(
    key: str,
    kind: str,
    found: Pool,
    case_ref: int | None,
    amount: int,
    at: datetime,
    actor: str,
    document_no: str = "",
) -> Posting | None:
    """The new posting, or None if `key` was posted before (a retry)."""
    posting, fresh = Posting.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "pool": found,
            "case_ref": case_ref,
            "amount_fen": amount,
            "at": at,
            "actor": actor,
            "document_no": document_no,
        },
    )
    return posting if fresh else None


def _entries(posting: Posting, source: str, target: str, amount: int) -> None:
    Entry.objects.bulk_create(
        [
            Entry(posting=posting, account=source, amount_fen=-amount),
            Entry(posting=posting, account=target, amount_fen=amount),
        ]
    )
