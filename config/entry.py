"""What `manage.py` does before Django takes over: choose the role, start what is needed, say errors in one line."""

import subprocess
import sys

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from config import database
from config.embedded.layout import CHECKOUT, StateUnavailable

_LOCK = 7_269_002

# Commands that read code and files only.
NEED_NOTHING = frozenset(
    {
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "evaluate",
        "findstatic",
        "help",
        "makemessages",
        "makemigrations",
        "rules",
        "spectacular",
        "startapp",
        "version",
    }
)


def needs_services(arguments: list[str]) -> bool:
    """Whether the command line `arguments` (without the program) needs database and broker."""
    if not arguments or arguments[0].startswith("-") or arguments[0] in NEED_NOTHING:
        return False
    return not any(word in ("-h", "--help", "--version") for word in arguments)


def give_tables() -> None:
    """Migrate the portal's own database if it has no tables at all: the first command after `make setup` just works.

    A database that is behind is left alone: `make run` and `migrate` bring it forward, `/readyz` tells of it.
    """
    with psycopg.connect(**database.connection_arguments(database.owner()), autocommit=True) as owner:
        owner.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        found = owner.execute("SELECT to_regclass('public.django_migrations')").fetchone()
        if found is None or found[0] is None:
            print("preparing the database", file=sys.stderr)
            command = [sys.executable, str(CHECKOUT / "manage.py"), "migrate", "--verbosity", "0", "--no-input"]
            subprocess.run(command, check=True, stdout=sys.stderr)


def run(argv: list[str]) -> int:
    """Run the command line `argv`; 1 with one line on standard error if the portal cannot run at all."""
    arguments = argv[1:]
    if arguments and arguments[0] in database.OWNER_COMMANDS:
        database.use_owner()
    try:
        if needs_services(arguments):
            from config.embedded import services

            services.ensure()
            if database.embedded() and arguments[0] not in database.OWNER_COMMANDS:
                give_tables()
        execute_from_command_line(argv)
    except (ImproperlyConfigured, StateUnavailable) as error:
        print(f"{argv[0]}: {error}", file=sys.stderr)
        return 1
    return 0
