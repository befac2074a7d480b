"""Django's entry to policy versions and reference tables."""

from django.apps import AppConfig


class RegulationConfig(AppConfig):
    name = "regulation"
    label = "regulation"
    verbose_name = "政策与参照表"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's verbs with the trail."""
        from regulation import verbs  # noqa: F401
