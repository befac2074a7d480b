"""Perform a row of the workflow table: state, decision record, trail and money in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from audit import services as audit
from ledger import services as ledger
from policy.errors import InputError, Refused
from review import clocks, workflow
from review.models import Case
from review.schemes import reviewed
from review.services.assessment import recuse
from review.services.content import freeze, unsettled
from review.services.guards import GUARDS, Attempted
from review.services.locks import in_scope, locked_case, refuse_if_locked_by_other
from review.services.signing import sign
from review.workflow import BACK_TO_RETURNER, Transition
from staff import permissions
from staff.models import User

# Kinds of reason codes (R 不予补贴, N 不予受理, B 退回, M 人工, K 拦截) that go with an event, and with a finding.
_KINDS_OF_EVENT = {"return": set("BN"), "reject": set("RNK")}
_KINDS_OF_OUTCOME = {
    "return": set("B"),
    "not_accepted": set("N"),
    "reject": set("RK"),
    "block": set("RK"),
    "manual": set("BRK"),
}


@transaction.atomic
def decide(
    case_id: int,
    event: str,
    *,
    by: User,
    at: datetime,
    version: int | None = None,
    reasons: Sequence[str] = (),
    comment: str = "",
) -> Case:
    """A person passes, returns, rejects, sends back or recuses from a case.

    `version` is the one the person saw; another one now is Refused("conflict") and nothing changes.
    `reasons` are codes of catalogue §9.5; without any, those that the findings bring are taken.
    """
    if event == "recuse":
        return recuse(case_id, by=by, at=at, reason=comment)
    if event not in workflow.STAFF_EVENTS:
        raise InputError.of("event", "没有这种决定。")
    case = locked_case(case_id)
    in_scope(case, by)
    row = workflow.find(case.state, event)
    if row is None:
        raise Refused("state", f"本件处于“{case.get_state_display()}”，不能作出这一决定。")
    permissions.require(by, row.action, district=case.district)
    if version is not None and version != case.version:
        raise Refused("conflict", "本件刚被他人更新，请看过最新内容后再决定；您填写的内容没有丢失。")
    refuse_if_locked_by_other(case, by, at)
    findings = _look_again(case, event, at=at, actor=by.actor)
    attempt = Attempted(case, row, by, at, findings)
    for guard in row.guards:
        GUARDS[guard](attempt)
    grounds = _grounds(case, row, findings, reasons, comment)
    return _perform(case, row, actor=by.actor, by=by, at=at, reasons=grounds, comment=comment)


@transaction.atomic
def apply_event(case: Case, event: str, *, actor: str, at: datetime, comment: str = "") -> Case:
    """An event of the applicant or the system (withdraw, correct, expire, fall) on a case locked by the caller."""
    row = workflow.find(case.state, event)
    if row is None:
        raise Refused("state", f"本件处于“{case.get_state_display()}”，不能办理这一事项。")
    return _perform(case, row, actor=actor, by=None, at=at, reasons=[], comment=comment)


def _look_again(case: Case, event: str, *, at: datetime, actor: str) -> list[dict[str, Any]]:
    """The findings a decision rests on; before a pass the portal's own facts are looked up again (V-C-12, V-C-03)."""
    latest = case.evaluations.order_by("-seq").first()
    if event == "pass":
        evaluated = reviewed(case.scheme).refresh(case, at=at)
        records = [finding.as_record() for finding in evaluated.result.findings]
        if latest is None or records != latest.findings or evaluated.content_digest != case.content_digest:
            freeze(case, evaluated, cause="recheck", at=at, actor=actor)
        return records
    return list(latest.findings) if latest else []


def _grounds(
    case: Case, row: Transition, findings: list[dict[str, Any]], codes: Sequence[str], comment: str
) -> list[dict[str, str]]:
    """The reason codes with their clauses, frozen on the decision."""
    if not row.reasons:
        return []
    known = reviewed(case.scheme).reason_codes
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise InputError.of("reasons", "没有这个理由代码：" + "、".join(unknown))
    chosen = list(dict.fromkeys(codes)) or suggested(case, row.event, findings)
    incurable = [code for code in chosen if set(known[code].kinds) & _KINDS_OF_EVENT["reject"]]
    if row.event == "reject" and codes and not incurable:
        raise InputError.of("reasons", "不予补贴须有不可补正的理由；可补正的请退回。")
    if not chosen and not comment.strip():
        raise InputError.of("reasons", "请至少选择一项理由，或写明情况。")
    return [{"code": code, "title": known[code].title, "clause": known[code].clause} for code in chosen]


def suggested(case: Case, event: str, findings: list[dict[str, Any]]) -> list[str]:
    """Reason codes that the findings nobody has settled bring, fitting the event and what each finding says."""
    brought: set[str] = set()
    for record in unsettled(case, findings):
        kinds = _KINDS_OF_EVENT[event] & _KINDS_OF_OUTCOME[record["outcome"]]
        for code in reviewed(case.scheme).reason_codes.values():
            if record["rule"] in code.rules and set(code.kinds) & kinds:
                brought.add(code.code)
    return [code for code in reviewed(case.scheme).reason_codes if code in brought]


def _perform(
    case: Case,
    row: Transition,
    *,
    actor: str,
    by: User | None,
    at: datetime,
    reasons: list[dict[str, str]],
    comment: str,
) -> Case:
    before = case.state
    target = row.target
    if target == BACK_TO_RETURNER:
        target = case.returned_from or "DISTRICT_REVIEW"
    if row.event == "return":
        case.returned_from = before
    _sign(case, row, target, actor=actor, by=by, at=at, reasons=reasons, comment=comment)
    case.state = target
    case.version += 1
    if row.new_round:
        case.round += 1
    case.lock_by = None
    case.lock_until = None
    if row.clock:
        clocks.MOVES[row.clock](case, at=at)
    case.save()
    _money(case, row, actor=actor, at=at)
    audit.record(
        f"case.{row.event}",
        actor=actor,
        at=at,
        object_type="case",
        object_id=case.receipt_no,
        before=before,
        after=target,
        data={"stage": row.stage, "reasons": [reason["code"] for reason in reasons], "round": case.round},
    )
    reviewed(case.scheme).on_decided(case, row.event, at=at)
    return case


def _sign(
    case: Case,
    row: Transition,
    target: str,
    *,
    actor: str,
    by: User | None,
    at: datetime,
    reasons: list[dict[str, str]],
    comment: str,
) -> None:
    """The decision row and its place in the trail."""
    decision = sign(
        case,
        stage=row.stage,
        event=row.event,
        target=target,
        actor=actor,
        by=by,
        at=at,
        four_eyes="同一人不能办理本件的两个环节，请由他人复核。",
        comment=comment,
        reasons=reasons,
    )
    audit.record(
        "decision.signed", actor=actor, at=at, object_type="decision", object_id=str(decision.pk), after=target
    )


def _money(case: Case, row: Transition, *, actor: str, at: datetime) -> None:
    if not row.money:
        return
    key = f"case:{case.pk}:{row.money}:{case.version}"
    moved = getattr(ledger, row.money)(case.pk, key=key, at=at, actor=actor)
    if row.money == "commit" and moved != case.amount_fen:
        raise Refused("funds", "预留金额与核定金额不一致，不能通过。")
