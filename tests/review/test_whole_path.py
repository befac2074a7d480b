"""From filing to approval, both schemes: states, money, decisions, trail (contract §3)."""

from __future__ import annotations

import pytest

from audit.models import Event
from ledger.models import Posting
from policy.errors import Refused
from review import selectors, services
from review.models import Case, Evaluation
from tests import builders, scene
from tests.actors import Desk
from tests.builders import when

pytestmark = pytest.mark.usefixtures("funded")

EXPECTED = {builders.SCRAPPAGE: ("S-", "chaoyang", 1_677_700), builders.REPLACEMENT: ("R-", "haidian", 1_118_500)}


@pytest.mark.parametrize("scheme", EXPECTED)
def test_application_is_filed_assessed_taken_passed_twice_and_approved(scheme: str, desk: Desk) -> None:
    prefix, district, fen = EXPECTED[scheme]
    case = scene.file(builders.FILINGS[scheme]())
    assert (case.state, case.amount_fen, case.outcome, case.open_manual) == ("DISTRICT_REVIEW", fen, "pass", 0)
    assert case.receipt_no.startswith(f"{prefix}260302-")
    assert scene.money() == {"total": 10**9, "reserved": fen, "committed": 0, "left": 10**9 - fen}

    services.assess(case.pk, opinion="pass", by=desk.third_party(), at=when("03-02 10:00"))
    reviewer, approver = desk.district(district), desk.municipal()
    services.take(case.pk, by=reviewer, at=when("03-03 09:00"))
    case = services.decide(case.pk, "pass", by=reviewer, at=when("03-03 09:05"))
    assert (case.state, case.lock_by) == ("MUNICIPAL_REVIEW", None)
    assert scene.money()["reserved"] == fen

    services.take(case.pk, by=approver, at=when("03-04 09:00"))
    case = services.decide(case.pk, "pass", by=approver, at=when("03-04 09:05"), version=case.version)
    assert case.state == "APPROVED"
    assert scene.money() == {"total": 10**9, "reserved": 0, "committed": fen, "left": 10**9 - fen}

    signed = list(case.decisions.order_by("pk").values_list("stage", "event", "to_state", "amount_fen", "actor"))
    assert signed == [
        ("third_party", "assess", "DISTRICT_REVIEW", fen, "staff:third-party:1"),
        ("district", "pass", "MUNICIPAL_REVIEW", fen, f"staff:district:{district}:1"),
        ("municipal", "pass", "APPROVED", fen, "staff:municipal:1"),
    ]
    assert list(Posting.objects.filter(case_ref=case.pk).order_by("pk").values_list("kind", "amount_fen")) == [
        ("reserve", fen),
        ("commit", fen),
    ]
    events = Event.objects.filter(object_type="case", object_id=case.receipt_no).order_by("pk")
    verbs = list(events.values_list("verb", flat=True))
    assert verbs == ["case.submitted", "case.assessed", "case.taken", "case.pass", "case.taken", "case.pass"]


def test_evaluation_is_frozen_with_findings_parameters_and_version(desk: Desk) -> None:
    case = scene.file()
    frozen = Evaluation.objects.get(case=case)
    assert (frozen.seq, frozen.cause, frozen.outcome) == (1, "submit", "pass")
    assert frozen.policy_version == "2026-1"
    assert frozen.parameters["rate_s_nev"] == 12
    assert {record["rule"] for record in frozen.findings} >= {"V-C-01", "V-C-03", "V-S-08"}
    assert all(set(record) == {"rule", "clause", "outcome", "message", "inputs"} for record in frozen.findings)


def test_nothing_personal_stands_in_the_frozen_findings_or_the_case_row() -> None:
    filed = builders.scrappage()
    case = scene.file(filed)
    stored = str(list(Case.objects.filter(pk=case.pk).values())) + str(list(Evaluation.objects.values()))
    applicant, account = filed["applicant"], filed["bank_account"]["number"]
    for secret in (applicant["id_number"], applicant["phone"], applicant["name"], account):
        assert secret not in stored


def test_approver_sees_conflict_when_the_case_moved_on_and_nothing_changes(desk: Desk) -> None:
    case = scene.at_municipal(desk)
    seen = case.version
    services.decide(case.pk, "back", by=desk.municipal(2), at=when("03-04 09:00"))
    services.decide(case.pk, "pass", by=desk.district(), at=when("03-04 09:10"))
    before = scene.snapshot()
    with pytest.raises(Refused) as refusal:
        services.decide(case.pk, "pass", by=desk.municipal(), at=when("03-04 09:20"), version=seen)
    assert refusal.value.code == "conflict"
    assert scene.snapshot() == before


def test_history_and_latest_evaluation_are_what_the_case_page_reads(desk: Desk) -> None:
    case = scene.approved(desk)
    assert [row.event for row in selectors.history(case)] == ["pass", "pass", "assess"]
    assert selectors.latest_evaluation(case).outcome == "pass"
