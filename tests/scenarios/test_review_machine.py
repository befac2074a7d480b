"""A hypothesis state machine over review and ledger: whatever people, channels and time do, the invariants hold.

The model keeps nothing but which cases it made; every expectation is an invariant of the database after the step.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from applications.vehicles import services as vehicles
from ledger import services as ledger
from ledger.models import Hold
from policy.errors import InputError, Refused
from review import services, states, workflow
from review.models import Case, Decision, Evaluation
from tests import builders, scene
from tests.actors import Desk
from tests.builders import REPLACEMENT, SCRAPPAGE, page, when
from tests.ledger.invariants import check_ledger

SIGNING = ("assess", "pass", "reject")
MOVES = {(row.source, row.target) for row in workflow.TRANSITIONS} | {
    (row.source, back)
    for row in workflow.TRANSITIONS
    if row.target == workflow.BACK_TO_RETURNER
    for back in ("DISTRICT_REVIEW", "MUNICIPAL_REVIEW")
}
reached: Counter[str] = Counter()


class Portal(RuleBasedStateMachine):
    """Two persons with every role and some others work on the filings of a few persons, with money for about five."""

    cases = Bundle("cases")

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.at = when("03-02 09:00")
        self.filed = 0
        self.seen: dict[int, str] = {}
        self.refused_by: set[str] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    @initialize(target=cases)
    def open_the_house(self) -> Any:
        """Staff, money, and a case in each stage: random walks alone seldom get to the end."""
        scene.allot(5 * builders.SCRAPPAGE_FEN + 500_000)
        desk = Desk()
        both = [("district_reviewer", "chaoyang"), ("district_reviewer", "haidian"), ("municipal_approver", "bureau")]
        everything = desk.person("everything", [*both, ("third_party_auditor", "third-party")])
        self.people = [
            everything,
            desk.person("everything-again", both, same_as=everything),
            desk.person("both", both),
            desk.district("chaoyang"),
            desk.municipal(),
            desk.third_party(),
        ]
        return multiple(
            scene.approved(desk, builders.scrappage(91)).pk,
            scene.at_municipal(desk, builders.scrappage(92)).pk,
            scene.file(builders.without_page(builders.scrappage(93), "INV")).pk,
        )

    @rule(
        target=cases,
        scheme=st.sampled_from([SCRAPPAGE, REPLACEMENT]),
        person=st.integers(1, 5),
        kind=st.sampled_from(["clean", "clean", "incomplete", "silent", "sold"]),
    )
    def file(self, scheme: str, person: int, kind: str) -> int:
        self.filed += 1
        filed = builders.FILINGS[scheme](100 + self.filed, person=person)
        if kind == "incomplete":
            filed = builders.without_page(filed, "INV")
        said = {"silent": {}, "sold": builders.answers(filed, {"new_owner_id_now": builders.resident_id(9)})}
        try:
            return scene.file(filed, at=self.tick(), said=said.get(kind)).pk
        except Refused as refusal:
            self.refused_by.add(refusal.rule or refusal.code)
            return 0

    @rule(case=cases, who=st.integers(0, 5), event=st.sampled_from([*workflow.STAFF_EVENTS, "pass", "pass"]))
    def decide(self, case: int, who: int, event: str) -> None:
        reasons = {"return": ["V24"], "reject": ["V27"]}.get(event, [])
        self.attempt(services.decide, case, event, by=self.people[who], at=self.tick(), reasons=reasons)

    @rule(case=cases, who=st.sampled_from([0, 5, 5]), opinion=st.sampled_from(["pass", "pass", "fail"]))
    def assess(self, case: int, who: int, opinion: str) -> None:
        self.attempt(services.assess, case, opinion=opinion, by=self.people[who], at=self.tick())

    @rule(case=cases, who=st.integers(0, 5))
    def take_or_recuse(self, case: int, who: int) -> None:
        step = services.recuse if (case + who) % 7 == 0 else services.take
        self.attempt(step, case, by=self.people[who], at=self.tick())

    @rule(case=cases, who=st.integers(2, 4))
    def clear_all(self, case: int, who: int) -> None:
        row = Case.objects.filter(pk=case).first()
        findings = row.evaluations.order_by("-seq")[0].findings if row else []
        for record in findings:
            if record["outcome"] == "manual":
                self.attempt(
                    services.clear,
                    case,
                    rule=record["rule"],
                    result="pass",
                    comment="已核实",
                    by=self.people[who],
                    at=self.tick(),
                )

    @rule(case=cases, price=st.sampled_from(["139800.50", "100000.00", "166667.00"]), whole=st.booleans())
    def correct(self, case: int, price: str, whole: bool) -> None:
        changes: dict[str, Any] = {"invoice.total_incl_tax": price}
        row = Case.objects.filter(pk=case).first()
        if whole and row:
            pages = row.vehicle_application.filed["documents"]
            if not any(found["type"] == "INV" for found in pages):
                changes[f"documents.{len(pages)}"] = page("INV")
        self.attempt(vehicles.correct, case, changes, at=self.tick(), actor="applicant")

    @rule(case=cases, sold=st.booleans())
    def police_answer(self, case: int, sold: bool) -> None:
        row = Case.objects.filter(pk=case).first()
        owner = row.vehicle_application.filed["applicant"]["id_number"] if row else ""
        values = {"new_owner_id_now": builders.resident_id(9) if sold else owner}
        self.attempt(vehicles.answer, case, "police", values, at=self.tick(), actor="channel:police")

    @rule(case=cases, meant=st.sampled_from([True, False, False]))
    def withdraw(self, case: int, meant: bool) -> None:
        if meant:
            self.attempt(vehicles.withdraw, case, at=self.tick(), actor="applicant")

    @rule(fen=st.sampled_from([-builders.SCRAPPAGE_FEN, 400_000, builders.SCRAPPAGE_FEN]))
    def allot(self, fen: int) -> None:
        try:
            scene.allot(fen)
        except Refused as refusal:
            self.refused_by.add(refusal.code)

    @rule(case=cases, steps=st.integers(1, 3))
    def go_the_straight_way(self, case: int, steps: int) -> None:
        """Some steps further where a case waits: without it few walks would get to the end."""
        for _ in range(steps):
            row = Case.objects.filter(pk=case, state__in=states.STAGE_OF).first()
            if row is None:
                return
            if row.state == states.DISTRICT_REVIEW and row.opinion != "pass":
                self.assess(case, 5, "pass")
            else:
                self.clear_all(case, 2)
                self.decide(case, 3 if row.state == states.DISTRICT_REVIEW else 4, "pass")
            self.every_move_is_a_row_of_the_table_and_has_its_decision()

    @rule(days=st.integers(1, 3))
    def days_pass(self, days: int) -> None:
        self.at += timedelta(days=days)

    @invariant()
    def the_books_are_right(self) -> None:
        check_ledger()

    @invariant()
    def money_stands_behind_every_state(self) -> None:
        held = dict(Hold.objects.values_list("case_ref", "reserved_fen"))
        committed = dict(Hold.objects.values_list("case_ref", "committed_fen"))
        for case in Case.objects.all():
            if case.state == states.APPROVED:
                assert (committed[case.pk], held[case.pk]) == (case.amount_fen, 0)
            else:
                assert committed.get(case.pk, 0) == 0
            if case.state in states.ENDED_WITHOUT_MONEY:
                assert held.get(case.pk, 0) == 0
            if case.state in states.UNDER_REVIEW:
                assert held[case.pk] > 0

    @invariant()
    def one_live_case_a_person(self) -> None:
        live = Case.objects.filter(state__in=states.LIVE + states.SUBSIDISED)
        assert not live.values("person").annotate(n=Count("pk")).filter(n__gt=1).exists()

    @invariant()
    def nobody_signed_two_stages_of_a_round(self) -> None:
        signed = Decision.objects.filter(event__in=SIGNING, natural_person__isnull=False)
        stages = signed.values("case", "round", "natural_person").annotate(n=Count("stage", distinct=True))
        assert not stages.filter(n__gt=1).exists()

    @invariant()
    def who_is_approved_was_passed_by_three_stages_on_this_content(self) -> None:
        for case in Case.objects.filter(state=states.APPROVED):
            last = case.decisions.filter(event="pass", stage="municipal").order_by("-pk")[0]
            assert (last.content_digest, last.amount_fen) == (case.content_digest, case.amount_fen)
            assert case.decisions.filter(event="pass", stage="district", round=case.round).exists()
            assert case.opinion == "pass"
            assert case.outcome in ("pass", "manual")
            assert case.open_manual == 0

    @invariant()
    def a_filing_is_refused_for_one_reason_only(self) -> None:
        assert self.refused_by <= {"V-C-03", "funds"}

    @invariant()
    def every_move_is_a_row_of_the_table_and_has_its_decision(self) -> None:
        moved = Decision.objects.exclude(event="assess").order_by("case", "-case_version").distinct("case")
        left_at = dict(moved.values_list("case", "to_state"))
        latest = Evaluation.objects.order_by("case", "-seq").distinct("case")
        digests = dict(latest.values_list("case", "content_digest"))
        for case in Case.objects.all():
            before = self.seen.get(case.pk, case.state)
            assert before == case.state or (before, case.state) in MOVES
            self.seen[case.pk] = case.state
            reached[case.state] += 1
            assert left_at.get(case.pk, case.state) == case.state
            assert digests[case.pk] == case.content_digest
            assert (case.due_at is None) == (case.stage == "")

    def tick(self) -> datetime:
        self.at += timedelta(minutes=20)
        return self.at

    def attempt(self, step: Any, case: int, *args: Any, **kwargs: Any) -> None:
        """Try a step; a refusal must leave everything as it was."""
        before = scene.snapshot()
        try:
            step(case, *args, **kwargs)
        except (Refused, InputError):
            assert scene.snapshot() == before


@pytest.mark.usefixtures("db")
def test_review_and_ledger_hold_their_invariants_whatever_happens() -> None:
    run_state_machine_as_test(
        Portal,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # A machine that never gets anywhere proves nothing.
    assert {"DISTRICT_REVIEW", "MUNICIPAL_REVIEW", "RETURNED", "APPROVED"} <= set(reached), reached


def test_the_pool_of_the_machine_is_the_one_the_services_use() -> None:
    from applications.vehicles.facts import POOL_CODE

    assert POOL_CODE == scene.POOL
    assert ledger.AVAILABLE == "available"
