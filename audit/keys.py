"""Keys of the trail. All come from PORTAL_AUDIT_KEY, which is kept outside the database."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings


@lru_cache(maxsize=32)
def _derived(root: bytes, purpose: str) -> bytes:
    if len(root) < 16:
        raise ValueError("PORTAL_AUDIT_KEY must have at least 16 bytes")
    return hmac.digest(root, b"portal trail: " + purpose.encode(), hashlib.sha256)


def mac(purpose: str, message: bytes) -> bytes:
    """HMAC-SHA256 of a message, 32 bytes, under the key of this purpose (row, subject, change)."""
    return hmac.digest(_derived(bytes(settings.PORTAL_AUDIT_KEY), purpose), message, hashlib.sha256)


@lru_cache(maxsize=8)
def _signing(root: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_derived(root, "signing of seals"))


def signing_key() -> Ed25519PrivateKey:
    """The Ed25519 key that signs seals; a witness needs only its public half."""
    return _signing(bytes(settings.PORTAL_AUDIT_KEY))


def public_key() -> Ed25519PublicKey:
    """The public half, with which anyone can check a head."""
    return signing_key().public_key()


def public_key_hex() -> str:
    """The 32 raw bytes of the public key in hex, as handed to a witness."""
    return public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
