"""Dynamic passwords (TOTP, RFC 6238) on django-otp's devices, at a given moment.

A code works once: the time step of the last one accepted is kept, and only later steps are accepted. After three wrong
codes in a row the device waits, longer each time, whatever address the attempts come from.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from datetime import datetime, timedelta

from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from policy import clock
from staff.models import User

FREE_FAILURES = 2
LONGEST_WAIT = timedelta(minutes=5)


def enrol(user: User, *, at: datetime, secret: str | None = None) -> str:
    """Give the account a new device in place of any earlier one; returns the secret in Base32, for the app to scan.

    `secret` fixes it (demonstration accounts). The caller writes the trail.
    """
    key = b32decode(secret + "=" * (-len(secret) % 8)).hex() if secret else None
    TOTPDevice.objects.filter(user=user).delete()
    device = TOTPDevice(user=user, name="totp", confirmed=True, created_at=at)
    if key is not None:
        device.key = key
    device.save()
    return secret_of(device)


def device_of(user: User, *, lock: bool = False) -> TOTPDevice | None:
    """The account's device; with `lock`, its row is locked until the transaction ends."""
    rows = TOTPDevice.objects.filter(user=user, confirmed=True).order_by("id")
    return (rows.select_for_update() if lock else rows).first()


def secret_of(device: TOTPDevice) -> str:
    """The secret in Base32 without padding, as authenticator apps take it."""
    return b32encode(device.bin_key).decode().rstrip("=")


def code_at(secret: str, at: datetime) -> str:
    """The code that an authenticator with this secret shows at a moment (demonstrations, tests)."""
    totp = TOTP(b32decode(secret + "=" * (-len(secret) % 8)))
    totp.time = at.timestamp()
    return f"{totp.token():06d}"


def accept(device: TOTPDevice, code: str, *, at: datetime) -> str | None:
    """Check a code against a locked device and keep the outcome. None if it is right, else why not.

    The reasons: `throttled` (too many wrong ones just now), `replayed` (right, but used before), `code`.
    """
    if at < _wait_until(device):
        return "throttled"
    reason = _judge(device, code.strip(), at)
    if reason is None:
        device.throttling_failure_count = 0
        device.throttling_failure_timestamp = None
        device.last_used_at = at
    else:
        device.throttling_failure_count += 1
        device.throttling_failure_timestamp = at
    device.save()
    return reason


def _wait_until(device: TOTPDevice) -> datetime:
    failures, last = device.throttling_failure_count, device.throttling_failure_timestamp
    if failures <= FREE_FAILURES or last is None:
        return datetime.min.replace(tzinfo=clock.SHANGHAI) + timedelta(days=1)
    exponent = min(failures - FREE_FAILURES - 1, 16)
    return last + min(timedelta(seconds=2**exponent), LONGEST_WAIT)


def _judge(device: TOTPDevice, code: str, at: datetime) -> str | None:
    if not (code.isascii() and code.isdigit() and len(code) == device.digits):
        return "code"
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = at.timestamp()
    if totp.verify(int(code), device.tolerance, device.last_t + 1):
        device.last_t = totp.t()
        device.drift = totp.drift
        return None
    earlier = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    earlier.time = at.timestamp()
    return "replayed" if earlier.verify(int(code), device.tolerance) else "code"
