"""The signature scheme of the contract §4, by vectors computed by hand with another tool's primitives."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from exchange import signatures
from exchange.signatures import NotAuthenticated

SECRET = "s3cret"
AT = datetime(2026, 3, 1, 2, 15, tzinfo=UTC)
BODY = '{"a": "京"}'.encode()
TARGET = "/api/v1/vehicle-applications/?x=%20a&y=%E4%BA%AC"


def by_hand(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
    text = "\n".join([method, target, timestamp, nonce, hashlib.sha256(body).hexdigest(), ""])
    return hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest()


def header(**changes: str) -> str:
    given = {"channel": "jingtong", "timestamp": str(int(AT.timestamp())), "nonce": "n-1", "signature": "0" * 64}
    given |= changes
    return "HMAC-SHA256 " + ",".join(f'{name}="{value}"' for name, value in given.items())


def test_the_signed_text_is_the_contracts() -> None:
    assert signatures.canonical("POST", TARGET, 1772331300, "n-1", b"") == (
        b"POST\n/api/v1/vehicle-applications/?x=%20a&y=%E4%BA%AC\n1772331300\nn-1\n"
        b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
    )


def test_a_fixed_vector() -> None:
    # printf 'POST\n/api/v1/x/\n1772331300\nn-1\n<sha256 of {}>\n' | openssl dgst -sha256 -hmac s3cret
    assert (
        signatures.compute(SECRET, "POST", "/api/v1/x/", 1772331300, "n-1", b"{}")
        == "a00b5ba815af6ea11eba3b5c07e7dc7ff2826b6f9594e3654c0d7e29af104d0f"
    )


def test_a_header_made_here_is_read_and_holds() -> None:
    made = signatures.header("jingtong", SECRET, "post", TARGET, BODY, at=AT)
    presented = signatures.parse(made)
    assert presented.signature == by_hand("POST", TARGET, str(presented.timestamp), presented.nonce, BODY)
    signatures.check(presented, SECRET, "POST", TARGET, BODY, at=AT)


def test_two_headers_have_two_nonces() -> None:
    first, second = (signatures.parse(signatures.header("j", SECRET, "GET", "/", b"", at=AT)) for _ in range(2))
    assert first.nonce != second.nonce


@pytest.mark.parametrize(
    ("method", "target", "body", "secret"),
    [
        ("PUT", TARGET, BODY, SECRET),
        ("POST", TARGET.replace("x=", "z="), BODY, SECRET),
        ("POST", TARGET.replace("%20", "+"), BODY, SECRET),
        ("POST", TARGET.partition("?")[0], BODY, SECRET),
        ("POST", TARGET.replace("v1", "v2"), BODY, SECRET),
        ("POST", TARGET, BODY + b" ", SECRET),
        ("POST", TARGET, BODY, "other"),
    ],
)
def test_any_change_breaks_it(method: str, target: str, body: bytes, secret: str) -> None:
    presented = signatures.parse(signatures.header("jingtong", SECRET, "POST", TARGET, BODY, at=AT))
    with pytest.raises(NotAuthenticated, match="签名不正确"):
        signatures.check(presented, secret, method, target, body, at=AT)


@pytest.mark.parametrize(("off", "good"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_five_minutes_of_skew_both_ways(off: int, good: bool) -> None:
    presented = signatures.parse(signatures.header("jingtong", SECRET, "POST", TARGET, BODY, at=AT))
    now = AT + timedelta(seconds=off)
    if good:
        signatures.check(presented, SECRET, "POST", TARGET, BODY, at=now)
    else:
        with pytest.raises(NotAuthenticated, match="时间"):
            signatures.check(presented, SECRET, "POST", TARGET, BODY, at=now)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "Bearer abc",
        "HMAC-SHA256",
        "HMAC-SHA256 ",
        header().replace(',nonce="n-1"', ""),
        header() + ',nonce="n-2"',
        header() + ',extra="1"',
        header(channel="Upper Case"),
        header(channel="a/../b"),
        header(timestamp="12e3"),
        header(timestamp="-5"),
        header(timestamp="1" * 13),
        header(timestamp="１２３"),
        header(nonce=""),
        header(nonce="a b"),
        header(nonce="n" * 129),
        header(signature="A" * 64),
        header(signature="0" * 63),
        header().replace('"', "'"),
        header() + " " * 1000,
    ],
)
def test_a_header_of_another_form_is_not_a_signature(value: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        signatures.parse(value)


def test_blanks_between_parameters_and_the_case_of_the_scheme_do_not_matter() -> None:
    assert signatures.parse(header().replace(",", ", ").replace("HMAC", "hmac")).nonce == "n-1"
