"""Registration of the app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The one trail."""

    name = "audit"
    verbose_name = "审计"

    def ready(self) -> None:
        """Register the verbs this app writes to the trail."""
        from audit import verbs  # noqa: F401
