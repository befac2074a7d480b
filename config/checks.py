"""Checks of a deployment: `manage.py check --deploy`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from config import database


@register(Tags.security, deploy=True)
def two_roles(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """The runtime role must not own the tables: an owner may drop the triggers that keep the trail."""
    if database.owner()["USER"] != database.runtime()["USER"]:
        return []
    return [
        Warning(
            "The runtime role owns the tables: it could drop the triggers that make them append-only.",
            hint="Give DATABASE_OWNER_URL a role of its own (docs/deployment.md).",
            id="config.W001",
        )
    ]


@register(Tags.security, deploy=True)
def no_demonstration(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """A deployment is production."""
    if settings.PRODUCTION:
        return []
    return [Warning("This is a demonstration.", hint="Set PORTAL_ENV=production.", id="config.W002")]
