"""`manage.py staff`: from an empty portal to somebody who can sign in."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import Event
from policy import clock
from staff import services, totp
from staff.services import SignInFailed

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough passphrase"


def run(*arguments: str, typed: str = "", monkeypatch: pytest.MonkeyPatch | None = None) -> str:
    if monkeypatch is not None:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed + "\n"))
    out = io.StringIO()
    call_command("staff", *arguments, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    """The TOTP secret of AQ-0001, a security administrator made by the command."""
    printed = run(
        "create", "AQ-0001", "--name", "某", "--organisation", "bureau", "--role", "security_admin",
        typed=PASSWORD, monkeypatch=monkeypatch,
    )  # fmt: skip
    return printed.rpartition(" ")[2]


def enter(secret: str, password: str = PASSWORD) -> Any:
    at = clock.now()
    return services.authenticate("AQ-0001", password, totp.code_at(secret, at), address="10.0.0.1", at=at)


def test_made_account_signs_in(secret: str) -> None:
    assert enter(secret).login == "AQ-0001"
    assert json.loads(run("list")) == {
        "login": "AQ-0001", "organisation": "bureau", "active": True, "roles": ["security_admin@bureau"],
    }  # fmt: skip
    assert {event.actor for event in Event.objects.exclude(verb="staff.signed_in")} == {"system:console"}


def test_locked_out_and_unlocked(secret: str) -> None:
    for _ in range(5):
        with pytest.raises(SignInFailed):
            enter(secret, "wrong")
    assert run("locked").startswith("AQ-0001 10.0.0.1 until ")
    assert run("unlock", "AQ-0001") == "1 locks lifted"
    assert run("locked") == ""
    assert enter(secret).login == "AQ-0001"


def test_roles_are_given_and_ended(secret: str) -> None:
    run("grant", "AQ-0001", "hotline", "bureau")
    run("end", "AQ-0001", "security_admin", "bureau")
    assert json.loads(run("list"))["roles"] == ["hotline@bureau"]
    with pytest.raises(CommandError, match="does not hold"):
        run("end", "AQ-0001", "auditor", "bureau")


def test_conflicts_are_one_clear_line(secret: str) -> None:
    with pytest.raises(CommandError, match="不相容"):
        run("grant", "AQ-0001", "audit_admin", "bureau")
    with pytest.raises(CommandError, match="no account"):
        run("disable", "nobody")


def test_closed_and_opened(secret: str) -> None:
    run("disable", "AQ-0001")
    with pytest.raises(SignInFailed):
        enter(secret)
    run("enable", "AQ-0001")
    assert enter(secret).login == "AQ-0001"


def test_new_password_and_new_device(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run("password", "AQ-0001", typed="another long passphrase", monkeypatch=monkeypatch)
    fresh = run("totp", "AQ-0001")
    with pytest.raises(SignInFailed):
        enter(secret, "another long passphrase")
    assert enter(fresh, "another long passphrase").login == "AQ-0001"
    with pytest.raises(CommandError, match="password"):
        run("password", "AQ-0001", typed="short", monkeypatch=monkeypatch)
