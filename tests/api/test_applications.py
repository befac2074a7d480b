"""File, follow, correct, withdraw, upload, assess, answer: what is stored, what is refused, what is shown."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from applications.vehicles.models import FilingAttempt
from exchange.models import AuthorityAnswer, IdempotencyRecord
from policy import clock
from review import services as review
from review.models import Case
from tests import builders
from tests.actors import Desk
from tests.api.conftest import NOW, fund
from tests.api.machine import APPLICATIONS, ID, SECRETS, Machine, filed, replacement, scrappage
from tests.documents import files


def returned(machine: Machine, desk: Desk) -> str:
    """The address of an application that lacks page 2 of REGN and was returned by the district."""
    made = filed(machine, builders.without_page(scrappage(), "REGN", 2))
    review.decide(Case.objects.get().pk, "return", by=desk.district(), at=NOW)
    return f"{APPLICATIONS}{made['receipt_no']}/"


def test_an_application_is_filed_and_followed(national: Machine) -> None:
    made = filed(national, scrappage())
    assert made["state"] == "DISTRICT_REVIEW"
    assert made["scheme"] == "vehicle-scrappage"
    assert made["external_no"] == "QG202600000001"
    assert made["submitted_at"] == "2026-03-01T10:15:00+08:00"
    assert {finding["rule"] for finding in made["findings"]} >= {"V-C-01", "V-S-15", "V-S-08"}
    assert all(set(finding) == {"rule", "clause", "outcome", "message"} for finding in made["findings"])
    response = national.get(f"{APPLICATIONS}{made['receipt_no']}/")
    assert (response.status_code, response.json()) == (200, made)


def test_no_identity_is_shown(national: Machine, police: Machine) -> None:
    made = filed(national, scrappage())
    answered = police.post(
        "/api/v1/facts/police/", {"receipt_no": made["receipt_no"], "values": {"new_owner_id_now": ID}}
    )
    shown = json.dumps([made, answered.json()], ensure_ascii=False)
    for secret in SECRETS:
        assert secret not in shown


def test_the_same_key_and_body_freshly_signed_answer_again(national: Machine) -> None:
    first = national.post(APPLICATIONS, scrappage(), key="k")
    second = national.post(APPLICATIONS, scrappage(), key="k")
    assert (second.status_code, second.content) == (201, first.content)
    assert second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert Case.objects.count() == 1


def test_a_changed_body_under_the_key_is_a_conflict(national: Machine) -> None:
    national.post(APPLICATIONS, scrappage(), key="k")
    response = national.post(APPLICATIONS, scrappage(district="haidian"), key="k")
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_conflict")
    assert Case.objects.get().district == "chaoyang"


@pytest.mark.parametrize("key", [None, "a b", "k" * 201])
def test_a_post_without_a_proper_key_is_400(national: Machine, key: str | None) -> None:
    response = national.post(APPLICATIONS, scrappage(), key=key)
    assert (response.status_code, list(response.json()["fields"])) == (400, ["Idempotency-Key"])
    assert not Case.objects.exists()


def test_concurrent_duplicates_make_one_application(fresh_db: str) -> None:
    fund()
    national = Machine("national", "vehicles.national")
    answers: list[Any] = []
    gate = threading.Barrier(8)

    def post() -> None:
        gate.wait()
        try:
            answers.append(national.post(APPLICATIONS, scrappage(), key="k"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert len(answers) == 8
    assert Case.objects.count() == 1


def test_another_channel_does_not_see_it(national: Machine) -> None:
    made = filed(national, scrappage())
    other = Machine("other", "vehicles.national")
    place = f"{APPLICATIONS}{made['receipt_no']}/"
    unknown = f"{APPLICATIONS}S-260301-99999/"
    for mine, nobodys in (
        (other.get(place), other.get(unknown)),
        (other.post(place + "withdrawal/", {}), other.post(unknown + "withdrawal/", {})),
        (
            other.post(place + "corrections/", {"changes": {"invoice.number": "1"}}),
            other.post(unknown + "corrections/", {"changes": {"invoice.number": "1"}}),
        ),
        (
            other.upload(place + "documents/", {"type": "ID", "page": "1"}, files.jpeg()),
            other.upload(unknown + "documents/", {"type": "ID", "page": "1"}, files.jpeg()),
        ),
    ):
        assert (mine.status_code, mine.content) == (404, nobodys.content)
    assert Case.objects.get().state == "DISTRICT_REVIEW"
    assert not IdempotencyRecord.objects.filter(channel=other.channel).exists()


@pytest.mark.proves("V-S-15", "V-R-10")
@pytest.mark.parametrize(
    ("scope", "dossier", "rule"),
    [
        ("vehicles.city", scrappage(), "V-S-15"),
        ("vehicles.national", replacement(), "V-R-10"),
        ("vehicles.national", scrappage(channel="counter"), "V-S-15"),
        ("vehicles.city", replacement(channel="counter"), "V-R-10"),
    ],
)
def test_each_scheme_has_its_own_door(funds: None, scope: str, dossier: dict[str, Any], rule: str) -> None:
    machine = Machine("m", scope)
    first = machine.post(APPLICATIONS, dossier, key="k")
    assert (first.status_code, first.json()["rule"]) == (409, rule)
    assert set(first.json()) == {"code", "rule", "clause", "message"}
    assert not Case.objects.exists()
    again = machine.post(APPLICATIONS, dossier, key="k")
    assert (again.status_code, again.content) == (409, first.content)


def test_a_block_leaves_only_the_attempt(national: Machine) -> None:
    filed(national, scrappage())
    second = national.post(APPLICATIONS, scrappage(external_no="QG2"))
    assert (second.status_code, second.json()["rule"]) == (409, "V-C-03")
    assert Case.objects.count() == 1
    attempt = FilingAttempt.objects.get()
    assert (attempt.rule, attempt.actor) == ("V-C-03", "channel:national")


def test_the_citys_time_is_the_receipt_time_and_the_nations_is_its_own(national: Machine, city: Machine) -> None:
    theirs = filed(national, scrappage(submitted_at="2026-02-20T08:00:00Z"))
    assert theirs["submitted_at"] == "2026-02-20T16:00:00+08:00"
    national.post(f"{APPLICATIONS}{theirs['receipt_no']}/withdrawal/", {})
    ours = filed(city, replacement(submitted_at="2026-02-20T08:00:00Z"))
    assert ours["submitted_at"] == NOW.isoformat()


@pytest.mark.parametrize("moment", ["2026-03-02T10:06:00+08:00", "2026-03-01T10:15:00", "yesterday", 5, "2026-13-01"])
def test_a_national_time_in_the_future_or_unreadable_is_400(national: Machine, moment: Any) -> None:
    response = national.post(APPLICATIONS, scrappage(submitted_at=moment))
    assert (response.status_code, list(response.json()["fields"])) == (400, ["submitted_at"])


def test_outside_the_window_is_409(national: Machine, city: Machine) -> None:
    late = datetime(2026, 12, 1, tzinfo=clock.SHANGHAI)
    with clock.frozen(late):
        response = city.post(APPLICATIONS, replacement())
    assert (response.status_code, response.json()["rule"]) == (409, "V-C-04")
    with clock.frozen(late):
        # Filed in time with the national system, passed on later.
        in_time = national.post(APPLICATIONS, scrappage(submitted_at="2026-11-30T23:59:59+08:00"))
    assert in_time.status_code == 201


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"facts": {}}, "facts"),
        ({"surprise": 1}, "surprise"),
        ({"district": "pudong"}, "district"),
        ({"invoice": scrappage()["invoice"] | {"total_incl_tax": "139800.505"}}, "invoice.total_incl_tax"),
        ({"invoice": scrappage()["invoice"] | {"total_incl_tax": 139800.5}}, "invoice.total_incl_tax"),
        ({"applicant": scrappage()["applicant"] | {"id_number": "11010119800101002"}}, "applicant.id_number"),
        ({"applicant": scrappage()["applicant"] | {"name": "李\u0000娜"}}, "applicant.name"),
        ({"new_vehicle": scrappage()["new_vehicle"] | {"vin": "LGXCE6CD0T0123456"}}, "new_vehicle.vin"),
        ({"documents": {"0": {}}}, "documents"),
        ({"documents": [{"type": "ID", "page": 10**14}]}, "documents.0.page"),
        ({"scheme": "vehicle-other"}, "scheme"),
        ({"scheme": ["vehicle-scrappage"]}, "scheme"),
        ({"scheme": None}, "scheme"),
    ],
)
def test_malformed_input_names_its_field_and_stores_nothing(
    national: Machine, change: dict[str, Any], path: str
) -> None:
    response = national.post(APPLICATIONS, scrappage(**change))
    assert response.status_code == 400, response.content.decode()
    assert response.json()["code"] == "invalid"
    assert path in response.json()["fields"]
    assert not Case.objects.exists()
    assert not IdempotencyRecord.objects.exists()
    for secret in SECRETS:
        assert secret not in response.content.decode()


def test_a_returned_application_is_completed_by_upload_and_correction(national: Machine, desk: Desk) -> None:
    place = returned(national, desk)
    seen = national.get(place).json()
    assert seen["state"] == "RETURNED"
    assert {frozenset(reason) for reason in seen["reasons"]} == {frozenset({"code", "title", "clause"})}
    fields = {"type": "REGN", "page": "2", "legible": "true", "original": "true"}
    uploaded = national.upload(place + "documents/", fields, files.jpeg())
    assert uploaded.status_code == 201
    assert national.get(place).json()["documents"][0]["page"] == 2
    corrected = national.post(place + "corrections/", {"changes": {"documents": scrappage()["documents"]}})
    assert (corrected.status_code, corrected.json()["state"]) == (201, "DISTRICT_REVIEW")
    assert (corrected.json()["reasons"], corrected.json()["corrected_at"]) == ([], NOW.isoformat())


@pytest.mark.proves("V-C-05")
@pytest.mark.parametrize(("moment", "status"), [("2026-12-10T23:59:59", 201), ("2026-12-11T00:00:00", 409)])
def test_a_correction_passes_until_the_deadline(national: Machine, desk: Desk, moment: str, status: int) -> None:
    place = returned(national, desk)
    with clock.frozen(datetime.fromisoformat(moment).replace(tzinfo=clock.SHANGHAI)):
        response = national.post(place + "corrections/", {"changes": {"documents": scrappage()["documents"]}})
    assert response.status_code == status, response.content.decode()
    if status == 409:
        assert response.json()["rule"] == "V-C-05"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "changes"),
        ({"changes": []}, "changes"),
        ({"changes": {}}, "changes"),
        ({"changes": {"district": "haidian"}}, "district"),
        ({"changes": {"applicant.id_number": ID}}, "applicant.id_number"),
        ({"changes": {"nothing.here": 1}}, "nothing.here"),
        ({"changes": {"documents.99999.page": 1}}, "documents.99999.page"),
        ({"changes": {"": 1}}, ""),
        ({"changes": {"invoice.number": 1}, "more": 1}, "more"),
    ],
)
def test_a_malformed_correction_is_400(national: Machine, desk: Desk, body: dict[str, Any], path: str) -> None:
    response = national.post(returned(national, desk) + "corrections/", body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert any(path in field for field in response.json()["fields"])


def test_a_correction_nobody_asked_for_is_refused(national: Machine) -> None:
    made = filed(national, scrappage())
    response = national.post(f"{APPLICATIONS}{made['receipt_no']}/corrections/", {"changes": {"invoice.number": "2"}})
    assert (response.status_code, response.json()["code"]) == (409, "state")


def test_a_withdrawn_application_makes_room_for_another(national: Machine) -> None:
    made = filed(national, scrappage())
    response = national.post(f"{APPLICATIONS}{made['receipt_no']}/withdrawal/", {"reason": "改为置换"})
    assert (response.status_code, response.json()["state"]) == (201, "WITHDRAWN")
    twice = national.post(f"{APPLICATIONS}{made['receipt_no']}/withdrawal/", {})
    assert (twice.status_code, twice.json()["code"]) == (409, "state")
    filed(national, scrappage(external_no="QG2"))


def test_the_third_party_gives_its_opinion_on_any_case(national: Machine, auditor: Machine) -> None:
    made = filed(national, scrappage())
    response = auditor.post(f"{APPLICATIONS}{made['receipt_no']}/assessment/", {"opinion": "pass", "comment": "齐全"})
    assert (response.status_code, response.json()["state"]) == (201, "DISTRICT_REVIEW")
    assert Case.objects.get().opinion == "pass"
    for body, field in (
        ({}, "opinion"),
        ({"opinion": "maybe"}, "opinion"),
        ({"opinion": "pass", "comment": 1}, "comment"),
    ):
        malformed = auditor.post(f"{APPLICATIONS}{made['receipt_no']}/assessment/", body)
        assert (malformed.status_code, list(malformed.json()["fields"])) == (400, [field])
    assert auditor.get(f"{APPLICATIONS}{made['receipt_no']}/").status_code == 403


def test_answers_of_police_and_tax_change_the_findings(national: Machine, police: Machine, tax: Machine) -> None:
    made = filed(national, scrappage())
    assert made["outcome"] == "manual"
    outcomes = {finding["rule"]: finding["outcome"] for finding in made["findings"]}
    assert (outcomes["V-C-18"], outcomes["V-C-19"]) == ("manual", "manual")
    police.post(
        "/api/v1/facts/police/",
        {"receipt_no": made["receipt_no"], "values": {"police_answered": True, "new_owner_id_now": ID}},
    )
    answer = {"status": "valid", "issue_date": "2026-02-24", "total_incl_tax": "139800.50"}
    answered = tax.post("/api/v1/facts/tax/", {"receipt_no": made["receipt_no"], "values": answer})
    assert (answered.status_code, answered.json()["kind"]) == (201, "tax")
    outcomes = {finding["rule"]: finding["outcome"] for finding in answered.json()["findings"]}
    assert (outcomes["V-C-18"], outcomes["V-C-19"]) == ("pass", "pass")
    assert AuthorityAnswer.objects.filter(source="channel:police").count() == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "receipt_no"),
        ({"receipt_no": "x", "values": {"status": "valid"}}, "receipt_no"),
        ({"receipt_no": 5, "values": {"status": "valid"}}, "receipt_no"),
        ({"receipt_no": None, "values": []}, "values"),
        ({"receipt_no": None, "values": {}}, "values"),
        ({"receipt_no": None, "values": {"police_answered": True}}, "values.police_answered"),
        ({"receipt_no": None, "values": {"status": "perhaps"}}, "status"),
        ({"receipt_no": None, "values": {"total_incl_tax": "1.001"}}, "total_incl_tax"),
        ({"receipt_no": None, "values": {"issue_date": "2026-02-30"}}, "issue_date"),
    ],
)
def test_a_malformed_answer_names_its_field(national: Machine, tax: Machine, body: dict[str, Any], path: str) -> None:
    made = filed(national, scrappage())
    if body.get("receipt_no", ...) is None:
        body = body | {"receipt_no": made["receipt_no"]}
    response = tax.post("/api/v1/facts/tax/", body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid"), response.content.decode()
    assert any(path in field for field in response.json()["fields"])
    assert not AuthorityAnswer.objects.exists()


def test_an_answer_on_nothing_is_404(tax: Machine) -> None:
    response = tax.post("/api/v1/facts/tax/", {"receipt_no": "S-260301-99999", "values": {"status": "valid"}})
    assert response.status_code == 404


def test_planted_personal_data_is_in_no_log_and_no_plain_column(
    national: Machine, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    filed(national, scrappage())
    national.post(APPLICATIONS, scrappage(external_no="QG2"))
    national.post(APPLICATIONS, scrappage(surprise=ID))
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM exchange_idempotencyrecord UNION ALL SELECT data::text FROM audit_event")
        stored = str(cursor.fetchall())
    out, err = capfd.readouterr()
    for secret in SECRETS:
        assert secret not in out + err + caplog.text + stored


def test_an_answer_is_given_again_days_later(national: Machine) -> None:
    first = national.post(APPLICATIONS, scrappage(), key="k")
    with clock.frozen(NOW + timedelta(days=40)):
        again = national.post(APPLICATIONS, scrappage(), key="k")
    assert again.content == first.content
