"""Who sent a request: right signature, fresh nonce, active channel."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection

from audit.models import Event
from exchange import channels, signatures
from exchange.models import Channel, Nonce
from exchange.signatures import NotAuthenticated
from policy.clock import SHANGHAI
from policy.errors import InputError, Refused

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
TARGET = "/api/v1/vehicle-applications/"


@pytest.fixture
def made() -> tuple[Channel, str]:
    return channels.create("jingtong", ["vehicles.city"], at=AT, by="system:test")


def signed(secret: str, *, name: str = "jingtong", at: datetime = AT, nonce: str | None = None) -> str:
    return signatures.header(name, secret, "POST", TARGET, b"{}", at=at, nonce=nonce)


def authenticate(header: str | None, *, at: datetime = AT, body: bytes = b"{}") -> Channel:
    return channels.authenticate(header, "POST", TARGET, body, at=at)


def test_a_signed_request_is_its_channels(made: tuple[Channel, str]) -> None:
    assert authenticate(signed(made[1])) == made[0]


def test_the_secret_is_not_readable_in_the_database(made: tuple[Channel, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM exchange_channel WHERE name = 'jingtong'")
        stored = bytes(cursor.fetchone()[0])
    assert made[1].encode() not in stored
    assert Channel.objects.get(name="jingtong").secret == made[1]


def test_a_verbatim_replay_is_refused_and_a_fresh_signature_is_not(made: tuple[Channel, str]) -> None:
    once = signed(made[1])
    authenticate(once)
    with pytest.raises(NotAuthenticated, match="重放"):
        authenticate(once)
    authenticate(signed(made[1]))


def test_nonces_of_two_channels_do_not_meet(made: tuple[Channel, str]) -> None:
    _, other = channels.create("other", ["vehicles.city"], at=AT, by="system:test")
    authenticate(signed(made[1], nonce="same"))
    authenticate(signed(other, name="other", nonce="same"))


def test_a_wrong_signature_burns_no_nonce(made: tuple[Channel, str]) -> None:
    with pytest.raises(NotAuthenticated):
        authenticate(signed("wrong", nonce="n1"))
    assert not Nonce.objects.exists()
    authenticate(signed(made[1], nonce="n1"))


def test_an_unknown_channel_is_told_the_same_as_a_wrong_secret(made: tuple[Channel, str]) -> None:
    said = set()
    for header in (signed(made[1], name="nobody"), signed("wrong")):
        with pytest.raises(NotAuthenticated) as caught:
            authenticate(header)
        said.add(str(caught.value))
    assert len(said) == 1


def test_a_revoked_channel_is_out_and_stays_out(made: tuple[Channel, str]) -> None:
    channels.revoke("jingtong", at=AT, by="system:test")
    again = channels.revoke("jingtong", at=AT + timedelta(hours=1), by="system:test")
    assert again.revoked_at == AT
    with pytest.raises(NotAuthenticated):
        authenticate(signed(made[1]))
    with pytest.raises(Refused, match="duplicate"):
        channels.create("jingtong", ["vehicles.city"], at=AT, by="system:test")


def test_a_nonce_is_kept_as_long_as_its_request_could_come_again(made: tuple[Channel, str]) -> None:
    ahead = AT + timedelta(minutes=5)
    header = signed(made[1], at=ahead)
    authenticate(header)
    last = ahead + timedelta(minutes=5)
    assert channels.sweep_nonces(at=last) == 0
    with pytest.raises(NotAuthenticated, match="重放"):
        authenticate(header, at=last)
    assert channels.sweep_nonces(at=last + timedelta(seconds=2)) == 1
    with pytest.raises(NotAuthenticated, match="时间"):
        authenticate(header, at=last + timedelta(seconds=2))


def test_the_trail_knows_who_made_and_revoked_a_channel_but_no_secret(made: tuple[Channel, str]) -> None:
    channels.revoke("jingtong", at=AT, by="system:test")
    events = list(Event.objects.filter(object_type="channel").order_by("id"))
    assert {event.verb for event in events} == {"channel.created", "channel.revoked"}
    assert all(made[1] not in str(event.data) for event in events)


@pytest.mark.parametrize(
    ("name", "scopes", "rate", "field"),
    [
        ("Upper", ["orders"], 600, "name"),
        ("", ["orders"], 600, "name"),
        ("a" * 65, ["orders"], 600, "name"),
        ('a"b', ["orders"], 600, "name"),
        ("fine", [], 600, "scope"),
        ("fine", ["orders", "everything"], 600, "scope"),
        ("fine", ["orders"], 0, "rate"),
    ],
)
def test_a_malformed_channel_is_not_made(name: str, scopes: list[str], rate: int, field: str) -> None:
    with pytest.raises(InputError) as caught:
        channels.create(name, scopes, at=AT, by="system:test", rate_per_minute=rate)
    assert list(caught.value.fields) == [field]
    assert not Channel.objects.exists()


def test_the_scopes_are_the_contracts() -> None:
    assert set(channels.SCOPES) == {
        "vehicles.national", "vehicles.city", "tokens.claim", "tokens.use", "orders", "products", "lottery.entries",
        "lottery.results", "funding", "facts.police", "facts.tax", "facts.bank", "assessment",
    }  # fmt: skip
