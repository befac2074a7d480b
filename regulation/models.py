"""Signed policy versions over the YAML baseline, working-day overrides and reference tables."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class PolicyVersion(models.Model):
    """A change of parameters by a numbered document, signed by two people (V-C-21).

    `changes` maps a parameter code to its new value. It applies to filings received from
    `effective_from` on. A version without a document number or a second signature never applies.
    """

    code = models.CharField(max_length=32, unique=True)
    document_no = models.CharField(max_length=80, blank=True, default="")
    effective_from = models.DateTimeField()
    changes = models.JSONField()
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | (~Q(document_no="") & ~Q(signed_by=F("drafted_by"))),
                name="policy_version_two_people_and_number",
            )
        ]

    def __str__(self) -> str:
        return self.code


class WorkdayOverride(models.Model):
    """A day that is (not) a working day against the published calendar."""

    date = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("是否工作日")
    document_no = models.CharField("文号", max_length=80, blank=True, default="")

    class Meta:
        verbose_name = "工作日调整"
        verbose_name_plural = "工作日调整"
        ordering = ["-date"]

    def __str__(self) -> str:
        return self.date.isoformat()


class NevModel(models.Model):
    """An entry of 《减免车辆购置税的新能源汽车车型目录》 (V-C-10)."""

    model_code = models.CharField("车型型号", max_length=60)
    batch_no = models.CharField("批次", max_length=40, blank=True, default="")
    included_on = models.DateField("列入日期")
    withdrawn_on = models.DateField("撤销日期", null=True, blank=True)

    class Meta:
        verbose_name = "新能源汽车车型"
        verbose_name_plural = "新能源汽车车型目录"
        ordering = ["model_code", "-included_on"]
        constraints = [models.UniqueConstraint(fields=["model_code", "included_on"], name="nev_model_once")]

    def __str__(self) -> str:
        return self.model_code


class ScrapEnterprise(models.Model):
    """A qualified scrapping enterprise (有资质的报废机动车回收拆解企业, V-S-11)."""

    name = models.CharField("企业名称", max_length=200)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True, default="")
    region = models.CharField("地区", max_length=40, blank=True, default="")
    qualified_from = models.DateField("资质起始日期")
    qualified_to = models.DateField("资质截止日期（含）", null=True, blank=True)

    class Meta:
        verbose_name = "报废机动车回收拆解企业"
        verbose_name_plural = "有资质的报废机动车回收拆解企业"
        ordering = ["name", "-qualified_from"]
        constraints = [models.UniqueConstraint(fields=["name", "qualified_from"], name="scrap_enterprise_once")]
        indexes = [models.Index(fields=["name"], name="scrap_enterprise_name")]

    def __str__(self) -> str:
        return self.name
