"""What was filed for a vehicle subsidy, and what authorities answered: encrypted, beside its case."""

from __future__ import annotations

from django.db import models

from people.fields import EncryptedJSONField


class VehicleApplication(models.Model):
    """The content of a vehicle case: the filed dossier (without facts) and the authorities' answers."""

    case = models.OneToOneField(
        "review.Case", primary_key=True, on_delete=models.PROTECT, related_name="vehicle_application"
    )
    filed = EncryptedJSONField()
    answers = EncryptedJSONField()
    old_vin = models.CharField(max_length=40)
    new_vin = models.CharField(max_length=40)
    invoice_no = models.CharField(max_length=40, blank=True, default="")
    imported_digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["old_vin"], name="vehicle_old_vin"),
            models.Index(fields=["new_vin"], name="vehicle_new_vin"),
            models.Index(fields=["imported_digest"], name="vehicle_imported"),
        ]

    def __str__(self) -> str:
        return f"application of case {self.case_id}"


class FilingAttempt(models.Model):
    """A filing that was refused: all that is kept of it is why, when and through which channel. Append-only."""

    at = models.DateTimeField()
    scheme = models.CharField(max_length=32)
    channel = models.CharField(max_length=40)
    district = models.CharField(max_length=16)
    external_no = models.CharField(max_length=64, blank=True, default="")
    person_digest = models.CharField(max_length=64)
    code = models.CharField(max_length=24)
    rule = models.CharField(max_length=12, blank=True, default="")
    actor = models.CharField(max_length=80)

    class Meta:
        indexes = [models.Index(fields=["person_digest"], name="attempt_person")]

    def __str__(self) -> str:
        return f"attempt {self.pk}"
