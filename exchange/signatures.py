"""The signature scheme of machine channels (contract §4), free of HTTP types and of the database.

`Authorization: HMAC-SHA256 channel="…",timestamp="…",nonce="…",signature="…"` with the hex HMAC-SHA256, keyed by the
channel's secret, over `METHOD\\nPATH?QUERY\\nTIMESTAMP\\nNONCE\\nHEX-SHA256-OF-BODY\\n`. PATH?QUERY is the request
target raw as sent (no `?` without a query); TIMESTAMP is Unix seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

SCHEME = "HMAC-SHA256"
SKEW = timedelta(minutes=5)
_PARAMETER = re.compile(r'\s*([a-z]+)="([^"\\]*)"\s*')
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NONCE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")


class NotAuthenticated(Exception):
    """The request is not signed, wrongly signed, stale or replayed. The message is safe to show; it names no key."""


@dataclass(frozen=True)
class Presented:
    """What an Authorization header says, syntactically checked; nothing in it is trusted yet."""

    channel: str
    timestamp: int
    nonce: str
    signature: str


def valid_name(name: str) -> bool:
    """Whether a text may be a channel's name: lower-case letters, digits and `._-`, at most 64."""
    return _NAME.fullmatch(name) is not None


def canonical(method: str, target: str, timestamp: int, nonce: str, body: bytes) -> bytes:
    """The bytes that are signed. `target` is PATH?QUERY raw as sent, text in latin-1."""
    digest = hashlib.sha256(body).hexdigest()
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n{digest}\n".encode("latin-1", "replace")


def compute(secret: str, method: str, target: str, timestamp: int, nonce: str, body: bytes) -> str:
    """Hex signature of one request."""
    return hmac.new(secret.encode(), canonical(method, target, timestamp, nonce, body), hashlib.sha256).hexdigest()


def header(
    channel: str, secret: str, method: str, target: str, body: bytes, *, at: datetime, nonce: str | None = None
) -> str:
    """An Authorization header value for a request made at `at` (aware), with a fresh nonce unless one is given."""
    timestamp = int(at.timestamp())
    nonce = nonce or secrets.token_hex(16)
    signature = compute(secret, method.upper(), target, timestamp, nonce, body)
    return f'{SCHEME} channel="{channel}",timestamp="{timestamp}",nonce="{nonce}",signature="{signature}"'


def parse(value: str | None) -> Presented:
    """Read an Authorization header. Raises NotAuthenticated if it is absent or is not exactly of the scheme."""
    if not value:
        raise NotAuthenticated("请求未签名")
    scheme, _, rest = value.partition(" ")
    if scheme.upper() != SCHEME or len(value) > 1000:
        raise NotAuthenticated("签名方式不支持")
    given: dict[str, str] = {}
    for part in rest.split(","):
        match = _PARAMETER.fullmatch(part)
        if match is None or match[1] in given:
            raise NotAuthenticated("签名头格式错误")
        given[match[1]] = match[2]
    if set(given) != {"channel", "timestamp", "nonce", "signature"}:
        raise NotAuthenticated("签名头格式错误")
    well_formed = (
        valid_name(given["channel"])
        and _TIMESTAMP.fullmatch(given["timestamp"])
        and _NONCE.fullmatch(given["nonce"])
        and _SIGNATURE.fullmatch(given["signature"])
    )
    if not well_formed:
        raise NotAuthenticated("签名头格式错误")
    return Presented(given["channel"], int(given["timestamp"]), given["nonce"], given["signature"])


def check(presented: Presented, secret: str, method: str, target: str, body: bytes, *, at: datetime) -> None:
    """Raise NotAuthenticated unless the signature is right (constant-time) and at most five minutes off `at`."""
    expected = compute(secret, method, target, presented.timestamp, presented.nonce, body)
    if not hmac.compare_digest(expected, presented.signature):
        raise NotAuthenticated("签名不正确")
    if abs(at.timestamp() - presented.timestamp) > SKEW.total_seconds():
        raise NotAuthenticated("签名时间超出允许范围")
