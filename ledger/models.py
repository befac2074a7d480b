"""The one place for money. Integer fen, double entry, append-only; a pool cannot go below zero."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Pool(models.Model):
    """A year's money for one purpose (V-C-06, F-01). Counters are sums of the entries, kept for the guard."""

    code = models.CharField(max_length=32, unique=True)
    title = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    total_fen = models.BigIntegerField(default=0)
    reserved_fen = models.BigIntegerField(default=0)
    committed_fen = models.BigIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reserved_fen__gte=0), name="pool_reserved_not_negative"),
            models.CheckConstraint(condition=Q(committed_fen__gte=0), name="pool_committed_not_negative"),
            models.CheckConstraint(condition=Q(paid_fen__gte=0), name="pool_paid_not_negative"),
            models.CheckConstraint(
                condition=Q(total_fen__gte=F("reserved_fen") + F("committed_fen") + F("paid_fen")),
                name="pool_never_below_zero",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def left_fen(self) -> int:
        """What may still be reserved, in fen."""
        return self.total_fen - self.reserved_fen - self.committed_fen - self.paid_fen


class Hold(models.Model):
    """What one case holds of a pool now; the entries are the proof, this row is the lock."""

    case_ref = models.BigIntegerField(unique=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="holds")
    reserved_fen = models.BigIntegerField(default=0)
    committed_fen = models.BigIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reserved_fen__gte=0) & Q(committed_fen__gte=0) & Q(paid_fen__gte=0),
                name="hold_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"hold of case {self.case_ref}"


class Posting(models.Model):
    """One movement of money. `key` is the caller's: a retry of the same movement is a no-op. Append-only."""

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=16)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="postings")
    case_ref = models.BigIntegerField(null=True)
    amount_fen = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    document_no = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["case_ref"], name="posting_case")]

    def __str__(self) -> str:
        return self.key


class Entry(models.Model):
    """One side of a posting; the entries of a posting sum to zero (checked at commit). Append-only."""

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="entries")
    account = models.CharField(max_length=16)
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount_fen=0), name="entry_not_zero")]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_fen}"


class ClosingOrder(models.Model):
    """The recorded decision that a pool is used up (V-C-06), signed by two people. Append-only."""

    pool = models.OneToOneField(Pool, on_delete=models.PROTECT, related_name="closing_order")
    document_no = models.CharField(max_length=80)
    effective_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    second_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True, second_by__isnull=True)
                | (Q(signed_by__isnull=False, second_by__isnull=False) & ~Q(signed_by=F("second_by"))),
                name="closing_order_two_people",
            )
        ]

    def __str__(self) -> str:
        return f"closing order {self.document_no}"
