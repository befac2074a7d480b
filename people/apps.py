"""Registration of the app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Natural persons, encrypted."""

    name = "people"
    verbose_name = "自然人"

    def ready(self) -> None:
        """Register the verbs this app writes to the trail."""
        from people import verbs  # noqa: F401
