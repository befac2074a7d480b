"""Application registration of the outside edge."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Channels, idempotency, outbox and authority answers."""

    name = "exchange"
    verbose_name = "外部交换"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the audit verbs this app records (importing the module registers them)."""
        from exchange import verbs  # noqa: F401
