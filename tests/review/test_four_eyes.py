"""One natural person signs one stage of a round: refused by the service, and by the database when it is bypassed."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from policy.errors import Refused
from review import services
from review.models import Case, Decision
from staff.models import User
from tests import scene
from tests.actors import Desk
from tests.builders import when

pytestmark = [pytest.mark.usefixtures("funded"), pytest.mark.proves("V-C-17")]

AT = when("03-05 09:00")
BOTH = [("district_reviewer", "chaoyang"), ("municipal_approver", "bureau")]


def sign_directly(case: Case, stage: str, event: str, user: User, *, round: int = 1, version: int = 900) -> Decision:
    """A decision row written past the service."""
    with transaction.atomic():
        return Decision.objects.create(
            case=case,
            round=round,
            stage=stage,
            event=event,
            from_state="MUNICIPAL_REVIEW",
            to_state="APPROVED",
            actor=user.actor,
            by=user,
            natural_person=user.natural_person,
            at=AT,
            content_digest=case.content_digest,
            case_version=version,
        )


def passed_by(desk: Desk, reviewer: User) -> Case:
    case = scene.assessed(scene.file(), desk)
    return services.decide(case.pk, "pass", by=reviewer, at=when("03-03 09:00"))


def refused(case: Case, event: str, user: User) -> str:
    before = scene.snapshot()
    with pytest.raises(Refused) as refusal:
        services.decide(case.pk, event, by=user, at=AT, reasons=["V27"] if event == "reject" else ())
    assert scene.snapshot() == before
    return refusal.value.code


@pytest.mark.parametrize("event", ["pass", "reject"])
def test_one_account_with_two_roles_cannot_sign_both_stages(event: str, desk: Desk) -> None:
    both = desk.person("both", BOTH)
    case = passed_by(desk, both)
    assert refused(case, event, both) == "four_eyes"
    assert services.decide(case.pk, "pass", by=desk.municipal(), at=AT).state == "APPROVED"


@pytest.mark.parametrize("event", ["pass", "reject"])
def test_two_accounts_of_one_person_cannot_sign_both_stages(event: str, desk: Desk) -> None:
    first = desk.person("first", [BOTH[0]], home="chaoyang")
    second = desk.person("second", [BOTH[1]], same_as=first)
    case = passed_by(desk, first)
    assert refused(case, event, second) == "four_eyes"


def test_who_proposed_a_rejection_cannot_confirm_it(desk: Desk) -> None:
    both = desk.person("both", BOTH)
    case = services.decide(scene.file().pk, "reject", by=both, at=when("03-03 09:00"), reasons=["V27"])
    assert case.state == "PROPOSED_REJECT"
    assert refused(case, "reject", both) == "four_eyes"


@pytest.mark.parametrize("stage", ["district", "municipal"])
def test_the_third_partys_auditor_passes_at_neither_stage(stage: str, desk: Desk) -> None:
    auditor = desk.person("auditing", [("third_party_auditor", "third-party"), *BOTH])
    case = scene.file()
    services.assess(case.pk, opinion="pass", by=auditor, at=scene.ASSESSED)
    if stage == "municipal":
        services.decide(case.pk, "pass", by=desk.district(), at=when("03-03 09:00"))
    assert refused(case, "pass", auditor) == "four_eyes"


def test_the_third_partys_auditor_stays_out_in_a_later_round(desk: Desk) -> None:
    auditor = desk.person("auditing", [("third_party_auditor", "third-party"), *BOTH])
    case = scene.file()
    services.assess(case.pk, opinion="pass", by=auditor, at=scene.ASSESSED)
    services.decide(case.pk, "pass", by=desk.district(), at=when("03-03 09:00"))
    services.decide(case.pk, "back", by=desk.municipal(), at=when("03-04 09:00"))
    assert refused(case, "pass", auditor) == "four_eyes"


def test_who_passed_at_a_stage_cannot_assess_in_that_round(desk: Desk) -> None:
    both = desk.person("auditing", [("third_party_auditor", "third-party"), BOTH[0]])
    case = scene.assessed(scene.file(), desk)
    services.decide(case.pk, "return", by=desk.district(number=2), at=when("03-02 11:00"), reasons=["V24"])
    sign_directly(case, "district", "pass", both)
    with pytest.raises(Refused) as refusal:
        services.assess(case.pk, opinion="pass", by=both, at=AT)
    assert refusal.value.code == "four_eyes"


def test_a_new_round_after_back_lets_the_same_people_sign_again(desk: Desk) -> None:
    both = desk.person("both", BOTH)
    case = passed_by(desk, both)
    case = services.decide(case.pk, "back", by=desk.municipal(), at=when("03-04 09:00"), comment="请核对发票")
    assert (case.state, case.round) == ("DISTRICT_REVIEW", 2)
    case = services.decide(case.pk, "pass", by=desk.district(), at=when("03-04 10:00"))
    assert services.decide(case.pk, "pass", by=both, at=AT).state == "APPROVED"


def test_the_first_pass_of_a_new_round_binds_again(desk: Desk) -> None:
    both = desk.person("both", BOTH)
    case = passed_by(desk, desk.district())
    services.decide(case.pk, "back", by=desk.municipal(), at=when("03-04 09:00"))
    services.decide(case.pk, "pass", by=both, at=when("03-04 10:00"))
    assert refused(case, "pass", both) == "four_eyes"


class TestDatabase:
    """The exclusion constraint, with the service bypassed."""

    def test_the_second_signature_of_one_person_is_refused(self, desk: Desk) -> None:
        both = desk.person("both", BOTH)
        case = passed_by(desk, both)
        with pytest.raises(IntegrityError, match="first_pass_is_not_second_pass"):
            sign_directly(case, "municipal", "pass", both)

    def test_the_second_signature_of_another_account_of_one_person_is_refused(self, desk: Desk) -> None:
        first = desk.person("first", [BOTH[0]], home="chaoyang")
        second = desk.person("second", [BOTH[1]], same_as=first)
        case = passed_by(desk, first)
        with pytest.raises(IntegrityError, match="first_pass_is_not_second_pass"):
            sign_directly(case, "municipal", "reject", second)

    def test_the_auditor_of_the_round_is_refused(self, desk: Desk) -> None:
        auditor = desk.person("auditing", [("third_party_auditor", "third-party"), *BOTH])
        case = scene.file()
        services.assess(case.pk, opinion="pass", by=auditor, at=scene.ASSESSED)
        for stage in ("district", "municipal"):
            with pytest.raises(IntegrityError, match="first_pass_is_not_second_pass"):
                sign_directly(case, stage, "pass", auditor)

    def test_another_person_another_round_and_the_same_stage_are_accepted(self, desk: Desk) -> None:
        both = desk.person("both", BOTH)
        case = passed_by(desk, both)
        sign_directly(case, "municipal", "pass", desk.municipal(), version=901)
        sign_directly(case, "municipal", "pass", both, round=2, version=902)
        sign_directly(case, "district", "pass", both, version=903)

    def test_two_decisions_on_one_version_of_a_case_are_refused(self, desk: Desk) -> None:
        case = passed_by(desk, desk.district())
        sign_directly(case, "municipal", "pass", desk.municipal())
        with pytest.raises(IntegrityError, match="one_decision_per_version"):
            sign_directly(case, "municipal", "reject", desk.municipal(2))
