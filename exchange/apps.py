"""Application registration of the outside edge."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Channels, idempotency, outbox and authority answers."""

    name = "exchange"
    verbose_name = "外部交换"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register audit verbs and outbox handlers (importing the modules registers them)."""
        from exchange import authority, verbs  # noqa: F401
