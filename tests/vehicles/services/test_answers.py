"""Authorities' answers, and what they do to a case: judged again, an approval falls (V-C-12, V-C-18, V-C-19)."""

from __future__ import annotations

from typing import Any

import pytest

from applications.vehicles import services
from applications.vehicles.models import VehicleApplication
from documents.models import Document
from exchange.models import AuthorityAnswer, AuthorityQuestion
from ledger import services as ledger
from ledger.models import Posting
from policy.errors import InputError, Refused
from review.models import Case
from review.services import clear, decide
from tests import builders, scene
from tests.actors import Desk
from tests.builders import when

pytestmark = pytest.mark.usefixtures("funded")

AT = when("03-05 09:00")
TAX = {"status": "valid", "issue_date": "2026-02-24", "total_incl_tax": builders.PRICE}


def police(case: Case, owner: str | None, *, at: Any = AT) -> Case:
    return services.answer(case.pk, "police", {"new_owner_id_now": owner}, at=at, actor="channel:police")


class TestAnswer:
    def test_settles_what_was_open_and_closes_the_question(self) -> None:
        case = scene.file(said={})
        assert case.outcome == "manual"
        services.answer(case.pk, "police", {"new_owner_id_now": builders.resident_id(1)}, at=AT, actor="channel:police")
        case = services.answer(case.pk, "tax", TAX, at=AT, actor="channel:tax")
        states = AuthorityQuestion.objects.filter(case_ref=case.pk).values_list("kind", "state")
        assert sorted(states) == [("police", "answered"), ("tax", "answered")]
        last = case.evaluations.order_by("-seq")[0]
        assert {"V-C-12", "V-C-19"} & {r["rule"] for r in last.findings if r["outcome"] == "manual"} == set()

    def test_police_that_say_anything_have_answered(self) -> None:
        case = police(scene.file(said={}), builders.resident_id(1))
        assert VehicleApplication.objects.get(case=case).answers["police_answered"] is True

    def test_the_same_answer_again_changes_no_finding_and_no_version(self) -> None:
        case = scene.file()
        again = police(case, builders.resident_id(1))
        assert (again.version, again.evaluations.count()) == (case.version, 1)
        assert AuthorityAnswer.objects.filter(case_ref=case.pk).count() == 1

    def test_a_part_of_an_answer_leaves_the_rest_as_it_was(self) -> None:
        case = services.answer(scene.file().pk, "tax", {"status": "red"}, at=AT, actor="channel:tax")
        assert VehicleApplication.objects.get(case=case).answers["tax"] == {**TAX, "status": "red"}

    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            ("customs", {"x": 1}),
            ("tax", {"new_owner_id_now": "1"}),
            ("tax", {}),
            ("tax", {"total_incl_tax": "1.005"}),
            ("tax", {"status": "fine"}),
            ("police", {"police_answered": "yes"}),
        ],
    )
    def test_what_cannot_be_an_answer_is_an_input_error_and_changes_nothing(
        self, kind: str, values: dict[str, Any]
    ) -> None:
        case = scene.file()
        before = scene.snapshot()
        with pytest.raises(InputError):
            services.answer(case.pk, kind, values, at=AT, actor="channel:test")
        assert scene.snapshot() == before

    @pytest.mark.parametrize("state", ["PAID", "REJECTED", "WITHDRAWN", "CLOSED_NO_FUNDS", "NOT_ACCEPTED_FINAL"])
    def test_an_ended_case_takes_none(self, state: str) -> None:
        case = scene.file()
        Case.objects.filter(pk=case.pk).update(state=state)
        with pytest.raises(Refused) as refusal:
            police(case, builders.resident_id(1))
        assert refusal.value.code == "state"

    def test_a_returned_case_is_judged_but_waits_for_its_applicant(self) -> None:
        case = police(scene.file(builders.without_page(builders.scrappage(), "INV")), builders.resident_id(9))
        assert (case.state, case.outcome) == ("RETURNED", "reject")

    def test_an_ended_case_asks_nothing_more(self) -> None:
        case = scene.file(said={})
        services.withdraw(case.pk, at=AT, actor="applicant")
        assert not AuthorityQuestion.objects.filter(case_ref=case.pk, state="open").exists()


@pytest.mark.proves("V-C-12")
class TestApprovalFalls:
    def test_when_the_police_name_another_owner(self, desk: Desk) -> None:
        case = police(scene.approved(desk), builders.resident_id(9))
        assert (case.state, case.outcome, case.amount_fen) == ("MUNICIPAL_REVIEW", "reject", None)
        assert scene.money() == {
            "total": 10**9,
            "reserved": builders.SCRAPPAGE_FEN,
            "committed": 0,
            "left": 10**9 - builders.SCRAPPAGE_FEN,
        }
        kinds = Posting.objects.filter(case_ref=case.pk).order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["reserve", "commit", "uncommit"]
        assert case.due_at is not None
        with pytest.raises(Refused) as refusal:
            decide(case.pk, "pass", by=desk.municipal(), at=AT)
        assert refusal.value.rule == "V-C-12"

    def test_and_stands_up_again_when_the_answer_is_corrected(self, desk: Desk) -> None:
        case = police(scene.approved(desk), builders.resident_id(9))
        police(case, builders.resident_id(1))
        case = decide(case.pk, "pass", by=desk.municipal(), at=when("03-06 09:00"))
        assert (case.state, scene.money()["committed"]) == ("APPROVED", builders.SCRAPPAGE_FEN)

    def test_when_a_new_doubt_comes_up(self, desk: Desk) -> None:
        case = scene.approved(desk)
        case = services.answer(case.pk, "tax", {"total_incl_tax": "138000.00"}, at=AT, actor="channel:tax")
        assert (case.state, case.outcome) == ("MUNICIPAL_REVIEW", "manual")

    def test_when_staff_find_a_page_illegible(self, desk: Desk) -> None:
        case = scene.approved(desk)
        page_of(case, "INV", legible=False)
        case = services.documents_changed(case.pk, at=AT, actor="staff:x")
        assert (case.state, case.outcome) == ("MUNICIPAL_REVIEW", "return")

    def test_not_when_the_same_is_said_again(self, desk: Desk) -> None:
        case = police(scene.approved(desk), builders.resident_id(1))
        assert (case.state, scene.money()["committed"]) == ("APPROVED", builders.SCRAPPAGE_FEN)

    def test_not_when_the_pool_is_closed_later(self, desk: Desk) -> None:
        case = scene.approved(desk)
        ledger.close(scene.POOL, document_no="京商〔2026〕9号", effective_at=AT, at=AT)
        services.recheck(case.pk, at=when("03-06 03:30"))
        assert Case.objects.get(pk=case.pk).state == "APPROVED"

    def test_not_over_a_doubt_that_a_person_has_settled(self, desk: Desk) -> None:
        case = scene.assessed(scene.file(said=builders.answers(builders.scrappage(), {"catalogue": None})), desk)
        for record in case.evaluations.get().findings:
            if record["outcome"] == "manual":
                clear(case.pk, rule=record["rule"], result="pass", comment="目录已核对", by=desk.district(), at=AT)
        decide(case.pk, "pass", by=desk.district(), at=AT)
        decide(case.pk, "pass", by=desk.municipal(), at=AT)
        ledger.close(scene.POOL, document_no="京商〔2026〕9号", effective_at=AT, at=AT)
        services.recheck(case.pk, at=when("03-06 03:30"))
        assert Case.objects.get(pk=case.pk).state == "APPROVED"

    def test_not_when_the_answer_confirms_what_a_person_had_cleared(self, desk: Desk) -> None:
        case = scene.assessed(scene.file(said=builders.answers(builders.scrappage(), {"new_owner_id_now": None})), desk)
        clear(case.pk, rule="V-C-12", result="pass", comment="现场核对登记证书", by=desk.district(), at=AT)
        decide(case.pk, "pass", by=desk.district(), at=AT)
        decide(case.pk, "pass", by=desk.municipal(), at=AT)
        case = police(case, builders.resident_id(1))
        assert (case.state, case.outcome) == ("APPROVED", "pass")

    def test_when_the_amount_changes_by_a_signed_version(self, desk: Desk) -> None:
        from regulation.models import PolicyVersion

        case = scene.approved(desk)
        PolicyVersion.objects.create(
            code="2026-2",
            document_no="京商流通字〔2026〕3号",
            effective_from=when("02-09 10:00"),
            changes={"cap_s_nev": "10000.00"},
            drafted_by=desk.municipal(8),
            drafted_at=AT,
            signed_by=desk.municipal(9),
            signed_at=AT,
        )
        services.recheck(case.pk, at=AT)
        case.refresh_from_db()
        assert (case.state, case.amount_fen) == ("MUNICIPAL_REVIEW", 1_000_000)
        case = decide(case.pk, "pass", by=desk.municipal(), at=AT)
        assert (case.state, scene.money()["committed"], scene.money()["reserved"]) == ("APPROVED", 1_000_000, 0)


class TestDocuments:
    def test_what_staff_confirm_goes_over_what_was_declared(self) -> None:
        case = scene.file()
        page_of(case, "INV", legible=False)
        case = services.documents_changed(case.pk, at=AT, actor="staff:x")
        assert (case.state, case.outcome) == ("DISTRICT_REVIEW", "return")

    def test_a_page_uploaded_while_returned_counts_with_the_correction(self) -> None:
        case = scene.file(builders.without_page(builders.scrappage(), "INV"))
        page_of(case, "INV", legible=True)
        assert services.documents_changed(case.pk, at=AT, actor="channel:x").state == "RETURNED"
        case = services.correct(case.pk, {"applicant.phone": "13900139000"}, at=AT, actor="channel:x")
        assert (case.state, case.outcome) == ("DISTRICT_REVIEW", "pass")


def page_of(case: Case, kind: str, *, legible: bool) -> Document:
    """A stored page that staff have looked at."""
    return Document.objects.create(
        case_ref=case.pk,
        doc_type=kind,
        page=1,
        digest="0" * 64,
        media_type="image/png",
        size=10,
        legible_claimed=True,
        original_claimed=True,
        legible_confirmed=legible,
        original_confirmed=True,
        confirmed_by="staff:x",
        confirmed_at=AT,
        uploaded_by="channel:x",
        uploaded_at=AT,
    )
