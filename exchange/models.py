"""Tables of the outside edge: who may call, what they were answered, what leaves, what authorities said.

No table here holds readable personal data: channel secrets and authority values are encrypted, outbox payloads
carry references only, idempotency records carry answers, which never contain full identifiers.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from people.fields import EncryptedJSONField, EncryptedTextField


class Channel(models.Model):
    """A machine that may call the REST interface, with its shared secret and what it may do (contract §4)."""

    name = models.CharField("渠道名", max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name="权限")
    secret = EncryptedTextField("密钥")
    active = models.BooleanField("启用", default=True)
    rate_per_minute = models.PositiveIntegerField("每分钟请求上限", default=600)
    created_at = models.DateTimeField("建立时间")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = "渠道"
        verbose_name_plural = "渠道"

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> str:
        """The code under which the audit trail and the services know this channel."""
        return f"channel:{self.name}"

    def may(self, *scopes: str) -> bool:
        """Whether the channel holds at least one of the given scopes."""
        return any(scope in self.scopes for scope in scopes)


class Nonce(models.Model):
    """A nonce a channel has used. Kept while a request with its timestamp could still be accepted."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    value = models.CharField("随机数", max_length=128)
    expires_at = models.DateTimeField("可清除时间", db_index=True)

    class Meta:
        verbose_name = "已用随机数"
        verbose_name_plural = "已用随机数"
        constraints = [models.UniqueConstraint(fields=["channel", "value"], name="exchange_nonce_once")]


class IdempotencyRecord(models.Model):
    """What a POST was answered, under its key. Written in the transaction of the business rows it answers for.

    `status` is null only inside the transaction that is still executing the request; nobody else can see that.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    endpoint = models.CharField("接口路径", max_length=300)
    key = models.CharField("幂等键", max_length=200)
    body_digest = models.CharField("请求体摘要", max_length=64)
    status = models.PositiveSmallIntegerField("应答状态", null=True)
    body = models.TextField("应答内容", default="")
    created_at = models.DateTimeField("首次应答时间", db_index=True)

    class Meta:
        verbose_name = "幂等记录"
        verbose_name_plural = "幂等记录"
        constraints = [models.UniqueConstraint(fields=["channel", "endpoint", "key"], name="exchange_idempotency_once")]


class ChannelFiling(models.Model):
    """Which channel filed a case: a channel follows, corrects and withdraws only what it filed itself."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    case_ref = models.BigIntegerField("申报件", unique=True)
    filed_at = models.DateTimeField("申报时间")

    class Meta:
        verbose_name = "渠道申报"
        verbose_name_plural = "渠道申报"


class OutboxState(models.TextChoices):
    """Life of an outgoing message."""

    WAITING = "waiting", "待发送"
    SENT = "sent", "已发送"
    DEAD = "dead", "已放弃"


class OutboxMessage(models.Model):
    """Something that must leave, written in the transaction that decided it. The payload holds references only."""

    topic = models.CharField("主题", max_length=60)
    key = models.CharField("唯一键", max_length=200, unique=True)
    payload = models.JSONField("引用", default=dict)
    state = models.CharField("状态", max_length=10, choices=OutboxState, default=OutboxState.WAITING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    due_at = models.DateTimeField("应发送时间")
    created_at = models.DateTimeField("写入时间")
    finished_at = models.DateTimeField("结束时间", null=True)
    last_error = models.CharField("最近错误类型", max_length=120, default="")

    class Meta:
        verbose_name = "待发消息"
        verbose_name_plural = "待发消息"
        indexes = [
            models.Index(fields=["due_at", "id"], name="exchange_outbox_due", condition=models.Q(state="waiting"))
        ]


class AuthorityKind(models.TextChoices):
    """Authorities that answer questions on vehicle applications (V-C-18, V-C-19)."""

    POLICE = "police", "公安交管"
    TAX = "tax", "税务"


class AuthorityQuestion(models.Model):
    """A question to an authority about one case. It is asked again after 1, 3 and 5 working days (V-C-18).

    `case_ref` is the review case's id; the row stays below the case in the layers, hence no foreign key.
    """

    class State(models.TextChoices):
        """Whether the authority has answered, or the case no longer needs it."""

        OPEN = "open", "待答复"
        ANSWERED = "answered", "已答复"
        CLOSED = "closed", "已撤销"

    case_ref = models.BigIntegerField("申报件")
    kind = models.CharField("部门", max_length=10, choices=AuthorityKind)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    asked_at = models.DateTimeField("询问时间")
    asked_times = models.PositiveSmallIntegerField("已询问次数", default=1)
    next_ask_at = models.DateTimeField("下次询问时间", null=True)
    escalated_at = models.DateTimeField("转人工时间", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = "部门核查"
        verbose_name_plural = "部门核查"
        constraints = [
            models.UniqueConstraint(
                fields=["case_ref", "kind"], condition=models.Q(state="open"), name="exchange_one_open_question"
            )
        ]
        indexes = [
            models.Index(fields=["case_ref", "kind"], name="exchange_question_case"),
            models.Index(fields=["next_ask_at"], name="exchange_question_due", condition=models.Q(state="open")),
        ]


class AuthorityAnswer(models.Model):
    """What an authority said about one case. A later answer stands beside the earlier one, never in its place."""

    question = models.ForeignKey(AuthorityQuestion, on_delete=models.PROTECT, null=True, related_name="answers")
    case_ref = models.BigIntegerField("申报件")
    kind = models.CharField("部门", max_length=10, choices=AuthorityKind)
    values = EncryptedJSONField("答复内容")
    source = models.CharField("来源", max_length=120)
    at = models.DateTimeField("答复时间")

    class Meta:
        verbose_name = "部门答复"
        verbose_name_plural = "部门答复"
        indexes = [models.Index(fields=["case_ref", "kind", "id"], name="exchange_answer_case")]


class ExchangeLog(models.Model):
    """That data left for another department: purpose, clause and field names, never the values (M-31)."""

    department = models.CharField("部门", max_length=40)
    purpose = models.CharField("用途", max_length=200)
    clause = models.CharField("依据", max_length=200)
    fields = ArrayField(models.CharField(max_length=80), verbose_name="字段")
    case_ref = models.BigIntegerField("申报件", null=True, db_index=True)
    sent_by = models.CharField("发送方", max_length=120)
    sent_at = models.DateTimeField("发送时间")

    class Meta:
        verbose_name = "数据交换记录"
        verbose_name_plural = "数据交换记录"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(purpose="") & ~models.Q(clause=""), name="exchange_log_has_ground"
            )
        ]
