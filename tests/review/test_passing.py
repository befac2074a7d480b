"""What stands in the way of a pass, and how each kind of finding is overcome (DESIGN §3, V-C-17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from applications.vehicles import services as vehicles
from policy.errors import InputError, Refused
from review import services
from review.models import Case
from tests import builders, scene
from tests.actors import Desk
from tests.builders import when

pytestmark = pytest.mark.usefixtures("funded")

AT = when("03-03 10:00")
# A silent tax office: V-C-19 and V-C-08 cannot be answered, so a person must look.
NO_TAX = {"tax": None}


def filed_with(desk: Desk, *, filed: Mapping[str, Any] | None = None, said: Mapping[str, Any] | None = None) -> Case:
    """An assessed case of 朝阳 with some content and some answers changed."""
    dossier = builders.scrappage(changes=filed or {})
    return scene.assessed(scene.file(dossier, said=builders.answers(dossier, said or {})), desk)


def refused_pass(case: Case, user: Any, **more: Any) -> Refused:
    before = scene.snapshot()
    with pytest.raises(Refused) as refusal:
        services.decide(case.pk, "pass", by=user, at=AT, **more)
    assert scene.snapshot() == before
    return refusal.value


def findings(case: Case, outcome: str) -> set[str]:
    latest = case.evaluations.order_by("-seq")[0]
    return {record["rule"] for record in latest.findings if record["outcome"] == outcome}


def test_a_reject_finding_blocks_the_pass_with_its_own_rule(desk: Desk) -> None:
    case = filed_with(desk, said={"new_owner_id_now": builders.resident_id(77)})
    assert (case.state, case.outcome, case.amount_fen) == ("DISTRICT_REVIEW", "reject", None)
    refusal = refused_pass(case, desk.district())
    assert (refusal.code, refusal.rule) == ("rule", "V-C-12")
    assert refusal.clause
    assert "京商流通字〔2026〕2号" in refusal.clause


def test_a_reject_finding_cannot_be_cleared(desk: Desk) -> None:
    case = filed_with(desk, said={"new_owner_id_now": builders.resident_id(77)})
    with pytest.raises(Refused) as refusal:
        services.clear(case.pk, rule="V-C-12", result="pass", comment="看着没问题", by=desk.district(), at=AT)
    assert refusal.value.code == "state"


def test_a_reject_finding_is_overcome_by_a_corrected_answer(desk: Desk) -> None:
    case = filed_with(desk, said={"new_owner_id_now": builders.resident_id(77)})
    vehicles.answer(case.pk, "police", {"new_owner_id_now": builders.resident_id(1)}, at=AT, actor="channel:police")
    case = services.decide(case.pk, "pass", by=desk.district(), at=AT)
    assert (case.state, case.outcome, case.amount_fen) == ("MUNICIPAL_REVIEW", "pass", builders.SCRAPPAGE_FEN)


@pytest.mark.parametrize(
    ("scheme", "state", "outcome"),
    [(builders.SCRAPPAGE, "RETURNED", "return"), (builders.REPLACEMENT, "NOT_ACCEPTED", "not_accepted")],
)
def test_an_incomplete_filing_waits_for_the_applicant(scheme: str, state: str, outcome: str, desk: Desk) -> None:
    case = scene.assessed(scene.file(builders.without_page(builders.FILINGS[scheme](), "INV")), desk)
    assert (case.state, case.outcome) == (state, outcome)
    assert refused_pass(case, desk.district(case.district)).code == "state"


def test_a_return_finding_that_comes_up_in_review_blocks_the_pass(desk: Desk) -> None:
    case = filed_with(desk)
    vehicles.answer(case.pk, "tax", {"status": "red"}, at=AT, actor="channel:tax")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("DISTRICT_REVIEW", "return")
    refusal = refused_pass(case, desk.district())
    assert refusal.rule in findings(case, "return")


class TestManual:
    def test_an_open_manual_finding_blocks_the_pass_with_its_rule(self, desk: Desk) -> None:
        case = filed_with(desk, said=NO_TAX)
        assert case.state == "DISTRICT_REVIEW"
        assert case.open_manual == len(findings(case, "manual")) > 0
        refusal = refused_pass(case, desk.district())
        assert (refusal.code, refusal.rule in findings(case, "manual")) == ("rule", True)

    def test_silent_police_is_manual_never_reject(self, desk: Desk) -> None:
        case = filed_with(desk, said={"police_answered": None, "new_owner_id_now": None})
        assert (case.state, case.outcome) == ("DISTRICT_REVIEW", "manual")
        assert not findings(case, "reject")
        assert case.amount_fen == builders.SCRAPPAGE_FEN

    def test_every_open_one_must_be_cleared(self, desk: Desk) -> None:
        case = filed_with(desk, said=NO_TAX)
        rules = sorted(findings(case, "manual"))
        for done, rule in enumerate(rules):
            assert refused_pass(case, desk.district()).rule in rules[done:]
            case = services.clear(case.pk, rule=rule, result="pass", comment="已电话核实", by=desk.district(), at=AT)
            assert case.open_manual == len(rules) - done - 1
        assert services.decide(case.pk, "pass", by=desk.district(), at=AT).state == "MUNICIPAL_REVIEW"

    def test_a_clearance_holds_at_the_second_pass(self, desk: Desk) -> None:
        case = self.cleared(desk)
        services.decide(case.pk, "pass", by=desk.district(), at=AT)
        assert services.decide(case.pk, "pass", by=desk.municipal(), at=when("03-04 09:00")).state == "APPROVED"

    def test_one_settled_with_reject_blocks(self, desk: Desk) -> None:
        case = self.cleared(desk, result="reject")
        assert case.open_manual > 0
        assert refused_pass(case, desk.district()).rule in findings(case, "manual")

    def test_the_latest_word_counts(self, desk: Desk) -> None:
        case = self.cleared(desk, result="reject")
        case = self.clear_all(case, desk, "pass")
        assert services.decide(case.pk, "pass", by=desk.district(), at=AT).state == "MUNICIPAL_REVIEW"
        case = self.clear_all(case, desk, "reject", by=desk.municipal())
        assert refused_pass(case, desk.municipal()).code == "rule"

    def test_a_clearance_falls_when_the_finding_changes(self, desk: Desk) -> None:
        case = self.cleared(desk)
        assert case.open_manual == 0
        # The tax office speaks up, and what it says is not what the invoice says: another manual finding.
        case = vehicles.answer(
            case.pk,
            "tax",
            {"status": "valid", "issue_date": "2026-02-24", "total_incl_tax": "120000.00"},
            at=AT,
            actor="channel:tax",
        )
        assert case.open_manual > 0
        assert refused_pass(case, desk.district()).rule in findings(case, "manual")

    def test_only_a_manual_finding_can_be_settled(self, desk: Desk) -> None:
        case = filed_with(desk, said=NO_TAX)
        for rule in ("V-C-01", "V-X-99", ""):
            with pytest.raises(Refused) as refusal:
                services.clear(case.pk, rule=rule, result="pass", comment="核实", by=desk.district(), at=AT)
            assert refusal.value.code == "state"

    def test_a_clearance_needs_a_result_and_a_reason(self, desk: Desk) -> None:
        case = filed_with(desk, said=NO_TAX)
        rule = min(findings(case, "manual"))
        for result, comment, field in (("maybe", "核实", "result"), ("pass", "  ", "comment")):
            with pytest.raises(InputError) as error:
                services.clear(case.pk, rule=rule, result=result, comment=comment, by=desk.district(), at=AT)
            assert set(error.value.fields) == {field}

    def test_who_may_not_clear(self, desk: Desk) -> None:
        case = filed_with(desk, said=NO_TAX)
        rule = min(findings(case, "manual"))
        for user, code in (
            (desk.third_party(), "permission"),
            (desk.holder("auditor"), "permission"),
            (desk.district("haidian"), "not_found"),
            (desk.nobody(), "not_found"),
        ):
            with pytest.raises(Refused) as refusal:
                services.clear(case.pk, rule=rule, result="pass", comment="核实", by=user, at=AT)
            assert refusal.value.code == code

    def test_somebody_elses_lock_keeps_a_clearance_out(self, desk: Desk) -> None:
        case = filed_with(desk, said=NO_TAX)
        services.take(case.pk, by=desk.district(number=2), at=AT)
        with pytest.raises(Refused) as refusal:
            services.clear(
                case.pk, rule=min(findings(case, "manual")), result="pass", comment="核实", by=desk.district(), at=AT
            )
        assert refusal.value.code == "locked"

    def cleared(self, desk: Desk, *, result: str = "pass") -> Case:
        return self.clear_all(filed_with(desk, said=NO_TAX), desk, result)

    def clear_all(self, case: Case, desk: Desk, result: str, *, by: Any = None) -> Case:
        for rule in sorted(findings(case, "manual")):
            case = services.clear(
                case.pk, rule=rule, result=result, comment="已电话核实", by=by or desk.district(), at=AT
            )
        return case


@pytest.mark.proves("V-C-17")
class TestThirdParty:
    def test_without_an_assessment_the_first_pass_is_refused(self, desk: Desk) -> None:
        refusal = refused_pass(scene.file(), desk.district())
        assert (refusal.code, refusal.rule) == ("rule", "V-C-17")
        assert "第三方" in refusal.message

    def test_an_unfavourable_opinion_blocks_the_pass(self, desk: Desk) -> None:
        case = scene.assessed(scene.file(), desk, opinion="fail")
        assert refused_pass(case, desk.district()).rule == "V-C-17"

    def test_the_latest_opinion_counts(self, desk: Desk) -> None:
        case = scene.assessed(scene.assessed(scene.file(), desk, opinion="fail"), desk)
        assert services.decide(case.pk, "pass", by=desk.district(), at=AT).state == "MUNICIPAL_REVIEW"

    def test_its_system_may_give_the_opinion(self, desk: Desk) -> None:
        case = services.assess(scene.file().pk, opinion="pass", actor="channel:auditor", at=scene.ASSESSED)
        assert services.decide(case.pk, "pass", by=desk.district(), at=AT).state == "MUNICIPAL_REVIEW"

    def test_another_word_is_an_input_error(self, desk: Desk) -> None:
        with pytest.raises(InputError) as error:
            services.assess(scene.file().pk, opinion="maybe", by=desk.third_party(), at=AT)
        assert set(error.value.fields) == {"opinion"}


class TestReasons:
    def test_an_unknown_code_is_an_input_error(self, desk: Desk) -> None:
        case = filed_with(desk)
        for event in ("return", "reject"):
            with pytest.raises(InputError) as error:
                services.decide(case.pk, event, by=desk.district(), at=AT, reasons=["V99"])
            assert set(error.value.fields) == {"reasons"}

    def test_a_code_of_the_other_scheme_is_unknown(self, desk: Desk) -> None:
        with pytest.raises(InputError):
            services.decide(filed_with(desk).pk, "reject", by=desk.district(), at=AT, reasons=["V19"])

    def test_a_rejection_needs_a_ground_that_cannot_be_cured(self, desk: Desk) -> None:
        case = filed_with(desk)
        before = scene.snapshot()
        for curable in (["V24"], ["V22", "V25"], ["V26"]):
            with pytest.raises(InputError) as error:
                services.decide(case.pk, "reject", by=desk.district(), at=AT, reasons=curable, comment="说明")
            assert set(error.value.fields) == {"reasons"}
        assert scene.snapshot() == before
        assert services.decide(case.pk, "reject", by=desk.district(), at=AT, reasons=["V24", "V27"]).state == (
            "PROPOSED_REJECT"
        )

    def test_without_a_ground_and_nothing_found_a_comment_is_needed(self, desk: Desk) -> None:
        case = filed_with(desk)
        for event in ("return", "reject"):
            with pytest.raises(InputError):
                services.decide(case.pk, event, by=desk.district(), at=AT)
        case = services.decide(case.pk, "return", by=desk.district(), at=AT, comment="请补充说明")
        assert case.state == "RETURNED"

    def test_none_given_but_derivable_from_the_findings(self, desk: Desk) -> None:
        case = filed_with(desk, said={"new_owner_id_now": builders.resident_id(77)})
        case = services.decide(case.pk, "reject", by=desk.district(), at=AT)
        reasons = case.decisions.get(event="reject").reasons
        assert [reason["code"] for reason in reasons] == ["V08"]
        assert reasons[0]["clause"].startswith("京商流通字〔2026〕2号 二(二)4")
        assert reasons[0]["title"]

    def test_what_is_derived_fits_what_each_finding_says(self, desk: Desk) -> None:
        case = filed_with(desk, said={"new_owner_id_now": builders.resident_id(77)})
        vehicles.answer(case.pk, "tax", {"status": "red"}, at=AT, actor="channel:tax")
        assert findings(case, "reject") == {"V-C-12"}
        assert findings(case, "return")
        case = services.decide(case.pk, "return", by=desk.district(), at=AT)
        assert {reason["code"] for reason in case.decisions.get(event="return").reasons} == {"V25"}

    def test_given_codes_stand_on_the_decision_with_clause_once_each(self, desk: Desk) -> None:
        case = services.decide(filed_with(desk).pk, "return", by=desk.district(), at=AT, reasons=["V24", "V25", "V24"])
        reasons = case.decisions.get(event="return").reasons
        assert [reason["code"] for reason in reasons] == ["V24", "V25"]
        assert all(reason["clause"].startswith("京商流通字〔2026〕2号") for reason in reasons)

    def test_what_a_person_has_cleared_is_no_ground(self, desk: Desk) -> None:
        case = filed_with(desk, said={"catalogue": None})
        assert findings(case, "manual")
        for rule in sorted(findings(case, "manual")):
            services.clear(case.pk, rule=rule, result="pass", comment="车型代号笔误，已核实", by=desk.district(), at=AT)
        with pytest.raises(InputError):
            services.decide(case.pk, "reject", by=desk.district(), at=AT)


@pytest.mark.proves("V-C-05")
class TestCurable:
    def test_on_the_last_day_a_return_is_possible(self, desk: Desk) -> None:
        case = filed_with(desk)
        at = when("12-10 23:59:59")
        assert services.decide(case.pk, "return", by=desk.district(), at=at, reasons=["V24"]).state == "RETURNED"

    @pytest.mark.parametrize("stage", ["district", "municipal"])
    def test_from_the_deadline_on_nothing_can_be_returned(self, stage: str, desk: Desk) -> None:
        case = filed_with(desk) if stage == "district" else scene.at_municipal(desk)
        user = desk.district() if stage == "district" else desk.municipal()
        with pytest.raises(Refused) as refusal:
            services.decide(case.pk, "return", by=user, at=when("12-11 00:00"), reasons=["V24"])
        assert (refusal.value.code, refusal.value.rule) == ("rule", "V-C-05")
