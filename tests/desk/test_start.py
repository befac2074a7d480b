"""First pages of posts without cases: the hotline's look-up and the administrators' overview."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import scene
from tests.actors import Desk

pytestmark = pytest.mark.usefixtures("funded")
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(client: Client, desk: Desk, role: str) -> Client:
    client.force_login(desk.holder(role), backend=BACKEND)
    return client


@pytest.mark.parametrize(
    ("role", "first"),
    [
        ("hotline", "/status/"),
        ("system_admin", "/duties/"),
        ("security_admin", "/duties/"),
        ("audit_admin", "/duties/"),
        ("auditor", "/all/"),
    ],
)
def test_every_post_has_a_first_page(role: str, first: str, client: Client, desk: Desk) -> None:
    response = signed_in(client, desk, role).get("/")
    assert (response.status_code, response.headers["Location"]) == (302, first)
    assert client.get(first).status_code == 200


def test_hotline_tells_state_and_wording_but_no_identity_and_no_amount(client: Client, desk: Desk) -> None:
    case = scene.file()
    signed_in(client, desk, "hotline")
    text = client.get("/status/", {"receipt_no": case.receipt_no.lower()}).content.decode()
    assert case.receipt_no in text
    assert "申请正在区级初审" in text
    assert case.applicant_label not in text
    assert "16,777" not in text
    assert "16777" not in text
    assert client.get(f"/cases/{case.receipt_no}/").status_code == 403


def test_an_unknown_number_is_said_beside_the_field(client: Client, desk: Desk) -> None:
    signed_in(client, desk, "hotline")
    assert "没有这个受理号" in client.get("/status/", {"receipt_no": "S-260301-99999"}).content.decode()


def test_only_who_may_see_jobs_sees_runs(client: Client, desk: Desk) -> None:
    assert "最近 0 次" in signed_in(client, desk, "system_admin").get("/duties/").content.decode()
    assert "最近" not in signed_in(client, desk, "security_admin").get("/duties/").content.decode()
