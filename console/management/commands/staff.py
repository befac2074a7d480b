"""`manage.py staff`: accounts from the command line: the first ones, and the way back in when nobody can sign in.

Passwords come from standard input, never from the command line, which other users of the machine can read.
"""

from __future__ import annotations

import getpass
import json
import sys
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from policy import clock
from policy.errors import InputError, Refused
from staff import lockout, selectors, services
from staff.models import User
from staff.roles import Role

ACTOR = "system:console"


class Command(BaseCommand):
    """Accounts of staff."""

    help = "Make accounts, give and end roles, enrol dynamic passwords, unlock. Everything is written to the trail."

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command for each task."""
        tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
        create = tasks.add_parser("create", help="make an account; the password is read from standard input")
        create.add_argument("login")
        create.add_argument("--name", required=True, help="display name")
        create.add_argument("--organisation", required=True, help="its code, such as chaoyang or bureau")
        create.add_argument("--role", action="append", default=[], choices=[role.value for role in Role])
        for name, text in (("grant", "give a role"), ("end", "end a role today")):
            task = tasks.add_parser(name, help=text)
            task.add_argument("login")
            task.add_argument("role", choices=[role.value for role in Role])
            task.add_argument("organisation")
        for name, text in (
            ("password", "set the password, read from standard input"),
            ("totp", "enrol a new dynamic password; prints its secret once"),
            ("unlock", "lift the lock-out of a login"),
            ("disable", "close an account"),
            ("enable", "open a closed account"),
        ):
            tasks.add_parser(name, help=text).add_argument("login")
        tasks.add_parser("list", help="accounts and roles, as JSON lines")
        tasks.add_parser("locked", help="logins that are locked now")

    def handle(self, *args: Any, task: str, **options: Any) -> None:
        """Run one task."""
        try:
            getattr(self, f"_{task}")(options, clock.now())
        except Refused as refused:
            raise CommandError(refused.message) from None
        except InputError as error:
            raise CommandError(": ".join(error.first)) from None

    def _create(self, options: dict[str, Any], at: datetime) -> None:
        user = services.create_user(
            options["login"],
            display_name=options["name"],
            organisation=options["organisation"],
            roles=options["role"],
            password=_password(),
            by=ACTOR,
            at=at,
        )
        self.stdout.write(f"{user.login} TOTP secret {services.enrol_totp(user, by=ACTOR, at=at)}")

    def _grant(self, options: dict[str, Any], at: datetime) -> None:
        services.grant_role(_user(options), options["role"], options["organisation"], by=ACTOR, at=at)
        self.stdout.write("granted")

    def _end(self, options: dict[str, Any], at: datetime) -> None:
        held = selectors.assignments_on(at.date()).filter(
            user=_user(options), role=options["role"], organisation__code=options["organisation"]
        )
        if not held:
            raise CommandError("the account does not hold this role there")
        for assignment in held:
            services.end_role(assignment, by=ACTOR, at=at)
        self.stdout.write("ended")

    def _password(self, options: dict[str, Any], at: datetime) -> None:
        services.set_password(_user(options), _password(), by=ACTOR, at=at)
        self.stdout.write("password set")

    def _totp(self, options: dict[str, Any], at: datetime) -> None:
        self.stdout.write(services.enrol_totp(_user(options), by=ACTOR, at=at))

    def _unlock(self, options: dict[str, Any], at: datetime) -> None:
        self.stdout.write(f"{services.unlock(options['login'], by=ACTOR, at=at)} locks lifted")

    def _disable(self, options: dict[str, Any], at: datetime) -> None:
        services.disable(_user(options), by=ACTOR, at=at)
        self.stdout.write("disabled")

    def _enable(self, options: dict[str, Any], at: datetime) -> None:
        services.enable(_user(options), by=ACTOR, at=at)
        self.stdout.write("enabled")

    def _list(self, options: dict[str, Any], at: datetime) -> None:
        for user in User.objects.select_related("organisation"):
            roles = sorted(f"{role}@{code}" for role, code in selectors.held(user, at.date()))
            row = {"login": user.login, "organisation": user.organisation.code, "active": user.is_active}
            self.stdout.write(json.dumps(row | {"roles": roles}))

    def _locked(self, options: dict[str, Any], at: datetime) -> None:
        for login, address, until in lockout.locked(at=at):
            self.stdout.write(f"{login} {address} until {clock.local(until).isoformat()}")


def _user(options: dict[str, Any]) -> User:
    user = User.objects.filter(login=options["login"]).first()
    if user is None:
        raise CommandError(f"no account {options['login']!r}")
    return user


def _password() -> str:
    """A line of standard input; asked for without echo on a terminal."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")
