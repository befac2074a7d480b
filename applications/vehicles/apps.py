"""Django's entry to vehicle trade-in applications."""

from django.apps import AppConfig


class VehiclesConfig(AppConfig):
    name = "applications.vehicles"
    label = "vehicles"
    verbose_name = "汽车以旧换新"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register verbs, jobs and both schemes with what runs them."""
        from applications.vehicles import jobs, review_scheme, scheme, verbs  # noqa: F401

        review_scheme.register()
