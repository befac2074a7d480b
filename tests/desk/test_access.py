"""Every address × method × account × {own, other, no} district, generated from the URL conf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, reverse

from desk.access import Rule, rule_of
from desk.urls import urlpatterns
from documents import services as documents
from review.models import Case
from staff import permissions
from staff.models import User
from tests import scene
from tests.actors import Desk
from tests.builders import when
from tests.pictures import jpeg

pytestmark = pytest.mark.usefixtures("funded")

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BACKEND = "django.contrib.auth.backends.ModelBackend"
# Addresses that speak of one case: another district must not learn that it exists.
OF_ONE_CASE = {
    "case", "take", "release", "next", "watch", "letter", "reveal", "decide", "assess", "clear", "answer", "confirm",
    "evidence",
}  # fmt: skip

# The service refuses whose stage it is not: the bureau takes nothing that waits for the district.
OF_THE_OTHER_STAGE = {("take", "municipal")}


@dataclass(frozen=True)
class Scene:
    """A case of 朝阳 with one page of evidence, and accounts of every role."""

    case: Case
    document_id: int
    accounts: dict[str, User]


@pytest.fixture
def matrix(desk: Desk) -> Scene:
    case = scene.assessed(scene.file(), desk)
    page = documents.store(
        jpeg(), case_ref=case.pk, doc_type="INV", page=1, at=when("03-02 11:00"), actor="channel:test"
    )
    accounts = {
        "own": desk.district("chaoyang", 1),
        "other": desk.district("haidian", 1),
        "municipal": desk.municipal(),
        "third_party": desk.third_party(2),
        "nobody": desk.nobody(),
    }
    for role in ("fund_officer", "auditor", "hotline", "system_admin", "security_admin", "audit_admin"):
        accounts[role] = desk.holder(role)
    return Scene(case, page.pk, accounts)


def address(pattern: URLPattern, scene_: Scene) -> str:
    values = {
        "receipt_no": scene_.case.receipt_no,
        "document_id": scene_.document_id,
        "leaf": 1,
        "event": "return",
        "kind": "tax",
        "scheme": "vehicle-scrappage",
        "ending": "csv",
    }
    wanted = {name: values[name] for name in pattern.pattern.converters}
    return reverse(f"desk:{pattern.name}", kwargs=wanted)


def rule(pattern: URLPattern) -> Rule:
    found = rule_of(pattern.callback)
    assert found is not None, f"{pattern.name} declares no rule: decorate its view with `needs` or `everybody`"
    return found


def ask(client: Client, user: User | None, method: str, url: str) -> int:
    """The status of a request in a transaction that is rolled back."""
    with transaction.atomic():
        if user is not None:
            client.force_login(user, backend=BACKEND)
        response: Any = client.generic(method, url)
        status = response.status_code
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    client.logout()
    return int(status)


def test_every_address_declares_a_rule_with_known_actions() -> None:
    assert len(urlpatterns) > 20
    for pattern in urlpatterns:
        for action in rule(pattern).actions:
            permissions.action_of(action)


def test_only_sign_in_and_sign_out_are_open_to_everybody() -> None:
    assert {pattern.name for pattern in urlpatterns if rule(pattern).public} == {"sign-in", "sign-out"}


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_address_opens_to_whom_the_table_lets_in_and_to_nobody_else(
    pattern: URLPattern, matrix: Scene, client: Client
) -> None:
    declared, url = rule(pattern), address(pattern, matrix)
    for method in METHODS:
        for name, user in {"anonymous": None, **matrix.accounts}.items():
            status = ask(client, user, method, url)
            told = f"{method} {url} by {name}: {status}"
            if method not in declared.methods:
                assert status == 405, told
            elif declared.public:
                assert status in (200, 302, 400), told
            elif user is None:
                assert status == 302, told
            elif not any(permissions.allowed(user, action) for action in declared.actions):
                assert status == 403, told
            elif pattern.name in OF_ONE_CASE and not permissions.allowed(user, "case.view", district="chaoyang"):
                assert status == 404, told
            elif (pattern.name, name) in OF_THE_OTHER_STAGE:
                assert status == 403, told
            else:
                assert status in (200, 302, 409, 422), told


def test_own_district_reaches_every_address_of_its_case(matrix: Scene, client: Client) -> None:
    reached = {}
    for pattern in urlpatterns:
        if pattern.name in OF_ONE_CASE - {"assess"}:
            method = rule(pattern).methods[0]
            reached[pattern.name] = ask(client, matrix.accounts["own"], method, address(pattern, matrix))
    assert {name: status for name, status in reached.items() if status not in (200, 302, 422, 409)} == {}
    assert reached["case"] == reached["evidence"] == 200


def test_case_of_another_district_is_as_absent_as_one_that_does_not_exist(matrix: Scene, client: Client) -> None:
    client.force_login(matrix.accounts["other"], backend=BACKEND)
    theirs = client.get(f"/cases/{matrix.case.receipt_no}/")
    absent = client.get("/cases/S-260302-99999/")
    assert (theirs.status_code, absent.status_code) == (404, 404)
    assert theirs.content == absent.content


@pytest.mark.parametrize("path", ["/", "/all/", "/export/?view=all", "/mine/"])
def test_no_list_or_export_of_another_district_names_the_case(path: str, matrix: Scene, client: Client) -> None:
    client.force_login(matrix.accounts["other"], backend=BACKEND)
    response: Any = client.get(path)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    assert matrix.case.receipt_no.encode() not in body


def test_search_and_chosen_export_of_another_district_find_nothing(matrix: Scene, client: Client) -> None:
    client.force_login(matrix.accounts["other"], backend=BACKEND)
    found = client.post("/search/", {"q": matrix.case.receipt_no})
    assert found.status_code == 200
    assert f"/cases/{matrix.case.receipt_no}/".encode() not in found.content


def test_partial_request_without_session_keeps_the_page(matrix: Scene, client: Client) -> None:
    response = client.post(
        f"/cases/{matrix.case.receipt_no}/decide/", {"event": "pass"}, headers={"HX-Request": "true"}
    )
    assert (response.status_code, response.content) == (401, b"")


def test_posting_needs_a_token(matrix: Scene) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(matrix.accounts["own"], backend=BACKEND)
    assert strict.post(f"/cases/{matrix.case.receipt_no}/decide/", {"event": "pass"}).status_code == 403
    matrix.case.refresh_from_db()
    assert matrix.case.state == "DISTRICT_REVIEW"
