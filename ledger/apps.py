"""Django's entry to pools and the double-entry ledger."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    label = "ledger"
    verbose_name = "资金台账"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's verbs with the trail."""
        from ledger import verbs  # noqa: F401
