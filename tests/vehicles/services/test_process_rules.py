"""Two rules that live in the process: established falsehood refuses (V-C-15), versions apply by receipt (V-C-21)."""

from __future__ import annotations

import pytest

from policy.errors import Refused
from regulation import selectors as regulation
from regulation import services as policy
from regulation.models import PolicyVersion
from review import services as review
from tests import scene
from tests.actors import Desk
from tests.builders import when

pytestmark = pytest.mark.usefixtures("funded")

JULY = when("07-01 00:00")


@pytest.mark.proves("V-C-15")
class TestEstablishedFalsehood:
    def test_refuses_before_payment_what_every_check_passes_and_frees_the_money(self, desk: Desk) -> None:
        """Example 1: a forged certificate found before payment."""
        case = scene.at_municipal(desk)
        held = scene.money()["reserved"]
        assert held > 0
        at = when("03-05 09:00")
        refused = review.decide(
            case.pk, "reject", by=desk.municipal(), at=at, reasons=["V27"], comment="回收证明经查实系伪造"
        )
        assert refused.state == "REJECTED"
        assert scene.money()["reserved"] == 0

    def test_the_district_can_only_propose_it(self, desk: Desk) -> None:
        case = scene.assessed(scene.file(), desk)
        proposed = review.decide(
            case.pk, "reject", by=desk.district(), at=when("03-03 09:00"), reasons=["V27"], comment="经查实"
        )
        assert proposed.state == "PROPOSED_REJECT"
        assert scene.money()["reserved"] > 0


@pytest.mark.proves("V-C-21")
class TestPolicyVersions:
    def draft(self, desk: Desk, number: str = "") -> PolicyVersion:
        return policy.draft(
            "2026-2",
            {"cap_s_nev": "18000.00"},
            effective_from=JULY,
            by=desk.person("drafter", [("municipal_approver", "bureau")]),
            at=when("06-01 09:00"),
            document_no=number,
        )

    def test_a_signed_change_judges_what_is_received_from_its_day_on(self, desk: Desk) -> None:
        """Example 1: a new notice changes a cap from 07-01."""
        version = self.draft(desk)
        policy.sign(version.pk, document_no="京商〔2026〕9号", by=desk.municipal(), at=when("06-02 09:00"))
        before = regulation.parameters("vehicle-scrappage", when("06-30 23:59:59"))
        after = regulation.parameters("vehicle-scrappage", JULY)
        assert (before["cap_s_nev"], before.version) == (2_000_000, "2026-1")
        assert (after["cap_s_nev"], after.version) == (1_800_000, "2026-2")

    def test_a_draft_judges_nothing(self, desk: Desk) -> None:
        self.draft(desk, "京商〔2026〕9号")
        assert regulation.parameters("vehicle-scrappage", JULY)["cap_s_nev"] == 2_000_000

    def test_without_a_document_number_it_is_not_signed(self, desk: Desk) -> None:
        """Example 2."""
        version = self.draft(desk)
        with pytest.raises(Refused) as refusal:
            policy.sign(version.pk, document_no=" ", by=desk.municipal(), at=when("06-02 09:00"))
        assert (refusal.value.code, refusal.value.rule) == ("rule", "V-C-21")
        version.refresh_from_db()
        assert version.signed_by is None

    def test_a_filing_keeps_the_version_it_was_judged_by(self, desk: Desk) -> None:
        case = scene.file()
        evaluation = case.evaluations.latest("pk")
        assert evaluation.policy_version == "2026-1"
