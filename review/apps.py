"""Django's entry to cases, decisions and queues."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    label = "review"
    verbose_name = "两级审核"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's verbs with the trail, and who may open evidence and see persons with their owners."""
        from documents import access
        from people import access as identity
        from review import selectors, verbs  # noqa: F401

        access.register_gate(selectors.may_see_documents)
        identity.register_gate(selectors.may_see_person)
