"""The trail: events, their positions in the sealed chain, and the signed seals. All append-only by triggers."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """Something that happened, written in the transaction in which it happened.

    `id` is a time-ordered UUID made by the writer, so that `row_digest` can cover it. `before` and `after` are keyed
    digests of what changed, never the values; `subject` is the keyed digest of the row the event speaks of, for the
    registered kinds. `data` holds no personal data. `txid` is the writing transaction, by which the sealer knows that
    nothing can still appear behind it. The table is partitioned by month over `at`.
    """

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField("时间")
    verb = models.CharField("动作", max_length=64)
    actor = models.CharField("操作者", max_length=100)
    object_type = models.CharField("对象类型", max_length=40)
    object_id = models.CharField("对象", max_length=64)
    before = models.BinaryField(null=True)
    after = models.BinaryField(null=True)
    subject = models.BinaryField(null=True)
    data = models.JSONField("内容", default=dict)
    request_id = models.CharField("请求编号", max_length=64, default="")
    row_digest = models.BinaryField()
    txid = models.BigIntegerField()

    class Meta:
        verbose_name = "审计事件"
        verbose_name_plural = "审计事件"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "at"], name="audit_event_object"),
            models.Index(fields=["actor", "at"], name="audit_event_actor"),
            models.Index(fields=["at", "id"], name="audit_event_time"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"


class Seal(models.Model):
    """One signed step of the chain: positions `first_position` to `last_position`, ending in `head_hash`.

    `floor_txid`: every event written by a transaction below it is sealed (by this seal or an earlier one), in the
    database cluster `cluster`. `signature` is Ed25519 over all of this and the previous seal's head.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField("时间")
    first_position = models.BigIntegerField()
    last_position = models.BigIntegerField()
    previous_hash = models.BinaryField()
    head_hash = models.BinaryField()
    floor_txid = models.BigIntegerField()
    cluster = models.BigIntegerField()
    signature = models.BinaryField()

    class Meta:
        verbose_name = "封存"
        verbose_name_plural = "封存"
        ordering = ["number"]

    def __str__(self) -> str:
        return f"seal {self.number}"


class SealedEvent(models.Model):
    """The place of one event in the chain: `chain_hash = SHA-256(previous chain hash, position, id, row digest)`."""

    position = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    event_at = models.DateTimeField()
    chain_hash = models.BinaryField()

    class Meta:
        verbose_name = "封存位置"
        verbose_name_plural = "封存位置"
        ordering = ["position"]

    def __str__(self) -> str:
        return f"position {self.position}"
