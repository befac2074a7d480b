"""Registration of the app."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Who works with the portal, and what they may do."""

    name = "staff"
    verbose_name = "人员与权限"

    def ready(self) -> None:
        """Register the verbs this app writes to the trail."""
        from staff import verbs  # noqa: F401
