"""Which database, as which role.

The runtime role (DATABASE_URL) reads and writes rows and owns nothing: it cannot drop a trigger, truncate a table
or change the schema. The owner (DATABASE_OWNER_URL) runs migrations and makes template databases. Unset, both are
roles of the portal's own PostgreSQL.
"""

import os
from typing import Any

import environ

from config.embedded.keys import load
from config.embedded.layout import layout

OWNER_COMMANDS = frozenset({"migrate", "flush", "createcachetable"})
RUNTIME_ROLE = "portal_app"
OWNER_ROLE = "portal_owner"
SUPERUSER_ROLE = "portal_admin"
DATABASE = "portal"
PORT = 5432
_role = {"name": "runtime"}


def use_owner() -> None:
    """Make the owner the default connection of this process; call before settings are loaded."""
    _role["name"] = "owner"


def embedded() -> bool:
    """Whether the portal runs its own PostgreSQL."""
    return not os.environ.get("DATABASE_URL")


def _complete(config: dict[str, Any]) -> dict[str, Any]:
    options = {"connect_timeout": 5, "application_name": "review-portal"} | config.get("OPTIONS", {})
    return config | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def _embedded(user: str, password: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": user,
        "PASSWORD": password,
        "HOST": str(layout().sockets),
        "PORT": PORT,
    }


def runtime() -> dict[str, Any]:
    """Django's settings of the runtime role."""
    if embedded():
        return _complete(_embedded(RUNTIME_ROLE, load(layout()).app_password))
    return _complete(dict(environ.Env.db_url_config(os.environ["DATABASE_URL"])))


def owner() -> dict[str, Any]:
    """Django's settings of the owner; the runtime role's where no owner is named."""
    if embedded():
        return _complete(_embedded(OWNER_ROLE, load(layout()).owner_password))
    url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    return _complete(dict(environ.Env.db_url_config(url)))


def default() -> dict[str, Any]:
    """Django's settings of the default connection in this process."""
    return owner() if _role["name"] == "owner" else runtime()


def connection_arguments(config: dict[str, Any], *, database: str | None = None) -> dict[str, Any]:
    """Arguments of `psycopg.connect` for Django's settings `config`."""
    given = {
        "dbname": database or config["NAME"],
        "user": config.get("USER"),
        "password": config.get("PASSWORD"),
        "host": config.get("HOST"),
        "port": config.get("PORT"),
    }
    options = {name: value for name, value in config.get("OPTIONS", {}).items() if name != "pool"}
    return {name: value for name, value in given.items() if value not in (None, "")} | options
