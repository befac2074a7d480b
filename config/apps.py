"""Django's entry to the settings package: it holds the `migrate` that also grants the runtime role its rights."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"
    verbose_name = "配置"

    def ready(self) -> None:
        """Register the deployment checks."""
        from config import checks  # noqa: F401
