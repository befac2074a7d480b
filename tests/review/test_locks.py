"""The claim lock, recusal, scope: who may lay hands on a case, and when not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from policy.errors import Refused
from review import services
from review.models import Case
from tests import builders, scene
from tests.actors import Desk
from tests.builders import when

pytestmark = pytest.mark.usefixtures("funded")

AT = when("03-03 09:00")
TERM = timedelta(minutes=settings.CLAIM_LOCK_MINUTES)
A_SECOND = timedelta(seconds=1)


def code_of(step: object, *args: object, **kwargs: object) -> str:
    """The code a step is refused with; the refusal changed nothing."""
    before = scene.snapshot()
    with pytest.raises(Refused) as refusal:
        step(*args, **kwargs)  # type: ignore[operator]
    assert scene.snapshot() == before
    return refusal.value.code


@pytest.fixture
def taken(desk: Desk) -> Case:
    """A clean case that the first reviewer of 朝阳 has claimed at 09:00."""
    case = scene.assessed(scene.file(), desk)
    desk.district(number=2)
    return services.take(case.pk, by=desk.district(), at=AT)


def test_a_claim_keeps_a_second_person_out_until_it_expires(taken: Case, desk: Desk) -> None:
    second = desk.district(number=2)
    last = AT + TERM - A_SECOND
    assert code_of(services.take, taken.pk, by=second, at=last) == "locked"
    assert code_of(services.decide, taken.pk, "pass", by=second, at=last) == "locked"
    assert services.take(taken.pk, by=second, at=AT + TERM).lock_by_id == second.pk
    assert code_of(services.decide, taken.pk, "pass", by=desk.district(), at=AT + TERM) == "locked"


def test_an_expired_claim_does_not_hinder_a_decision(taken: Case, desk: Desk) -> None:
    case = services.decide(taken.pk, "pass", by=desk.district(number=2), at=AT + TERM)
    assert (case.state, case.lock_by_id, case.lock_until) == ("MUNICIPAL_REVIEW", None, None)


def test_taking_again_extends_ones_own_claim(taken: Case, desk: Desk) -> None:
    later = AT + TERM - A_SECOND
    assert services.take(taken.pk, by=desk.district(), at=later).lock_until == later + TERM


def test_a_released_claim_is_free(taken: Case, desk: Desk) -> None:
    services.release(taken.pk, by=desk.district(), at=AT)
    assert services.take(taken.pk, by=desk.district(number=2), at=AT).lock_by_id == desk.district(number=2).pk


def test_somebody_elses_release_leaves_the_claim_alone(taken: Case, desk: Desk) -> None:
    assert services.release(taken.pk, by=desk.district(number=2), at=AT).lock_by_id == desk.district().pk


def test_the_refusal_names_holder_and_time_but_no_login(taken: Case, desk: Desk) -> None:
    with pytest.raises(Refused) as refusal:
        services.take(taken.pk, by=desk.district(number=2), at=AT)
    assert desk.district().display_name in refusal.value.message
    assert f"{AT + TERM:%H:%M}" in refusal.value.message
    assert desk.district().login not in refusal.value.message


def test_a_decision_gives_the_claim_back(taken: Case, desk: Desk) -> None:
    case = services.decide(taken.pk, "pass", by=desk.district(), at=AT)
    assert case.lock_by_id is None
    assert services.take(case.pk, by=desk.municipal(), at=AT).lock_by_id == desk.municipal().pk


def test_a_stale_version_is_a_conflict_and_changes_nothing(taken: Case, desk: Desk) -> None:
    for version in (taken.version - 1, taken.version + 1):
        assert code_of(services.decide, taken.pk, "pass", by=desk.district(), at=AT, version=version) == "conflict"
    assert services.decide(taken.pk, "pass", by=desk.district(), at=AT, version=taken.version).state == (
        "MUNICIPAL_REVIEW"
    )


def test_another_district_finds_nothing(taken: Case, desk: Desk) -> None:
    other = desk.district("haidian")
    for step in (services.take, services.release, services.recuse):
        assert code_of(step, taken.pk, by=other, at=AT) == "not_found"
    for event in ("pass", "return", "reject", "back", "recuse"):
        assert code_of(services.decide, taken.pk, event, by=other, at=AT) == "not_found"
    assert code_of(services.clear, taken.pk, rule="V-C-19", result="pass", comment="x", by=other, at=AT) == "not_found"


def test_a_case_that_does_not_exist_reads_like_one_of_another_district(taken: Case, desk: Desk) -> None:
    with pytest.raises(Refused) as missing:
        services.take(0, by=desk.district(), at=AT)
    with pytest.raises(Refused) as foreign:
        services.take(taken.pk, by=desk.district("haidian"), at=AT)
    assert missing.value.as_dict() == foreign.value.as_dict()


def test_a_role_that_has_ended_opens_nothing(desk: Desk) -> None:
    from staff import services as staff
    from staff.models import User

    reviewer = desk.district()
    case = scene.file()
    staff.end_role(reviewer.assignments.get(), by="system:test", at=when("03-10 09:00"))
    fresh = User.objects.get(pk=reviewer.pk)
    assert code_of(services.take, case.pk, by=fresh, at=when("03-16 09:00")) == "not_found"


class TestRecusal:
    @pytest.fixture
    def recused(self, desk: Desk) -> Case:
        """A case whose first reviewer of 朝阳 stays out of it."""
        case = scene.assessed(scene.file(said=builders.answers(builders.scrappage(), {"tax": None})), desk)
        services.take(case.pk, by=desk.district(), at=AT)
        return services.decide(case.pk, "recuse", by=desk.district(), at=AT, comment="申请人为亲属")

    def test_gives_the_claim_back_and_moves_nothing(self, recused: Case) -> None:
        assert (recused.state, recused.lock_by_id) == ("DISTRICT_REVIEW", None)
        assert recused.recusals.get().reason == "申请人为亲属"

    def test_keeps_the_person_out_of_every_step(self, recused: Case, desk: Desk) -> None:
        me = desk.district()
        rule = next(r["rule"] for r in recused.evaluations.get().findings if r["outcome"] == "manual")
        assert code_of(services.take, recused.pk, by=me, at=AT) == "recused"
        for event in ("pass", "return", "reject"):
            assert code_of(services.decide, recused.pk, event, by=me, at=AT, reasons=["V27"]) == "recused"
        assert code_of(services.clear, recused.pk, rule=rule, result="pass", comment="核实", by=me, at=AT) == "recused"

    def test_holds_for_the_persons_other_account(self, recused: Case, desk: Desk) -> None:
        other = desk.person("other-account", [("municipal_approver", "bureau")], same_as=desk.district())
        Case.objects.filter(pk=recused.pk).update(state="MUNICIPAL_REVIEW")
        for event in ("pass", "return", "reject", "back"):
            assert code_of(services.decide, recused.pk, event, by=other, at=AT, reasons=["V27"]) == "recused"

    def test_holds_for_the_third_party(self, recused: Case, desk: Desk) -> None:
        auditor = desk.third_party(2)
        services.recuse(recused.pk, by=auditor, at=AT)
        assert code_of(services.assess, recused.pk, opinion="pass", by=auditor, at=AT) == "recused"

    def test_leaves_the_case_to_others(self, recused: Case, desk: Desk) -> None:
        assert services.take(recused.pk, by=desk.district(number=2), at=AT).lock_by_id == desk.district(number=2).pk

    def test_twice_is_once(self, recused: Case, desk: Desk) -> None:
        before = scene.snapshot()
        services.recuse(recused.pk, by=desk.district(), at=AT)
        assert scene.snapshot() == before
