"""Runs of scheduled jobs: one effect per job and business date."""

from __future__ import annotations

from django.db import models


class JobRun(models.Model):
    """One job for one business date. The unique pair is what makes a second scheduler harmless."""

    job = models.CharField(max_length=16)
    business_date = models.DateField()
    state = models.CharField(max_length=8, choices=[("running", "进行中"), ("done", "完成"), ("failed", "失败")])
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    counts = models.JSONField(default=dict)
    actor = models.CharField(max_length=80)
    error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "business_date"], name="one_run_per_business_date")]

    def __str__(self) -> str:
        return f"{self.job} {self.business_date}"
