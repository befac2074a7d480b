"""Django's entry to policy versions and reference tables."""

from django.apps import AppConfig


class RegulationConfig(AppConfig):
    name = "regulation"
    label = "regulation"
    verbose_name = "政策与参照表"
    default_auto_field = "django.db.models.BigAutoField"
