"""Sign-in with two factors, its errors, rotation, the way back, the time-out."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from policy import clock
from staff import services as staff
from staff import totp
from staff.models import User
from tests.actors import HIRED, Desk

pytestmark = pytest.mark.django_db

PASSWORD = "Correct-horse-battery-9"


@pytest.fixture
def secret(desk: Desk) -> str:
    """The dynamic-password secret of district:chaoyang:1, whose password is PASSWORD."""
    user = desk.district()
    staff.set_password(user, PASSWORD, by="system:test", at=HIRED)
    return staff.enrol_totp(user, by="system:test", at=HIRED)


def attempt(client: Client, secret: str, **changes: str):  # type: ignore[no-untyped-def]
    typed = {
        "login": "district:chaoyang:1",
        "password": PASSWORD,
        "code": totp.code_at(secret, clock.now()),
        "next": "/all/",
    }
    return client.post("/sign-in/", {**typed, **changes})


def test_three_right_answers_open_a_new_session_and_lead_back(client: Client, secret: str) -> None:
    client.get("/sign-in/")
    session = client.session
    session["before"] = True
    session.save()
    key = session.session_key
    response = attempt(client, secret)
    assert (response.status_code, response["Location"]) == (302, "/all/")
    assert client.session.session_key != key
    assert client.get("/all/").status_code == 200


@pytest.mark.parametrize("wrong", [{"password": "wrong-horse-battery-9"}, {"code": "000000"}, {"login": "nobody:1"}])
def test_failure_says_how_many_tries_remain_and_not_which_part_was_wrong(
    wrong: dict[str, str], client: Client, secret: str
) -> None:
    response = attempt(client, secret, **wrong)
    page = response.content.decode()
    assert response.status_code == 400
    assert "登录名、口令或动态口令不正确" in page
    assert f"还可尝试 {settings.AXES_FAILURE_LIMIT - 1} 次" in page
    assert "sessionid" not in response.cookies


def test_lock_out_after_the_last_try(client: Client, secret: str) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        response = attempt(client, secret, password="wrong-horse-battery-9")
    assert response.status_code == 429
    assert "登录已锁定" in response.content.decode()
    assert attempt(client, secret).status_code == 429, "the right password does not help while it is locked"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("login", "", "请输入工号。"),
        ("password", "", "请输入密码。"),
        ("code", "", "请输入动态口令的 6 位数字。"),
        ("code", "12345", "请输入动态口令的 6 位数字。"),
        ("code", "１２３４５６", "请输入动态口令的 6 位数字。"),
    ],
)
def test_missing_part_is_named_beside_its_field(
    field: str, value: str, message: str, client: Client, secret: str
) -> None:
    page = attempt(client, secret, **{field: value}).content.decode()
    assert f'id="{field}-error"' in page
    assert message in page
    assert PASSWORD not in page


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_way_back_stays_in_the_portal(target: str, client: Client, secret: str) -> None:
    assert attempt(client, secret, next=target)["Location"] == "/"


def test_without_session_every_page_leads_to_sign_in_and_back(client: Client) -> None:
    response = client.get("/all/?chip=late")
    assert response["Location"] == "/sign-in/?next=%2Fall%2F%3Fchip%3Dlate"


def test_ended_session_says_so_at_sign_in(client: Client) -> None:
    client.cookies["sessionid"] = "gone"
    response = client.get("/")
    assert response["Location"] == "/sign-in/?next=%2F&why=idle"
    assert "长时间未操作" in client.get(response["Location"]).content.decode()


def test_signing_out_ends_the_session(client: Client, secret: str) -> None:
    attempt(client, secret)
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/all/").status_code == 302


def test_signed_in_account_skips_the_form(client: Client, desk: Desk) -> None:
    client.force_login(desk.district(), backend=staff.BACKEND)
    assert client.get("/sign-in/?next=/all/")["Location"] == "/all/"


def test_session_opens_nothing_for_a_disabled_account(client: Client, desk: Desk) -> None:
    user: User = desk.district()
    client.force_login(user, backend=staff.BACKEND)
    staff.disable(user, by="system:test", at=HIRED)
    assert client.get("/all/").status_code in (302, 403)
