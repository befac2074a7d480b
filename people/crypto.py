"""Encryption of personal data behind one small interface, and the keyed digests by which it is found.

`Cipher` is all that the rest of the portal knows: a certified module or a key service replaces `Sm4GcmCipher` by
implementing its two methods. A ciphertext says which key made it, so that keys can be rotated row by row:

    version (1 byte) | length of key id (1) | key id | nonce (12) | ciphertext | tag (16)

The header and the place the value belongs to (`people.Person.name`) are authenticated with it: a ciphertext copied
into another column, or relabelled with another key id, does not open.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher as Engine
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from django.conf import settings

VERSION = 1
KEY_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
# Identifiers, folded to one spelling before they are digested; and texts that are digested as they are.
IDENTIFIERS = frozenset({"id_number", "phone", "account", "name", "vin"})
VERBATIM = frozenset({"content", "import"})


class CipherError(Exception):
    """A value cannot be opened. The message names the place and the key id, never the value."""


class UnknownKey(CipherError):
    """The value was encrypted with a key that is not configured any more."""


class Cipher(Protocol):
    """Authenticated encryption of short texts. `place` binds a value to its column."""

    def encrypt(self, plaintext: bytes, *, place: str) -> bytes:
        """Encrypt with the current key; every call gives another ciphertext."""

    def decrypt(self, ciphertext: bytes, *, place: str) -> bytes:
        """The plaintext; `UnknownKey` or `CipherError` if it does not open."""

    def is_current(self, ciphertext: bytes) -> bool:
        """Whether the current key made this ciphertext."""


class Sm4GcmCipher:
    """SM4-GCM (GB/T 32907, GB/T 36624) with a ring of keys; the first one encrypts, all of them decrypt."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ValueError("PORTAL_FIELD_KEYS is empty: personal data cannot be stored")
        for key_id, key in keys.items():
            if len(key) != KEY_BYTES:
                raise ValueError(f"field key {key_id!r} must have {KEY_BYTES} bytes")
            if not 1 <= len(key_id.encode()) <= 64:
                raise ValueError(f"field key id {key_id!r} must have 1 to 64 bytes")
        self._keys = dict(keys)
        self.current = next(iter(self._keys))
        self._header = header(self.current)

    def encrypt(self, plaintext: bytes, *, place: str) -> bytes:
        """Encrypt with the current key and a random nonce."""
        nonce = os.urandom(NONCE_BYTES)
        engine = Engine(algorithms.SM4(self._keys[self.current]), modes.GCM(nonce)).encryptor()
        engine.authenticate_additional_data(self._header + place.encode())
        body = engine.update(plaintext) + engine.finalize()
        return self._header + nonce + body + engine.tag

    def decrypt(self, ciphertext: bytes, *, place: str) -> bytes:
        """Open a ciphertext of this ring; raises `UnknownKey`, or `CipherError` if it was changed or moved."""
        key_id = key_id_of(ciphertext)
        key = self._keys.get(key_id)
        if key is None:
            raise UnknownKey(f"{place}: encrypted with key {key_id!r}, which is not among PORTAL_FIELD_KEYS")
        head = header(key_id)
        nonce = ciphertext[len(head) : len(head) + NONCE_BYTES]
        body, tag = ciphertext[len(head) + NONCE_BYTES : -TAG_BYTES], ciphertext[-TAG_BYTES:]
        engine = Engine(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        engine.authenticate_additional_data(head + place.encode())
        try:
            return engine.update(body) + engine.finalize()
        except InvalidTag:
            raise CipherError(f"{place}: the stored value was changed, or belongs to another place") from None

    def is_current(self, ciphertext: bytes) -> bool:
        """Whether the first key of the ring made this ciphertext."""
        return ciphertext.startswith(self._header)


def header(key_id: str) -> bytes:
    """The clear head of a ciphertext made with this key."""
    name = key_id.encode()
    return bytes([VERSION, len(name)]) + name


def key_id_of(ciphertext: bytes) -> str:
    """The id of the key that made a ciphertext; `CipherError` if it is not one of ours."""
    shortest = 2 + 1 + NONCE_BYTES + TAG_BYTES
    if len(ciphertext) < shortest or ciphertext[0] != VERSION:
        raise CipherError("the stored value is not a ciphertext of this portal")
    end = 2 + ciphertext[1]
    if len(ciphertext) < end + NONCE_BYTES + TAG_BYTES:
        raise CipherError("the stored value is cut off")
    return ciphertext[2:end].decode("utf-8", "replace")


@lru_cache(maxsize=8)
def _ring(keys: tuple[tuple[str, bytes], ...]) -> Sm4GcmCipher:
    return Sm4GcmCipher(dict(keys))


def cipher() -> Cipher:
    """The cipher of the configured key ring (`PORTAL_FIELD_KEYS`)."""
    return _ring(tuple(settings.PORTAL_FIELD_KEYS.items()))


def normalise(kind: str, value: str) -> str:
    """One spelling for each identifier: full-width forms folded, blanks and hyphens gone, letters upper case."""
    text = unicodedata.normalize("NFKC", value).strip()
    if kind == "name":
        return " ".join(text.split()).upper()
    return "".join(text.split()).replace("-", "").upper()


def lookup_digest(kind: str, value: str) -> bytes:
    """HMAC-SM3 (GB/T 32905) of a value, 32 bytes, under the lookup key; each kind is a domain of its own.

    Equal values give equal digests, so a person can be found without any decryption; without the key nobody can try
    out the few possible id numbers.
    """
    if kind not in IDENTIFIERS | VERBATIM:
        raise ValueError(f"unknown kind of lookup: {kind!r}")
    text = normalise(kind, value) if kind in IDENTIFIERS else value
    mac = hmac.HMAC(settings.PORTAL_LOOKUP_KEY, hashes.SM3())
    mac.update(kind.encode() + b"\x00" + text.encode())
    return mac.finalize()
