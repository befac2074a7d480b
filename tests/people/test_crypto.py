"""Ciphertexts open only with their key and in their place; digests find without opening."""

from __future__ import annotations

from typing import Any

import pytest

from people import crypto
from people.crypto import CipherError, Sm4GcmCipher, UnknownKey, lookup_digest

OLD, NEW = bytes(range(16)), bytes(range(16, 32))
PLACE = "people.Person.name"


def test_round_trip_and_no_two_alike() -> None:
    ring = Sm4GcmCipher({"k1": OLD})
    one, two = (ring.encrypt("李娜".encode(), place=PLACE) for _ in range(2))
    assert one != two
    assert ring.decrypt(one, place=PLACE).decode() == "李娜"
    assert "李娜".encode() not in one


def test_is_sm4_gcm_with_the_documented_layout() -> None:
    """Against the library's primitives: header, nonce, body, tag; the header and the place are authenticated."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    made = Sm4GcmCipher({"k1": OLD}).encrypt(b"value", place=PLACE)
    assert made[:4] == b"\x01\x02k1"
    nonce, body, tag = made[4:16], made[16:-16], made[-16:]
    assert len(body) == len(b"value")
    engine = Cipher(algorithms.SM4(OLD), modes.GCM(nonce, tag)).decryptor()
    engine.authenticate_additional_data(made[:4] + PLACE.encode())
    assert engine.update(body) + engine.finalize() == b"value"


def test_another_place_does_not_open() -> None:
    ring = Sm4GcmCipher({"k1": OLD})
    with pytest.raises(CipherError, match="another place"):
        ring.decrypt(ring.encrypt(b"x", place=PLACE), place="people.Person.phone")


@pytest.mark.parametrize("position", [0, 1, 2, 4, 20, -1])
def test_a_changed_byte_does_not_open(position: int) -> None:
    ring = Sm4GcmCipher({"k1": OLD, "k2": NEW})
    made = bytearray(ring.encrypt(b"some value", place=PLACE))
    made[position] ^= 1
    with pytest.raises(CipherError):
        ring.decrypt(bytes(made), place=PLACE)


def test_key_id_cannot_be_relabelled() -> None:
    made = Sm4GcmCipher({"k1": OLD}).encrypt(b"x", place=PLACE)
    with pytest.raises(CipherError):
        Sm4GcmCipher({"k2": OLD}).decrypt(made.replace(b"k1", b"k2", 1), place=PLACE)


def test_unknown_key_is_named_and_the_value_is_not() -> None:
    made = Sm4GcmCipher({"k1": OLD}).encrypt(b"secret", place=PLACE)
    with pytest.raises(UnknownKey, match=r"people\.Person\.name.*'k1'.*PORTAL_FIELD_KEYS"):
        Sm4GcmCipher({"k2": NEW}).decrypt(made, place=PLACE)


def test_first_key_encrypts_and_all_decrypt() -> None:
    made = Sm4GcmCipher({"k1": OLD}).encrypt(b"x", place=PLACE)
    ring = Sm4GcmCipher({"k2": NEW, "k1": OLD})
    assert ring.decrypt(made, place=PLACE) == b"x"
    assert not ring.is_current(made)
    assert ring.is_current(ring.encrypt(b"x", place=PLACE))


@pytest.mark.parametrize("keys", [{}, {"k1": b"short"}, {"": OLD}, {"k" * 65: OLD}])
def test_unusable_keys_are_refused(keys: dict[str, bytes]) -> None:
    with pytest.raises(ValueError):
        Sm4GcmCipher(keys)


@pytest.mark.parametrize("value", [b"", b"\x01", b"\x02" + bytes(40), b"\x01\x3f" + bytes(30)])
def test_what_is_no_ciphertext_is_an_error(value: bytes) -> None:
    with pytest.raises(CipherError):
        Sm4GcmCipher({"k1": OLD}).decrypt(value, place=PLACE)


def test_lookup_is_hmac_sm3(settings: Any) -> None:
    from cryptography.hazmat.primitives import hashes, hmac

    settings.PORTAL_LOOKUP_KEY = b"lookup key of this test"
    mac = hmac.HMAC(b"lookup key of this test", hashes.SM3())
    mac.update(b"id_number\x0011010119800101002X")
    assert lookup_digest("id_number", "11010119800101002x") == mac.finalize()


def test_lookups_of_kinds_and_keys_differ(settings: Any) -> None:
    digests = {lookup_digest(kind, "13800138000") for kind in crypto.IDENTIFIERS | crypto.VERBATIM}
    assert len(digests) == len(crypto.IDENTIFIERS | crypto.VERBATIM)
    settings.PORTAL_LOOKUP_KEY = b"another lookup key"
    assert lookup_digest("phone", "13800138000") not in digests


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("id_number", "11010119800101002x", " 11010119800101002X "),
        ("id_number", "１１０１０１１９８００１０１００２９", "110101198001010029"),
        ("phone", "138-0013-8000", "13800138000"),
        ("account", "6222 0202 0000 0001 236", "6222020200000001236"),
        ("vin", "lgxce6cdxt0123456", "LGXCE6CDXT0123456"),
        ("name", " Anna  Smith", "ANNA SMITH"),
    ],
)
def test_spellings_of_one_value_are_found(kind: str, one: str, other: str) -> None:
    assert lookup_digest(kind, one) == lookup_digest(kind, other)


def test_texts_are_digested_as_they_are() -> None:
    assert lookup_digest("content", "2026-01-01") != lookup_digest("content", "20260101")


def test_unknown_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="kind"):
        lookup_digest("shoe size", "43")
