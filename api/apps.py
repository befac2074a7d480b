"""Application registration of the machine channels' interface."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """REST interface under /api/v1/."""

    name = "api"
    verbose_name = "机器渠道接口"

    def ready(self) -> None:
        """Register the OpenAPI extension of the signature scheme."""
        from api import schema  # noqa: F401
