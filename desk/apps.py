"""The staff pages."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Templates, views and commands of the reviewers' desk. No models, no rules."""

    name = "desk"
    label = "desk"
    verbose_name = "审核台"
