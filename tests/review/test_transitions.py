"""Every state × event × role: what contract §3 lists succeeds, everything else is refused and changes nothing.

The table below is written from the contract, not from the code under test.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from policy.errors import Refused
from review import services, states, workflow
from review.models import Case
from review.services.locks import locked_case
from staff.models import User
from staff.roles import Role
from tests import scene
from tests.actors import Desk
from tests.builders import when

pytestmark = pytest.mark.usefixtures("funded")

DISTRICT = "district_reviewer"
MUNICIPAL = "municipal_approver"
THIRD_PARTY = "third_party_auditor"
OTHER_DISTRICT = "district_reviewer of 海淀"
NONE = "no role"
WHO = (*[role.value for role in Role], OTHER_DISTRICT, NONE)
# Who sees a case of 朝阳 at all; for anybody else it does not exist.
SEES = {DISTRICT, MUNICIPAL, THIRD_PARTY, "fund_officer", "auditor"}

# (state, verb): (next state, role)
BY_STAFF = {
    ("DISTRICT_REVIEW", "pass"): ("MUNICIPAL_REVIEW", DISTRICT),
    ("DISTRICT_REVIEW", "return"): ("RETURNED", DISTRICT),
    ("DISTRICT_REVIEW", "reject"): ("PROPOSED_REJECT", DISTRICT),
    ("MUNICIPAL_REVIEW", "pass"): ("APPROVED", MUNICIPAL),
    ("MUNICIPAL_REVIEW", "return"): ("RETURNED", MUNICIPAL),
    ("MUNICIPAL_REVIEW", "reject"): ("REJECTED", MUNICIPAL),
    ("MUNICIPAL_REVIEW", "back"): ("DISTRICT_REVIEW", MUNICIPAL),
    ("PROPOSED_REJECT", "reject"): ("REJECTED", MUNICIPAL),
    ("PROPOSED_REJECT", "back"): ("DISTRICT_REVIEW", MUNICIPAL),
}
# (state, event): next state; RETURNED by the district here.
BY_OTHERS = {
    **{
        (state, "withdraw"): "WITHDRAWN"
        for state in ("DISTRICT_REVIEW", "MUNICIPAL_REVIEW", "PROPOSED_REJECT", "RETURNED", "NOT_ACCEPTED")
    },
    ("RETURNED", "correct"): "DISTRICT_REVIEW",
    ("NOT_ACCEPTED", "correct"): "DISTRICT_REVIEW",
    ("RETURNED", "to_return"): "RETURNED",
    ("RETURNED", "to_not_accepted"): "NOT_ACCEPTED",
    ("NOT_ACCEPTED", "to_return"): "RETURNED",
    ("NOT_ACCEPTED", "to_not_accepted"): "NOT_ACCEPTED",
    ("RETURNED", "expire"): "REJECTED",
    ("NOT_ACCEPTED", "expire"): "NOT_ACCEPTED_FINAL",
    ("DISTRICT_REVIEW", "no_funds"): "CLOSED_NO_FUNDS",
    ("RETURNED", "no_funds"): "CLOSED_NO_FUNDS",
    ("NOT_ACCEPTED", "no_funds"): "CLOSED_NO_FUNDS",
    ("APPROVED", "fall"): "MUNICIPAL_REVIEW",
}
STAFF_VERBS = ("pass", "return", "reject", "back")
OTHER_EVENTS = ("withdraw", "correct", "to_return", "to_not_accepted", "expire", "no_funds", "fall")
# What somebody may add without moving the case: verb -> state -> roles that may.
LIVE = (
    "DISTRICT_REVIEW",
    "MUNICIPAL_REVIEW",
    "RETURNED",
    "NOT_ACCEPTED",
    "PROPOSED_REJECT",
    "APPROVED",
    "PAY_PENDING",
    "PAY_FAILED",
)
ADDS: dict[str, dict[str, set[str]]] = {
    "take": {
        "DISTRICT_REVIEW": {DISTRICT, THIRD_PARTY},
        "MUNICIPAL_REVIEW": {MUNICIPAL},
        "PROPOSED_REJECT": {MUNICIPAL},
    },
    "assess": {state: {THIRD_PARTY} for state in ("DISTRICT_REVIEW", "RETURNED", "NOT_ACCEPTED")},
    "recuse": {state: {DISTRICT, MUNICIPAL, THIRD_PARTY} for state in LIVE},
}


@pytest.fixture
def clean_case(desk: Desk) -> Case:
    """A case of 朝阳 that every guard would let through."""
    return scene.assessed(scene.file(), desk)


def put_into(case: Case, state: str) -> None:
    """Bring the row into a state, however far it lies."""
    Case.objects.filter(pk=case.pk).update(state=state, returned_from="DISTRICT_REVIEW" if state == "RETURNED" else "")


def everybody(desk: Desk) -> Iterator[tuple[str, User]]:
    """One account for each role, one of another district, one without any."""
    for who in WHO:
        if who == OTHER_DISTRICT:
            yield who, desk.district("haidian")
        elif who == NONE:
            yield who, desk.nobody()
        else:
            yield who, desk.holder(who, 2)


def outcome_of(step: Callable[[], Any], case: Case, before: dict[str, str]) -> str:
    """The state a step leads to or the code it is refused with, rolled back; a refusal must have changed nothing."""
    refused = None
    with transaction.atomic():
        try:
            step()
        except Refused as refusal:
            refused = refusal.code
        after = scene.snapshot() if refused else before
        result = refused or Case.objects.get(pk=case.pk).state
        transaction.set_rollback(True)
    assert after == before, f"a step refused with {refused} changed something"
    return result


@pytest.mark.parametrize("state", states.ALL)
def test_a_decision_succeeds_only_in_its_state_by_its_role_in_its_district(
    state: str, clean_case: Case, desk: Desk
) -> None:
    put_into(clean_case, state)
    accounts, before = list(everybody(desk)), scene.snapshot()
    expected, seen = {}, {}
    for event in STAFF_VERBS:
        target, role = BY_STAFF.get((state, event), ("", ""))
        for who, user in accounts:
            expected[event, who] = target if who == role else ("permission" if target else "state")
            if who not in SEES:
                expected[event, who] = "not_found"
            step = functools.partial(
                services.decide, clean_case.pk, event, by=user, at=when("03-10 09:00"), comment="核对"
            )
            seen[event, who] = outcome_of(step, clean_case, before)
    assert seen == expected


@pytest.mark.parametrize("state", states.ALL)
def test_an_event_of_applicant_or_system_moves_only_from_its_states(state: str, clean_case: Case) -> None:
    put_into(clean_case, state)
    before, seen = scene.snapshot(), {}
    for event in OTHER_EVENTS:

        def step(event: str = event) -> None:
            services.apply_event(locked_case(clean_case.pk), event, actor="applicant", at=when("03-10 09:00"))

        seen[event] = outcome_of(step, clean_case, before)
    assert seen == {event: BY_OTHERS.get((state, event), "state") for event in OTHER_EVENTS}


@pytest.mark.parametrize("state", states.ALL)
def test_what_is_added_to_a_case_is_added_in_its_states_by_its_roles(state: str, clean_case: Case, desk: Desk) -> None:
    put_into(clean_case, state)
    accounts, before, at = list(everybody(desk)), scene.snapshot(), when("03-10 09:00")
    wrong = {}
    for verb, allowed_in in ADDS.items():
        may = set().union(*allowed_in.values())
        for who, user in accounts:
            steps: dict[str, Callable[[], Any]] = {
                "take": functools.partial(services.take, clean_case.pk, by=user, at=at),
                "assess": functools.partial(services.assess, clean_case.pk, opinion="pass", by=user, at=at),
                "recuse": functools.partial(services.recuse, clean_case.pk, by=user, at=at, reason="亲属"),
            }
            seen = outcome_of(steps[verb], clean_case, before)
            expected = {"permission", "state"}
            if who not in SEES:
                expected = {"not_found"}
            elif who in allowed_in.get(state, set()):
                expected = {state}
            elif state in allowed_in and who not in may:
                expected = {"permission"}
            if seen not in expected:
                wrong[verb, who] = (seen, expected)
    assert not wrong


def test_the_table_in_the_code_holds_no_row_that_the_contract_lacks() -> None:
    ours = {(row.source, row.event) for row in workflow.TRANSITIONS}
    assert ours == set(BY_STAFF) | set(BY_OTHERS)
    assert len(ours) == len(workflow.TRANSITIONS)


def test_every_guard_action_and_clock_move_that_the_table_names_exists() -> None:
    from review.clocks import MOVES
    from review.services.guards import GUARDS
    from staff.permissions import ACTIONS

    for row in workflow.TRANSITIONS:
        assert set(row.guards) <= set(GUARDS)
        assert not row.clock or row.clock in MOVES
        if row.event in STAFF_VERBS:
            assert row.action in ACTIONS


def test_the_database_knows_no_other_state(clean_case: Case) -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="case_state_known"), transaction.atomic():
        Case.objects.filter(pk=clean_case.pk).update(state="UNDER_REVIEW")


def test_a_word_that_is_no_decision_is_an_input_error(clean_case: Case, desk: Desk) -> None:
    from policy.errors import InputError

    for event in ("approve", "withdraw", "expire", "fall", ""):
        with pytest.raises(InputError):
            services.decide(clean_case.pk, event, by=desk.district(), at=when("03-10 09:00"))
