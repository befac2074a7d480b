"""The whole way: one changed row of a real decision, evaluation or ledger entry is found and named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from audit import digests, services
from ledger.models import Entry
from policy import clock
from review.models import Decision, Evaluation
from tests import scene
from tests.actors import Desk


@pytest.fixture
def decided(fresh_db: str) -> str:
    """A case that both passes have passed, sealed."""
    with clock.frozen(scene.MUNICIPAL_PASSED):
        scene.allot(100_000_000)
        scene.approved(Desk())
        services.seal(scene.MUNICIPAL_PASSED)
    report = services.verify()
    assert report.ok, report.breaks
    assert report.counts["subjects"] >= 4
    return fresh_db


def named() -> list[tuple[str, str]]:
    return [(broken.table, broken.row) for broken in services.verify().breaks]


@pytest.mark.parametrize("change", ["comment = 'x'", "amount_fen = amount_fen + 1", "at = at + interval '1 day'"])
def test_a_changed_decision_is_named(decided: str, tamper: Callable[..., int], change: str) -> None:
    decision = Decision.objects.order_by("-id").first()
    assert decision is not None
    assert tamper(f"UPDATE review_decision SET {change} WHERE id = %s", decision.pk) == 1
    assert named() == [("review_decision", str(decision.pk))]


def test_a_deleted_decision_is_named(decided: str, tamper: Callable[..., int]) -> None:
    decision = Decision.objects.order_by("id").first()
    assert decision is not None
    assert tamper("DELETE FROM review_decision WHERE id = %s", decision.pk) == 1
    assert ("review_decision", str(decision.pk)) in named()


def test_a_changed_evaluation_is_named(decided: str, tamper: Callable[..., int]) -> None:
    evaluation = Evaluation.objects.order_by("id").first()
    assert evaluation is not None
    tamper("UPDATE review_evaluation SET findings = '[]' WHERE id = %s", evaluation.pk)
    assert named() == [("review_evaluation", str(evaluation.pk))]


def test_ledger_rows_are_watched(decided: str, tamper: Callable[..., int]) -> None:
    watched = {kind.table for kind in digests.kinds()}
    assert {"review_decision", "review_evaluation", "review_clearance"} <= watched
    assert any(table.startswith("ledger_") for table in watched)
    assert Entry.objects.exists()
