"""Application registration of the evidence files."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Evidence files of cases."""

    name = "documents"
    verbose_name = "申报材料"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the audit verbs this app records (importing the module registers them)."""
        from documents import verbs  # noqa: F401
