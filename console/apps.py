"""Django's entry to the portal's commands."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "console"
    label = "console"
    verbose_name = "命令行"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the commands' verbs with the trail."""
        from console import verbs  # noqa: F401
