"""Passwords and TOTP secrets of the demonstration accounts, derived from the portal's own secret key.

So every portal has its own, none stands in the repository, none lies in a file, and `demo logins` can print them as
often as wanted. Whoever knows SECRET_KEY knows them: demonstration accounts exist only in a demonstration portal.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.contrib.auth.hashers import make_password


def password(login: str) -> str:
    """The account's password: 20 letters and digits in groups of five (100 bits)."""
    text = b32encode(_derive("password", login)).decode().lower()
    return "-".join(text[start : start + 5] for start in range(0, 20, 5))


def totp_secret(login: str) -> str:
    """The account's TOTP secret, 20 bytes in Base32 without padding, as an authenticator app takes it."""
    return b32encode(_derive("totp", login)[:20]).decode().rstrip("=")


def password_hashes(logins: list[str]) -> dict[str, str]:
    """The stored form of each password. Hashing is slow by design and lets go of the interpreter: two at a time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip(logins, pool.map(lambda login: make_password(password(login)), logins), strict=True))


def _derive(purpose: str, login: str) -> bytes:
    message = f"demonstration {purpose}\x00{login}".encode()
    return hmac.digest(settings.SECRET_KEY.encode(), message, hashlib.sha256)
