"""Natural persons: encrypted identity, found by keyed digests."""

from __future__ import annotations

from django.db import models

from people.fields import EncryptedTextField


class Person(models.Model):
    """One natural person. The same document number is the same row, whatever the channel that filed it.

    `id_lookup`, `name_lookup`, `phone_lookup` are HMAC-SM3 digests of 32 bytes; the encrypted columns are opened by
    reading the attribute. To show them in full to a member of staff use `people.services.reveal`.
    """

    class IdType(models.TextChoices):
        RESIDENT_ID = "resident_id", "居民身份证"
        PASSPORT = "passport", "护照"
        HK_MACAO_PERMIT = "hk_macao_permit", "港澳居民来往内地通行证"
        TAIWAN_PERMIT = "taiwan_permit", "台湾居民来往大陆通行证"
        FOREIGN_PERMANENT_RESIDENT = "foreign_permanent_resident", "外国人永久居留身份证"
        USCC = "uscc", "统一社会信用代码"

    id_type = models.CharField("证件类型", max_length=32)
    id_lookup = models.BinaryField("证件号码摘要", max_length=32, editable=False)
    name_lookup = models.BinaryField("姓名摘要", max_length=32, editable=False)
    phone_lookup = models.BinaryField("手机号摘要", max_length=32, editable=False, null=True)
    id_number = EncryptedTextField("证件号码")
    name = EncryptedTextField("姓名")
    phone = EncryptedTextField("手机号", null=True)
    created_at = models.DateTimeField("建立时间")
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = "自然人"
        verbose_name_plural = "自然人"
        constraints = [models.UniqueConstraint(fields=["id_type", "id_lookup"], name="people_person_once")]
        indexes = [
            models.Index(fields=["name_lookup"], name="people_person_name"),
            models.Index(fields=["phone_lookup"], name="people_person_phone"),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"
