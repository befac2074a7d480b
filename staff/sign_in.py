"""Signing in: login, password and dynamic password together, with lock-out; every outcome is in the trail."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from audit import services as trail
from staff import lockout, totp
from staff.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"

_MESSAGES = {
    "credentials": "登录名、口令或动态口令不正确（每个动态口令只能使用一次）。",
    "locked": "连续失败次数过多，登录已锁定。请稍后再试，或联系安全管理员解除锁定。",
    "not_enrolled": "该账号尚未绑定动态口令，请联系安全管理员。",
    "disabled": "该账号已停用，请联系安全管理员。",
}


class SignInFailed(Exception):
    """Nobody was signed in. `reason`: credentials, locked, not_enrolled, disabled; `message` is Chinese, to be shown.

    `remaining` attempts are left before lock-out. `not_enrolled` and `disabled` are said only to who knew the password;
    whether login, password or code was wrong is said to nobody.
    """

    def __init__(self, reason: str, remaining: int) -> None:
        self.reason = reason
        self.remaining = remaining
        self.message = _MESSAGES[reason]
        if reason == "credentials":
            self.message += f"还可尝试 {remaining} 次。"
        super().__init__(reason)

    @property
    def locked(self) -> bool:
        """Whether sign-in is locked now."""
        return self.reason == "locked"

    @property
    def field(self) -> str:
        """The form's field the message belongs to: none, for telling which was wrong would help a stranger."""
        return ""


def authenticate(login: str, password: str, code: str, *, address: str, at: datetime) -> User:
    """The account that these three belong to, or `SignInFailed`.

    For a page to open its session with: `django.contrib.auth.login(request, user)` (rotates the session key) and
    `django_otp.login(request, user.otp_device)`. `address` is the client's IP address. Commits by itself, also on
    failure, so it must not run in a transaction.
    """
    with transaction.atomic(durable=True):
        user, why = _attempt(login, password, code, address=address, at=at)
        if user is not None and why is None:
            lockout.forget(user.login, address)
            User.objects.filter(pk=user.pk).update(last_login=at)
            _record("staff.signed_in", user.login, at=at)
            return user
        failure = _fail(login, user, why or "unknown", address=address, at=at)
    raise failure


def _attempt(login: str, password: str, code: str, *, address: str, at: datetime) -> tuple[User | None, str | None]:
    """The account if there is one, and why it is not let in (None = it is)."""
    user = User.objects.select_related("organisation").filter(login=login[:41]).first()
    key = _key(login, user)
    lockout.take_turn(key, address)
    if lockout.is_locked(key, address, at=at):
        return user, "locked"
    if user is None:
        make_password(password)  # as slow as for an account that exists
        return None, "unknown"
    if not user.check_password(password):
        return user, "password"
    if not user.is_active:
        return user, "disabled"
    device = totp.device_of(user, lock=True)
    if device is None:
        return user, "not_enrolled"
    why = totp.accept(device, code, at=at)
    if why is None:
        attached: Any = user
        attached.otp_device = device
        attached.backend = BACKEND
    return user, why


def _fail(login: str, user: User | None, why: str, *, address: str, at: datetime) -> SignInFailed:
    key = _key(login, user)
    if why == "locked":
        _record("staff.sign_in_failed", key, at=at, reason=why)
        return SignInFailed("locked", 0)
    remaining = lockout.count_failure(key, address, at=at)
    _record("staff.sign_in_failed", key, at=at, reason=why)
    if remaining == 0:
        _record("staff.locked_out", key, at=at, ip=address)
        return SignInFailed("locked", 0)
    return SignInFailed(why if why in ("disabled", "not_enrolled") else "credentials", remaining)


def _key(login: str, user: User | None) -> str:
    """The login, or a digest for one that does not exist: people type passwords and phone numbers there."""
    if user is not None:
        return user.login
    digest = hmac.digest(settings.PORTAL_LOOKUP_KEY, b"login\x00" + login.encode("utf-8", "replace"), hashlib.sha256)
    return f"unknown-{digest.hex()[:16]}"


def _record(verb: str, login: str, *, at: datetime, **data: str) -> None:
    trail.record(verb, actor=f"staff:{login}", at=at, object_type="account", object_id=login, data=data)
