"""The guards that rows of the workflow table name. Each raises Refused or lets the event through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import services as ledger
from policy.errors import Refused
from review.models import Case
from review.schemes import reviewed
from review.services.content import unsettled
from review.services.locks import refuse_if_recused
from review.workflow import Transition
from staff.models import User

V_C_05 = ("V-C-05", "京商流通字〔2026〕2号 二(三)1、三(三)1")
V_C_06 = ("V-C-06", "京商流通字〔2026〕2号 一、二(三)1、三(三)1")
V_C_17 = ("V-C-17", "京商流通字〔2026〕2号 四")
SIGNING_EVENTS = ("assess", "pass", "reject")


@dataclass(frozen=True, slots=True)
class Attempted:
    """What somebody is trying to do: the locked case, the row of the table, the person and the time."""

    case: Case
    row: Transition
    by: User | None
    at: datetime
    findings: list[dict[str, Any]]


def not_recused(attempt: Attempted) -> None:
    """A person who recused stays out."""
    if attempt.by is not None:
        refuse_if_recused(attempt.case, attempt.by)


def four_eyes(attempt: Attempted) -> None:
    """One natural person signs one stage of a round; the exclusion constraint says the same to any code."""
    by = attempt.by
    if by is None:
        return
    own = [row for row in attempt.case.decisions.all() if row.natural_person_id == by.natural_person_id]
    this_round = any(
        row.round == attempt.case.round and row.event in SIGNING_EVENTS and row.stage != attempt.row.stage
        for row in own
    )
    # An opinion of an earlier round still carries the case, so its author stays out of the passes.
    if this_round or any(row.event == "assess" for row in own):
        raise Refused("four_eyes", "同一人不能办理本件的两个环节，请由他人复核。")


def assessed(attempt: Attempted) -> None:
    """V-C-17: the first pass needs the third party's completed and favourable check."""
    if attempt.case.opinion != "pass":
        raise Refused("rule", "未经第三方审核机构审核，不能进入发放环节（《方案》四）。", *V_C_17)


def findings_allow(attempt: Attempted) -> None:
    """A failing finding is overcome only by new facts; a manual one by a person's clearance."""
    standing = unsettled(attempt.case, attempt.findings)
    if standing:
        worst = standing[0]
        raise Refused("rule", worst["message"], worst["rule"], worst["clause"])


def hold_covers(attempt: Attempted) -> None:
    """The reservation equals the amount; a difference is reserved or given back first (V-C-06)."""
    case = attempt.case
    if case.amount_fen is None:
        raise Refused("state", "本件没有可核定的补贴金额，不能通过。")
    if ledger.held(case.pk) == case.amount_fen:
        return
    key = f"case:{case.pk}:cover:{case.version}"
    actor = attempt.by.actor if attempt.by else "system:review"
    if not cover(case, case.amount_fen, key=key, at=attempt.at, actor=actor, after_closing=True):
        raise Refused("funds", "年度补贴资金余额不足，不能按核定金额预留（《方案》一）。", *V_C_06)


def curable(attempt: Attempted) -> None:
    """After the correction deadline nothing can be returned any more (V-C-05)."""
    if attempt.at >= reviewed(attempt.case.scheme).correction_close(attempt.case):
        raise Refused("rule", "补正期限已过，不能再退回补正（《方案》二(三)1、三(三)1）。", *V_C_05)


def cover(case: Case, amount_fen: int, *, key: str, at: datetime, actor: str, after_closing: bool) -> bool:
    """Make the case's reservation exactly `amount_fen`; False if the pool cannot give it."""
    if ledger.held(case.pk):
        return ledger.adjust(case.pk, amount_fen, key=key, at=at, actor=actor)
    pool = reviewed(case.scheme).pool_code
    return ledger.reserve(pool, case.pk, amount_fen, key=key, at=at, actor=actor, after_closing=after_closing)


GUARDS: dict[str, Callable[[Attempted], None]] = {
    "not_recused": not_recused,
    "four_eyes": four_eyes,
    "assessed": assessed,
    "findings_allow": findings_allow,
    "hold_covers": hold_covers,
    "curable": curable,
}
