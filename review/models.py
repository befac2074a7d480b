"""A reviewed case, what was found, who decided what.

`review` knows no scheme: the filed content lives in the scheme's own app, and reaches these tables as
figures (`base_fen`, `computed_fen`), labels (`applicant_label`, `subject`) and search keys.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q

from review import states


class Case(models.Model):
    """One application on its way through the two passes.

    Money is in fen. `version` grows with every change and is what a decision is checked against;
    `round` grows when the bureau sends a case back, and first ≠ second person holds within a round.
    `exclusive_key` names the person for the one-live, one-paid indexes (V-C-03).
    """

    receipt_no = models.CharField(max_length=24, unique=True)
    scheme = models.CharField(max_length=32)
    district = models.CharField(max_length=16)
    state = models.CharField(max_length=24, choices=list(states.TITLES.items()))
    returned_from = models.CharField(max_length=16, blank=True, default="")
    round = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    content_digest = models.CharField(max_length=64)
    exclusive_key = models.CharField(max_length=64, blank=True, default="")
    person = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+")

    outcome = models.CharField(max_length=16)
    counts = models.JSONField(default=dict)
    open_manual = models.PositiveSmallIntegerField(default=0)
    amount_fen = models.BigIntegerField(null=True)
    computed_fen = models.BigIntegerField(null=True)
    base_fen = models.BigIntegerField(null=True)
    applicant_label = models.CharField(max_length=80, blank=True, default="")
    subject = models.CharField(max_length=200, blank=True, default="")
    channel = models.CharField(max_length=40, blank=True, default="")
    external_no = models.CharField(max_length=64, blank=True, default="")
    opinion = models.CharField(max_length=8, blank=True, default="")

    submitted_at = models.DateTimeField()
    complete_at = models.DateTimeField(null=True)
    queue_at = models.DateTimeField()
    corrected_at = models.DateTimeField(null=True)
    stage_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    clock_left_seconds = models.IntegerField(null=True)
    closed_at = models.DateTimeField(null=True)

    lock_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    lock_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["exclusive_key"],
                condition=Q(state__in=states.LIVE) & ~Q(exclusive_key=""),
                name="one_live_application_per_person",
            ),
            models.UniqueConstraint(
                fields=["exclusive_key"],
                condition=Q(state__in=states.SUBSIDISED) & ~Q(exclusive_key=""),
                name="one_subsidy_per_person",
            ),
            models.UniqueConstraint(
                fields=["scheme", "channel", "external_no"],
                condition=Q(state__in=states.LIVE + states.SUBSIDISED) & ~Q(external_no=""),
                name="one_case_per_external_number",
            ),
            models.CheckConstraint(condition=Q(state__in=states.ALL), name="case_state_known"),
            models.CheckConstraint(
                condition=Q(amount_fen__isnull=True) | Q(amount_fen__gte=0), name="case_amount_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["district", "state", "due_at", "id"], name="case_queue_district_due"),
            models.Index(fields=["state", "due_at", "id"], name="case_queue_due"),
            models.Index(fields=["district", "state", "queue_at", "id"], name="case_queue_district_age"),
            models.Index(fields=["state", "queue_at", "id"], name="case_queue_age"),
            models.Index(fields=["district", "state", "computed_fen", "id"], name="case_queue_amount"),
            # Lists over several states keep their order by these: an IN over the first column loses it.
            models.Index(fields=["due_at", "id"], name="case_sort_due"),
            models.Index(fields=["queue_at", "id"], name="case_sort_age"),
            models.Index(fields=["computed_fen", "id"], name="case_sort_amount"),
            # What the queue's chips count: each must stop at its cap without looking through what does not match.
            models.Index(fields=["scheme", "state", "district"], name="case_count_scheme"),
            models.Index(
                fields=["state", "district"], name="case_count_clean", condition=Q(outcome="pass", open_manual=0)
            ),
            models.Index(fields=["state", "district"], name="case_count_manual", condition=Q(open_manual__gt=0)),
            models.Index(
                fields=["state", "district"], name="case_count_corrected", condition=Q(corrected_at__isnull=False)
            ),
            models.Index(fields=["person"], name="case_person"),
            models.Index(fields=["lock_by"], name="case_lock", condition=Q(lock_by__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.receipt_no

    @property
    def stage(self) -> str:
        """The stage that may act now: district, municipal, or "" where nobody may."""
        return states.STAGE_OF.get(self.state, "")


class CaseKey(models.Model):
    """A value a case can be found by: exact match only, personal values as keyed digests."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="keys")
    kind = models.CharField(max_length=16)
    value = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "kind", "value"], name="case_key_once")]
        indexes = [models.Index(fields=["kind", "value", "case"], name="case_key_lookup")]

    def __str__(self) -> str:
        return f"{self.kind} of case {self.case_id}"


class Evaluation(models.Model):
    """What the rules said, frozen with parameters and policy version. Append-only."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evaluations")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    cause = models.CharField(max_length=24)
    policy_version = models.CharField(max_length=40)
    parameters = models.JSONField()
    findings = models.JSONField()
    outcome = models.CharField(max_length=16)
    amount_fen = models.BigIntegerField(null=True)
    computed_fen = models.BigIntegerField(null=True)
    content_digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="evaluation_seq_once")]

    def __str__(self) -> str:
        return f"evaluation {self.seq} of case {self.case_id}"


class Clearance(models.Model):
    """A manual finding settled by a person. It holds as long as the finding says the same. Append-only."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clearances")
    rule = models.CharField(max_length=12)
    finding_digest = models.CharField(max_length=64)
    result = models.CharField(max_length=8, choices=[("pass", "通过"), ("reject", "不予补贴")])
    comment = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(comment=""), name="clearance_has_a_reason")]

    def __str__(self) -> str:
        return f"clearance of {self.rule} in case {self.case_id}"


class Decision(models.Model):
    """Every event of a case's life that somebody answers for. Append-only.

    The exclusion constraint is the four-eyes rule: one natural person signs at most one stage of a
    round, whatever accounts and roles they hold (third party, district, municipal).
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=16)
    event = models.CharField(max_length=16)
    from_state = models.CharField(max_length=24)
    to_state = models.CharField(max_length=24)
    actor = models.CharField(max_length=80)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    natural_person = models.ForeignKey("staff.NaturalPerson", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reasons = models.JSONField(default=list)
    comment = models.CharField(max_length=2000, blank=True, default="")
    opinion = models.CharField(max_length=8, blank=True, default="")
    amount_fen = models.BigIntegerField(null=True)
    content_digest = models.CharField(max_length=64)
    case_version = models.PositiveIntegerField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="first_pass_is_not_second_pass",
                expressions=[
                    ("case", RangeOperators.EQUAL),
                    ("round", RangeOperators.EQUAL),
                    ("natural_person", RangeOperators.EQUAL),
                    ("stage", RangeOperators.NOT_EQUAL),
                ],
                condition=Q(event__in=["assess", "pass", "reject"]),
            ),
            models.UniqueConstraint(fields=["case", "case_version"], name="one_decision_per_version"),
        ]
        indexes = [models.Index(fields=["case", "at"], name="decision_case_at")]

    def __str__(self) -> str:
        return f"{self.event} on case {self.case_id}"


class Recusal(models.Model):
    """A person who must not act on a case (回避)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="recusals")
    natural_person = models.ForeignKey("staff.NaturalPerson", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "natural_person"], name="recused_once")]

    def __str__(self) -> str:
        return f"recusal in case {self.case_id}"


class Presence(models.Model):
    """Who is looking at a case; a courtesy to colleagues, not a record."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"presence in case {self.case_id}"
