"""Corrections: the deadline to the second, back to who returned it, place in the queue, money (V-C-05, V-C-07)."""

from __future__ import annotations

from typing import Any

import pytest

from applications.vehicles import services
from applications.vehicles.models import VehicleApplication
from ledger import services as ledger
from ledger.models import Hold
from policy.errors import InputError, Refused
from review import selectors
from review.models import Case
from review.services import decide
from tests import builders, scene
from tests.actors import Desk
from tests.builders import REPLACEMENT, SCRAPPAGE, page, when

pytestmark = pytest.mark.usefixtures("funded")

AT = when("03-09 10:00")
STAGES = ("district", "municipal")


def incomplete(scheme: str, n: int = 1, *, at: Any = scene.FILED) -> Case:
    """A filing without the new car's invoice page."""
    return scene.file(builders.without_page(builders.FILINGS[scheme](n), "INV"), at=at)


def completed(case: Case, at: Any) -> Case:
    pages = VehicleApplication.objects.get(case=case).filed["documents"]
    return services.correct(case.pk, {f"documents.{len(pages)}": page("INV")}, at=at, actor="applicant")


def returned_by(stage: str, desk: Desk) -> Case:
    """A case that this stage has returned for another bank account."""
    if stage == "district":
        case = scene.assessed(scene.file(), desk)
        user: Any = desk.district()
    else:
        case = scene.at_municipal(desk)
        user = desk.municipal()
    return decide(case.pk, "return", by=user, at=when("03-05 09:00"), reasons=["V24"], comment="请更换账户")


@pytest.mark.proves("V-C-05")
class TestDeadline:
    @pytest.mark.parametrize("scheme", [SCRAPPAGE, REPLACEMENT])
    def test_a_second_before_midnight_it_passes(self, scheme: str) -> None:
        case = completed(incomplete(scheme), when("12-10 23:59:59"))
        assert (case.state, case.outcome) == ("DISTRICT_REVIEW", "pass")
        assert case.corrected_at == when("12-10 23:59:59")

    @pytest.mark.parametrize("scheme", [SCRAPPAGE, REPLACEMENT])
    def test_at_midnight_it_is_refused_and_nothing_changes(self, scheme: str) -> None:
        case = incomplete(scheme)
        before = scene.snapshot()
        with pytest.raises(Refused) as refusal:
            completed(case, when("12-11 00:00:00"))
        assert (refusal.value.code, refusal.value.rule) == ("rule", "V-C-05")
        assert refusal.value.clause
        assert "二(三)1" in refusal.value.clause
        assert scene.snapshot() == before

    def test_what_staff_returned_falls_under_it_too(self, desk: Desk) -> None:
        case = returned_by("municipal", desk)
        with pytest.raises(Refused) as refusal:
            services.correct(case.pk, {"bank_account.class": "I"}, at=when("12-11 00:00"), actor="applicant")
        assert refusal.value.rule == "V-C-05"


class TestBackToWhoReturned:
    @pytest.mark.parametrize("stage", STAGES)
    def test_a_complete_correction_goes_back_to_the_stage_that_returned_it(self, stage: str, desk: Desk) -> None:
        case = returned_by(stage, desk)
        assert case.state == "RETURNED"
        case = services.correct(case.pk, {"bank_account.number": "6222020299999999999"}, at=AT, actor="applicant")
        assert case.state == {"district": "DISTRICT_REVIEW", "municipal": "MUNICIPAL_REVIEW"}[stage]
        assert case.decisions.order_by("-pk")[0].event == "correct"

    @pytest.mark.parametrize("stage", STAGES)
    def test_an_incomplete_one_stays_and_a_later_complete_one_goes_there_still(self, stage: str, desk: Desk) -> None:
        case = returned_by(stage, desk)
        case = services.correct(case.pk, {"bank_account.class": "II"}, at=AT, actor="applicant")
        assert (case.state, case.outcome) == ("RETURNED", "return")
        case = services.correct(case.pk, {"bank_account.class": "I"}, at=when("03-10 10:00"), actor="applicant")
        assert case.stage == stage

    def test_an_incomplete_replacement_stays_not_accepted(self) -> None:
        case = incomplete(REPLACEMENT)
        case = services.correct(case.pk, {"applicant.phone": "13900139000"}, at=AT, actor="applicant")
        assert (case.state, case.outcome, case.complete_at) == ("NOT_ACCEPTED", "not_accepted", None)

    def test_the_clock_stands_still_while_the_applicant_owes(self, desk: Desk) -> None:
        case = scene.assessed(scene.file(at=when("03-02 09:00")), desk)
        assert case.due_at == when("03-05 09:00")
        case = decide(case.pk, "return", by=desk.district(), at=when("03-03 09:00"), reasons=["V24"])
        assert (case.due_at, case.clock_left_seconds) == (None, 2 * 86400)
        case = services.correct(case.pk, {"bank_account.class": "I"}, at=when("03-09 12:00"), actor="applicant")
        assert case.due_at == when("03-11 12:00")

    def test_the_approval_after_a_correction_is_of_the_corrected_content(self, desk: Desk) -> None:
        case = returned_by("municipal", desk)
        before = case.content_digest
        case = services.correct(case.pk, {"invoice.total_incl_tax": "100000.00"}, at=AT, actor="applicant")
        services.answer(case.pk, "tax", {"total_incl_tax": "100000.00"}, at=AT, actor="channel:tax")
        case = decide(case.pk, "pass", by=desk.municipal(), at=when("03-10 10:00"))
        assert (case.state, case.amount_fen) == ("APPROVED", 1_200_000)
        signed = case.decisions.get(event="pass", stage="municipal")
        assert (signed.content_digest, signed.amount_fen) == (case.content_digest, 1_200_000)
        assert signed.content_digest != before
        assert scene.money()["committed"] == 1_200_000


class TestWhatMayBeChanged:
    @pytest.mark.parametrize(
        "path",
        [
            "applicant.id_number",
            "applicant.id_type",
            "applicant.type",
            "applicant",
            "scheme",
            "channel",
            "external_no",
            "district",
            "submitted_at",
            "facts.police_answered",
            "nowhere",
        ],
    )
    def test_identity_scheme_channel_district_and_facts_cannot(self, path: str) -> None:
        case = incomplete(SCRAPPAGE)
        before = scene.snapshot()
        with pytest.raises(InputError) as error:
            services.correct(case.pk, {path: "x"}, at=AT, actor="applicant")
        assert set(error.value.fields) == {path}
        assert scene.snapshot() == before

    @pytest.mark.parametrize("changes", [{}, {"invoice.total_incl_tax": "1.005"}, {"new_vehicle.vin": "LGX"}])
    def test_what_cannot_be_read_stores_nothing(self, changes: dict[str, str]) -> None:
        case = incomplete(SCRAPPAGE)
        before = scene.snapshot()
        with pytest.raises(InputError):
            services.correct(case.pk, changes, at=AT, actor="applicant")
        assert scene.snapshot() == before

    def test_a_corrected_vin_is_found_and_is_used_up(self, desk: Desk) -> None:
        case = incomplete(SCRAPPAGE)
        new = builders.vin(4711)
        paths = ("old_vehicle.vin", "recycling_certificate.vin", "deregistration.vin")
        services.correct(case.pk, dict.fromkeys(paths, new), at=AT, actor="applicant")
        found = selectors.queue(desk.district(), {"view": "all", "text": new}, at=AT)
        assert [row.pk for row in found] == [case.pk]
        other = builders.scrappage(2, dict.fromkeys(paths, new))
        assert scene.file(other).outcome == "manual"


@pytest.mark.parametrize(
    "state", ["DISTRICT_REVIEW", "MUNICIPAL_REVIEW", "PROPOSED_REJECT", "APPROVED", "PAID", "REJECTED", "WITHDRAWN"]
)
def test_only_what_was_returned_can_be_corrected(state: str) -> None:
    case = incomplete(SCRAPPAGE)
    Case.objects.filter(pk=case.pk).update(state=state)
    with pytest.raises(Refused) as refusal:
        completed(case, AT)
    assert refusal.value.code == "state"


@pytest.mark.proves("V-C-07")
class TestQueue:
    """Catalogue V-C-07 examples 1–3, with AMB-10."""

    def hold_of(self, case: Case) -> int:
        return sum(Hold.objects.filter(case_ref=case.pk).values_list("reserved_fen", flat=True))

    def leave(self, fen: int) -> None:
        """Take money back until the pool has just `fen` left."""
        scene.allot(fen - scene.money()["left"])

    def test_example_1_the_earlier_of_two_gets_the_last_money(self) -> None:
        self.leave(builders.SCRAPPAGE_FEN)
        first = scene.file(builders.scrappage(1), at=when("03-02 10:00:01"))
        second = scene.file(builders.scrappage(2), at=when("03-02 10:00:02"))
        assert (first.state, second.state) == ("DISTRICT_REVIEW", "CLOSED_NO_FUNDS")
        assert (self.hold_of(first), self.hold_of(second)) == (builders.SCRAPPAGE_FEN, 0)

    def test_example_2_a_returned_scrappage_keeps_place_and_money(self, desk: Desk) -> None:
        self.leave(2 * builders.SCRAPPAGE_FEN)
        a = incomplete(SCRAPPAGE, 1, at=when("03-01 09:00"))
        assert (a.state, self.hold_of(a)) == ("RETURNED", builders.SCRAPPAGE_FEN)
        b = scene.file(builders.scrappage(2), at=when("03-05 09:00"))
        late = scene.file(builders.scrappage(3), at=when("03-06 09:00"))
        assert (b.state, late.state) == ("DISTRICT_REVIEW", "CLOSED_NO_FUNDS")
        a = completed(a, when("03-09 09:00"))
        assert (a.state, a.queue_at) == ("DISTRICT_REVIEW", when("03-01 09:00"))
        queue = selectors.queue(desk.district(), {}, at=AT, sort="age")
        assert [row.pk for row in queue] == [a.pk, b.pk]

    def test_example_3_an_incomplete_replacement_ranks_from_its_complete_submission(self, desk: Desk) -> None:
        a = incomplete(REPLACEMENT, 1, at=when("03-01 09:00"))
        assert (a.state, self.hold_of(a)) == ("NOT_ACCEPTED", 0)
        b = scene.file(builders.replacement(2), at=when("03-05 09:00"))
        a = completed(a, when("03-09 09:00"))
        assert (a.state, a.queue_at, self.hold_of(a)) == (
            "DISTRICT_REVIEW",
            when("03-09 09:00"),
            builders.REPLACEMENT_FEN,
        )
        queue = selectors.queue(desk.district("haidian"), {}, at=AT, sort="age")
        assert [row.pk for row in queue] == [b.pk, a.pk]

    def test_a_replacement_returned_at_once_holds_nothing_before_it_is_complete_either(self) -> None:
        case = scene.file(builders.replacement(1, {"bank_account.class": "II"}), at=when("03-01 09:00"))
        assert (case.state, self.hold_of(case)) == ("RETURNED", 0)
        case = services.correct(case.pk, {"bank_account.class": "I"}, at=AT, actor="applicant")
        assert (case.state, case.queue_at, self.hold_of(case)) == ("DISTRICT_REVIEW", AT, builders.REPLACEMENT_FEN)

    def test_a_replacement_that_becomes_complete_too_late_finds_no_money(self) -> None:
        self.leave(builders.REPLACEMENT_FEN)
        a = incomplete(REPLACEMENT, 1, at=when("03-01 09:00"))
        scene.file(builders.replacement(2), at=when("03-05 09:00"))
        a = completed(a, when("03-09 09:00"))
        assert (a.state, self.hold_of(a)) == ("CLOSED_NO_FUNDS", 0)

    def test_a_correction_that_needs_more_than_is_left_is_refused_and_keeps_what_it_holds(self, desk: Desk) -> None:
        case = returned_by("district", desk)
        self.leave(99)
        before = scene.snapshot()
        with pytest.raises(Refused) as refusal:
            services.correct(case.pk, {"invoice.total_incl_tax": "150000.00"}, at=AT, actor="applicant")
        assert (refusal.value.code, refusal.value.rule) == ("funds", "V-C-06")
        assert scene.snapshot() == before

    def test_a_correction_to_a_smaller_sum_gives_the_rest_back(self, desk: Desk) -> None:
        case = returned_by("district", desk)
        services.correct(case.pk, {"invoice.total_incl_tax": "100000.00"}, at=AT, actor="applicant")
        assert scene.money()["reserved"] == 1_200_000

    @pytest.mark.proves("V-C-06")
    def test_a_closing_order_stops_filings_but_not_those_with_a_reservation(self, desk: Desk) -> None:
        held, waiting = incomplete(SCRAPPAGE, 1), incomplete(REPLACEMENT, 2)
        ledger.close(
            scene.POOL, document_no="京商〔2026〕9号", effective_at=when("03-06 18:00"), at=when("03-06 10:00")
        )
        assert scene.file(builders.scrappage(3), at=when("03-06 17:59:59")).state == "DISTRICT_REVIEW"
        with pytest.raises(Refused) as refusal:
            scene.file(builders.scrappage(4), at=when("03-06 18:00:00"))
        assert (refusal.value.code, refusal.value.rule) == ("rule", "V-C-06")
        assert completed(held, AT).state == "DISTRICT_REVIEW"
        assert completed(waiting, AT).state == "CLOSED_NO_FUNDS"


class TestWithdrawal:
    @pytest.mark.parametrize("stage", ["returned", "district", "municipal"])
    def test_before_approval_it_ends_the_case_and_frees_the_money(self, stage: str, desk: Desk) -> None:
        case = {
            "returned": lambda: incomplete(SCRAPPAGE),
            "district": lambda: scene.file(),
            "municipal": lambda: scene.at_municipal(desk),
        }[stage]()
        case = services.withdraw(case.pk, at=AT, actor="applicant", reason="不再申请")
        assert (case.state, case.closed_at) == ("WITHDRAWN", AT)
        assert scene.money()["reserved"] == 0

    def test_an_approved_one_cannot_be_withdrawn(self, desk: Desk) -> None:
        case = scene.approved(desk)
        with pytest.raises(Refused) as refusal:
            services.withdraw(case.pk, at=AT, actor="applicant")
        assert refusal.value.code == "state"
        assert scene.money()["committed"] == builders.SCRAPPAGE_FEN
