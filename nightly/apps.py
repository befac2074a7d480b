"""Django's entry to job runs and their schedule."""

from django.apps import AppConfig


class NightlyConfig(AppConfig):
    name = "nightly"
    label = "nightly"
    verbose_name = "夜间作业"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's verbs with the trail."""
        from nightly import verbs  # noqa: F401
