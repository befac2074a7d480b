"""Signing in: two factors, lock-out, no code twice, and nothing secret in the trail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from audit.models import Event
from policy import clock
from policy.clock import SHANGHAI
from policy.errors import Refused
from staff import lockout, services, totp
from staff.models import User
from staff.services import SignInFailed

AT = datetime(2026, 3, 16, 9, 30, tzinfo=SHANGHAI)
PASSWORD = "a long enough passphrase"
HERE, THERE = "10.1.0.7", "10.1.0.8"


@dataclass
class Clerk:
    """An account with what its owner knows and has."""

    user: User
    secret: str

    def enter(
        self, *, login: str = "CY-0127", password: str = PASSWORD, code: str | None = None,
        address: str = HERE, at: datetime = AT,
    ) -> User:  # fmt: skip
        """Try to sign in; with the right code of the moment unless another is given."""
        shown = totp.code_at(self.secret, at) if code is None else code
        return services.authenticate(login, password, shown, address=address, at=at)

    def fail(self, **changes: Any) -> SignInFailed:
        """Try and be refused."""
        with pytest.raises(SignInFailed) as failed:
            self.enter(**changes)
        return failed.value


def make_clerk() -> Clerk:
    user = services.create_user(
        "CY-0127", display_name="陈某", organisation="chaoyang", by="system:test", at=AT, password=PASSWORD,
        roles=["district_reviewer"],
    )  # fmt: skip
    return Clerk(user, services.enrol_totp(user, by="system:test", at=AT))


@pytest.fixture
def clerk(db: None) -> Clerk:
    return make_clerk()


def reasons() -> list[str]:
    """What the trail says of failures, in order."""
    return [event.data["reason"] for event in Event.objects.filter(verb="staff.sign_in_failed").order_by("id")]


def test_right_login_password_and_code(clerk: Clerk) -> None:
    user: Any = clerk.enter()
    assert user == clerk.user
    assert user.otp_device.user_id == user.pk
    assert user.backend == services.BACKEND
    assert User.objects.get(pk=user.pk).last_login == AT
    assert Event.objects.get(verb="staff.signed_in").actor == "staff:CY-0127"


def test_wrong_password_wrong_code_and_unknown_login_look_alike(clerk: Clerk) -> None:
    failures = [
        clerk.fail(password="wrong"),
        clerk.fail(code="000000", address=THERE),
        clerk.fail(login="CY-9999"),
    ]
    assert {(f.reason, f.remaining, f.message, f.field) for f in failures} == {
        ("credentials", 4, "登录名、口令或动态口令不正确（每个动态口令只能使用一次）。还可尝试 4 次。", "")
    }
    assert reasons() == ["password", "code", "unknown"]


def test_nothing_secret_is_in_the_trail(clerk: Clerk) -> None:
    clerk.fail(password="my wrong secret")
    clerk.fail(login="13800138000", password="x")
    clerk.fail(login="typed my passphrase here")
    rows = str(list(Event.objects.values("actor", "object_id", "data")))
    for secret in ("my wrong secret", "13800138000", "passphrase"):
        assert secret not in rows


def test_a_code_works_once(clerk: Clerk) -> None:
    clerk.enter()
    assert clerk.fail().reason == "credentials"
    assert reasons() == ["replayed"]
    assert clerk.enter(at=AT + timedelta(seconds=30)) == clerk.user


def test_an_earlier_code_is_worth_nothing_after_a_later_one(clerk: Clerk) -> None:
    clerk.enter(at=AT + timedelta(seconds=30))
    clerk.fail(code=totp.code_at(clerk.secret, AT), at=AT + timedelta(seconds=31))
    assert reasons() == ["replayed"]


@pytest.mark.parametrize("seconds", [-90, 90])
def test_codes_of_other_minutes_do_not_work(clerk: Clerk, seconds: int) -> None:
    clerk.fail(code=totp.code_at(clerk.secret, AT + timedelta(seconds=seconds)))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "12 456"])
def test_malformed_codes_are_wrong_codes(clerk: Clerk, code: str) -> None:
    assert clerk.fail(code=code).reason == "credentials"


def test_without_device_nobody_enters(db: None) -> None:
    user = services.create_user(
        "CY-1", display_name="某", organisation="chaoyang", by="system:test", at=AT, password=PASSWORD
    )
    with pytest.raises(SignInFailed) as failed:
        services.authenticate(user.login, PASSWORD, "", address=HERE, at=AT)
    assert failed.value.reason == "not_enrolled"
    with pytest.raises(SignInFailed) as failed:
        services.authenticate(user.login, "wrong", "", address=HERE, at=AT)
    assert failed.value.reason == "credentials", "only who knows the password learns that"


def test_a_disabled_account_is_told_so_to_its_owner_only(clerk: Clerk) -> None:
    services.disable(clerk.user, by="system:test", at=AT)
    assert clerk.fail().reason == "disabled"
    assert clerk.fail(password="wrong").reason == "credentials"


def test_five_failures_lock_this_login_at_this_address(clerk: Clerk) -> None:
    left = [clerk.fail(password="wrong") for _ in range(5)]
    assert [(f.reason, f.remaining) for f in left] == [
        ("credentials", 4), ("credentials", 3), ("credentials", 2), ("credentials", 1), ("locked", 0),
    ]  # fmt: skip
    assert clerk.fail().locked, "the right password does not help any more"
    assert clerk.enter(address=THERE) == clerk.user, "another address is not locked"
    assert Event.objects.filter(verb="staff.locked_out").count() == 1


def test_an_unknown_login_is_locked_as_well(clerk: Clerk) -> None:
    assert [clerk.fail(login="nobody").locked for _ in range(6)] == [False] * 4 + [True] * 2


def test_success_forgets_failures(clerk: Clerk) -> None:
    for _ in range(4):
        clerk.fail(password="wrong")
    clerk.enter()
    assert clerk.fail(password="wrong").remaining == 4


def test_the_lock_ends_by_itself(clerk: Clerk) -> None:
    for _ in range(5):
        clerk.fail(password="wrong")
    end = AT + lockout.cooloff()
    assert clerk.fail(at=end - timedelta(seconds=1)).locked
    assert clerk.fail(password="wrong", at=end).remaining == 4, "old failures are forgotten"
    assert clerk.enter(at=end + timedelta(seconds=60)) == clerk.user


def test_attempts_while_locked_do_not_prolong_the_lock(clerk: Clerk) -> None:
    for _ in range(5):
        clerk.fail(password="wrong")
    clerk.fail(at=AT + lockout.cooloff() - timedelta(seconds=1))
    assert clerk.enter(at=AT + lockout.cooloff()) == clerk.user


def test_the_security_administrator_unlocks(clerk: Clerk) -> None:
    for _ in range(5):
        clerk.fail(password="wrong")
    assert [(login, address) for login, address, _ in lockout.locked(at=AT)] == [("CY-0127", HERE)]
    with pytest.raises(Refused):
        services.unlock("CY-0127", by=clerk.user, at=AT)
    with clock.frozen(AT):
        admin = services.create_user(
            "AQ-1", display_name="某", organisation="bureau", by="system:test", at=AT, roles=["security_admin"]
        )
        assert services.unlock("CY-0127", by=admin, at=AT) == 1
    assert clerk.enter() == clerk.user
    assert Event.objects.get(verb="staff.unlocked").actor == "staff:AQ-1"


def test_wrong_codes_from_many_addresses_make_the_device_wait(clerk: Clerk) -> None:
    """Without this the code of somebody whose password leaked could be tried from as many addresses as it takes."""
    for number in range(10):
        clerk.fail(code="000000", address=f"10.2.0.{number}")
    assert reasons()[-1] == "throttled"
    clerk.fail(address=THERE)
    assert reasons()[-1] == "throttled", "even the right code waits"
    assert clerk.enter(address="10.2.1.1", at=AT + totp.LONGEST_WAIT) == clerk.user


def test_guesses_sent_at_once_are_counted_one_by_one(fresh_db: str) -> None:
    clerk = make_clerk()

    def guess(number: int) -> str:
        try:
            services.authenticate("CY-0127", f"guess {number}", "000000", address=HERE, at=AT)
        except SignInFailed as failed:
            return failed.reason
        finally:
            connection.close()
        return "in"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(16)))
    assert sorted(outcomes) == ["credentials"] * 4 + ["locked"] * 12
    assert reasons().count("password") == 5
    assert clerk.fail().locked


def test_one_code_sent_twice_at_once_opens_once(fresh_db: str) -> None:
    clerk = make_clerk()

    def enter(address: str) -> bool:
        try:
            return bool(clerk.enter(address=address))
        except SignInFailed:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(enter, [f"10.3.0.{n}" for n in range(4)])) == [False] * 3 + [True]


def test_failures_are_kept_though_the_caller_is_refused(fresh_db: str) -> None:
    make_clerk().fail(password="wrong")
    assert reasons() == ["password"]


def test_idle_time_out_through_the_middleware(clerk: Clerk, client: Any, settings: Any) -> None:
    settings.SESSION_IDLE_SECONDS = 600
    client.force_login(clerk.user, backend=services.BACKEND)
    with clock.frozen(AT):
        client.get("/healthz")
        assert client.session.get("_auth_user_id") == str(clerk.user.pk)
    with clock.frozen(AT + timedelta(seconds=599)):
        client.get("/healthz")
        assert client.session.get("_auth_user_id") == str(clerk.user.pk)
    with clock.frozen(AT + timedelta(seconds=599 + 600)):
        client.get("/healthz")
    assert client.session.get("_auth_user_id") is None
    assert Event.objects.get(verb="staff.session_expired").object_id == "CY-0127"


def test_passwords_are_hashed_slowly_in_earnest() -> None:
    """The tests' own hasher is quick; what the settings file says must not be."""
    from django.conf import global_settings

    from config import settings as written

    hashers = getattr(written, "PASSWORD_HASHERS", global_settings.PASSWORD_HASHERS)
    assert hashers[0].rpartition(".")[2] in {"PBKDF2PasswordHasher", "ScryptPasswordHasher", "Argon2PasswordHasher"}
