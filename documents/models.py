"""One row per uploaded evidence page; the bytes lie in the content-addressed store under their SHA-256."""

from __future__ import annotations

from django.db import models


class DocumentType(models.TextChoices):
    """Kinds of evidence in vehicle applications (catalogue §0.3, V-S-16, V-R-08)."""

    ID = "ID", "个人身份信息"
    BANK = "BANK", "一类银行卡账号面照片"
    RECYC = "RECYC", "报废机动车回收证明"
    DEREG = "DEREG", "机动车注销证明"
    INV = "INV", "机动车销售统一发票"
    REGN = "REGN", "新车机动车登记证书"
    REGO = "REGO", "旧车机动车登记证书"
    UCINV = "UCINV", "二手车销售统一发票"
    OTHER = "OTHER", "其他材料"


class Document(models.Model):
    """An evidence page of a case. What the filer claims of it and what staff confirmed are kept apart.

    `case_ref` is the review case's id (no foreign key: documents lie below review). The newest upload of a type
    and page is the current one; earlier ones keep `superseded_at`. The filer's file name is never stored.
    """

    case_ref = models.BigIntegerField("申报件")
    doc_type = models.CharField("材料类型", max_length=10, choices=DocumentType)
    page = models.PositiveSmallIntegerField("页码")
    digest = models.CharField("内容摘要", max_length=64, db_index=True)
    media_type = models.CharField("格式", max_length=40)
    size = models.PositiveIntegerField("字节数")
    page_count = models.PositiveSmallIntegerField("文件页数", default=1)
    width = models.PositiveIntegerField("宽", null=True)
    height = models.PositiveIntegerField("高", null=True)
    legible_claimed = models.BooleanField("申报方称清晰", null=True)
    original_claimed = models.BooleanField("申报方称原件", null=True)
    legible_confirmed = models.BooleanField("核对清晰", null=True)
    original_confirmed = models.BooleanField("核对原件", null=True)
    confirmed_by = models.CharField("核对人", max_length=120, default="")
    confirmed_at = models.DateTimeField("核对时间", null=True)
    uploaded_by = models.CharField("上传方", max_length=120)
    uploaded_at = models.DateTimeField("上传时间")
    superseded_at = models.DateTimeField("被替换时间", null=True)

    class Meta:
        verbose_name = "申报材料"
        verbose_name_plural = "申报材料"
        constraints = [
            models.UniqueConstraint(
                fields=["case_ref", "doc_type", "page"],
                condition=models.Q(superseded_at__isnull=True),
                name="documents_one_current_page",
            ),
            models.CheckConstraint(condition=models.Q(page__gte=1), name="documents_page_from_one"),
        ]
        indexes = [models.Index(fields=["case_ref", "doc_type", "page"], name="documents_case")]

    def __str__(self) -> str:
        return f"{self.doc_type} {self.page}"

    @property
    def legible(self) -> bool | None:
        """What counts for the rules: staff's word if given, else the filer's claim; null while nobody said."""
        return self.legible_claimed if self.legible_confirmed is None else self.legible_confirmed

    @property
    def original(self) -> bool | None:
        """Photo or scan of the original: staff's word if given, else the filer's claim."""
        return self.original_claimed if self.original_confirmed is None else self.original_confirmed
