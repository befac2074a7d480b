"""Who comes in: signature, replay, time, scope, rate, size, method, address. Every refusal is JSON with a code."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisDown

from exchange import channels
from exchange.models import IdempotencyRecord, Nonce
from policy import clock
from review.models import Case
from tests.api.conftest import NOW
from tests.api.machine import APPLICATIONS, Machine, replacement, scrappage

BODY = json.dumps(scrappage(), ensure_ascii=False).encode()


def refused(response: Any, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code), response.content.decode()
    assert response["Content-Type"] == "application/json"
    assert not Case.objects.exists()


def test_a_verbatim_replay_is_401_though_the_key_is_known(national: Machine) -> None:
    header = national.sign("POST", APPLICATIONS, BODY)
    first = national.send("POST", APPLICATIONS, BODY, key="k", authorization=header)
    replay = national.send("POST", APPLICATIONS, BODY, key="k", authorization=header)
    assert (first.status_code, replay.status_code, replay.json()["code"]) == (201, 401, "unauthenticated")
    assert replay["WWW-Authenticate"].startswith("HMAC-SHA256")
    assert Case.objects.count() == 1


def test_the_nonce_of_a_request_that_failed_is_burnt_too(national: Machine) -> None:
    header = national.sign("POST", APPLICATIONS, b"{}")
    assert national.send("POST", APPLICATIONS, b"{}", authorization=header).status_code == 400
    refused(national.send("POST", APPLICATIONS, b"{}", authorization=header), 401, "unauthenticated")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_stale_or_early_signature_is_401(national: Machine, minutes: int) -> None:
    header = national.sign("POST", APPLICATIONS, BODY, at=NOW + timedelta(minutes=minutes))
    refused(national.send("POST", APPLICATIONS, BODY, authorization=header), 401, "unauthenticated")
    assert not Nonce.objects.exists()


@pytest.mark.parametrize(
    ("target", "body"),
    [(APPLICATIONS + "?a=1", BODY), (APPLICATIONS, BODY + b" "), ("/api/v1/facts/police/", BODY)],
)
def test_what_is_sent_must_be_what_was_signed(national: Machine, target: str, body: bytes) -> None:
    header = national.sign("POST", APPLICATIONS, BODY)
    refused(national.send("POST", target, body, authorization=header), 401, "unauthenticated")


@pytest.mark.parametrize("header", ["", "Bearer x", 'HMAC-SHA256 channel="national"', "HMAC-SHA256 " + "x" * 5000])
def test_no_signature_is_401(national: Machine, header: str) -> None:
    refused(national.send("POST", APPLICATIONS, BODY, authorization=header), 401, "unauthenticated")


def test_a_query_is_signed_raw(national: Machine) -> None:
    target = f"{APPLICATIONS}?b=%E4%BA%AC&a=+%20~&odd=%zz"
    assert national.send("POST", target, BODY).status_code == 201


def test_an_oddly_encoded_address_is_not_an_application(national: Machine) -> None:
    for target in (
        "/api/v1/vehicle-applications/%00/",
        "/api/v1/%FF/",
        "/api/v1/vehicle-applications/S%2F1/",
        "/api/v1/..;/",
    ):
        response = national.get(target)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_revoked_channel_is_401(national: Machine) -> None:
    channels.revoke("national", at=NOW, by="system:test")
    refused(national.send("POST", APPLICATIONS, BODY), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("scope", "target", "body"),
    [
        ("assessment", APPLICATIONS, scrappage()),
        ("facts.tax", APPLICATIONS, scrappage()),
        ("facts.tax", "/api/v1/facts/police/", {"receipt_no": "S-260301-00001", "values": {"police_answered": True}}),
        ("facts.police", "/api/v1/facts/tax/", {"receipt_no": "S-260301-00001", "values": {"status": "valid"}}),
        ("vehicles.national", "/api/v1/facts/tax/", {"receipt_no": "S-260301-00001", "values": {"status": "valid"}}),
        ("vehicles.city", f"{APPLICATIONS}S-260301-00001/assessment/", {"opinion": "pass"}),
        ("assessment", f"{APPLICATIONS}S-260301-00001/corrections/", {"changes": {"invoice.number": "1"}}),
        ("assessment", f"{APPLICATIONS}S-260301-00001/withdrawal/", {}),
        ("orders", f"{APPLICATIONS}S-260301-00001/documents/", {}),
    ],
)
def test_another_scope_is_403(db: None, scope: str, target: str, body: Any) -> None:
    refused(Machine("other", scope).post(target, body), 403, "forbidden")
    assert not IdempotencyRecord.objects.exists()


def test_too_fast_is_429_with_the_seconds_to_wait(db: None) -> None:
    hasty = Machine("hasty", "vehicles.city", rate=3)
    target = f"{APPLICATIONS}R-260301-00001/"
    with clock.frozen(NOW + timedelta(seconds=20)):
        assert [hasty.get(target).status_code for _ in range(4)] == [404, 404, 404, 429]
        last = hasty.get(target)
    assert (last.json()["code"], last["Retry-After"]) == ("throttled", "40")
    with clock.frozen(NOW + timedelta(seconds=60)):
        assert hasty.get(target).status_code == 404


def test_one_channels_haste_is_not_anothers(db: None, city: Machine) -> None:
    hasty = Machine("hasty", "vehicles.city", rate=1)
    target = f"{APPLICATIONS}R-260301-00001/"
    assert [hasty.get(target).status_code for _ in range(2)] == [404, 429]
    assert city.get(target).status_code == 404


def test_a_replay_does_not_use_up_the_rate(db: None) -> None:
    slow = Machine("slow", "vehicles.city", rate=2)
    target = f"{APPLICATIONS}R-260301-00001/"
    header = slow.sign("GET", target, b"")
    codes = [slow.send("GET", target, key=None, authorization=header).status_code for _ in range(5)]
    assert codes == [404, 401, 401, 401, 401]
    assert slow.get(target).status_code == 404


def test_requests_pass_while_the_cache_is_away(city: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise RedisDown("away")

    monkeypatch.setattr("api.gates.cache.add", down)
    assert city.post(APPLICATIONS, replacement()).status_code == 201


def test_a_body_over_a_megabyte_is_413(national: Machine) -> None:
    refused(national.send("POST", APPLICATIONS, b" " * (1024 * 1024 + 1)), 413, "too_large")
    assert not Nonce.objects.exists()


def test_another_content_type_is_415(national: Machine) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""):
        refused(national.send("POST", APPLICATIONS, BODY, content_type=content_type), 415, "unsupported_media_type")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"])
def test_another_method_is_405(national: Machine, method: str) -> None:
    response = national.send(method, APPLICATIONS)
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    if method != "HEAD":
        assert response.json()["code"] == "method_not_allowed"


def test_an_accept_header_changes_nothing(national: Machine) -> None:
    header = national.sign("GET", f"{APPLICATIONS}S-260301-00001/", b"")
    response = national.client.get(
        f"{APPLICATIONS}S-260301-00001/", headers={"Authorization": header, "Accept": "text/html"}
    )
    assert (response.status_code, response["Content-Type"]) == (404, "application/json")


@pytest.mark.parametrize("target", ["/api/v1/", "/api/v1/nothing/", "/api/v1/vehicle-applications", "/api/v1/tokens/"])
def test_an_address_that_is_not_there_is_a_plain_404(national: Machine, target: str) -> None:
    refused(national.post(target, {}), 404, "not_found")


def test_the_schema_is_public_and_names_every_address(db: None) -> None:
    document = Machine("any", "orders").client.get("/api/v1/schema/").json()
    assert document["openapi"].startswith("3.")
    assert set(document["paths"]) == {
        "/api/v1/vehicle-applications/",
        "/api/v1/vehicle-applications/{receipt_no}/",
        "/api/v1/vehicle-applications/{receipt_no}/corrections/",
        "/api/v1/vehicle-applications/{receipt_no}/withdrawal/",
        "/api/v1/vehicle-applications/{receipt_no}/documents/",
        "/api/v1/vehicle-applications/{receipt_no}/assessment/",
        "/api/v1/facts/police/",
        "/api/v1/facts/tax/",
    }
