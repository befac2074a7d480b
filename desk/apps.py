"""Django's entry to the staff pages."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Templates, views and commands of the reviewers' desk. No models, no rules."""

    name = "desk"
    label = "desk"
    verbose_name = "审核台"

    def ready(self) -> None:
        from desk import verbs  # noqa: F401 - registers the desk's verbs
