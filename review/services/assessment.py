"""What people add to a case without moving it: the third party's opinion, clearances, recusals."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit import services as audit
from policy.errors import InputError, Refused
from policy.finding import Outcome
from review import states
from review.models import Case, Clearance, Recusal
from review.services.content import finding_digest, refresh_open_manual
from review.services.locks import in_scope, locked_case, refuse_if_locked_by_other, refuse_if_recused
from review.services.signing import sign
from staff import permissions
from staff.models import User

_FOUR_EYES = "同一人不能办理本件的两个环节，请由他人办理。"
ASSESSABLE = (states.DISTRICT_REVIEW, states.RETURNED, states.NOT_ACCEPTED)


@transaction.atomic
def assess(
    case_id: int, *, opinion: str, at: datetime, by: User | None = None, actor: str = "", comment: str = ""
) -> Case:
    """Record the commissioned third party's opinion (V-C-17): `pass` or `fail`. The state does not change.

    Either a staff member `by` of the third party, or its system as `actor` ("channel:…").
    """
    if opinion not in ("pass", "fail"):
        raise InputError.of("opinion", "审核意见只能是 pass 或 fail。")
    case = locked_case(case_id)
    if by is not None:
        in_scope(case, by)
        permissions.require(by, "case.assess", district=case.district)
        refuse_if_recused(case, by)
    if case.state not in ASSESSABLE:
        raise Refused("state", f"本件处于“{case.get_state_display()}”，不需要第三方审核。")
    if by is not None and _signed_elsewhere(case, by):
        raise Refused("four_eyes", _FOUR_EYES)
    signer = by.actor if by else actor
    decision = sign(
        case,
        stage=states.THIRD_PARTY,
        event="assess",
        target=case.state,
        actor=signer,
        by=by,
        at=at,
        four_eyes=_FOUR_EYES,
        comment=comment,
        opinion=opinion,
    )
    case.opinion = opinion
    case.version += 1
    case.save(update_fields=["opinion", "version"])
    audit.record(
        "case.assessed",
        actor=signer,
        at=at,
        object_type="case",
        object_id=case.receipt_no,
        after=opinion,
    )
    audit.record("decision.signed", actor=signer, at=at, object_type="decision", object_id=str(decision.pk))
    return case


@transaction.atomic
def clear(case_id: int, *, rule: str, result: str, comment: str, by: User, at: datetime) -> Case:
    """Settle a manual finding with a reason: `pass` or `reject`; the state does not change.

    Only `manual` can be settled: any other failing finding needs new facts, never a click (DESIGN §3).
    """
    if result not in ("pass", "reject"):
        raise InputError.of("result", "核查结论只能是 pass 或 reject。")
    if not comment.strip():
        raise InputError.of("comment", "请写明核查情况和依据。")
    case = locked_case(case_id)
    in_scope(case, by)
    permissions.require(by, "case.clear", district=case.district)
    if case.state not in states.UNDER_REVIEW:
        raise Refused("state", f"本件处于“{case.get_state_display()}”，不能办理核查结论。")
    refuse_if_recused(case, by)
    refuse_if_locked_by_other(case, by, at)
    latest = case.evaluations.order_by("-seq").first()
    findings = list(latest.findings) if latest else []
    record = next((record for record in findings if record["rule"] == rule), None)
    if record is None or record["outcome"] != Outcome.MANUAL:
        raise Refused("state", f"{rule} 现在不是待人工核查的结论。")
    row = Clearance.objects.create(
        case=case,
        rule=rule,
        finding_digest=finding_digest(record),
        result=result,
        comment=comment.strip(),
        by=by,
        at=at,
    )
    case.version += 1
    refresh_open_manual(case, findings)
    case.save(update_fields=["version", "open_manual"])
    audit.record(
        "case.cleared",
        actor=by.actor,
        at=at,
        object_type="case",
        object_id=case.receipt_no,
        data={"rule": rule, "result": result, "clearance": row.pk},
    )
    audit.record("clearance.signed", actor=by.actor, at=at, object_type="clearance", object_id=str(row.pk))
    return case


@transaction.atomic
def recuse(case_id: int, *, by: User, at: datetime, reason: str = "") -> Case:
    """A person stays out of a case (回避); a claim of theirs is given back."""
    case = locked_case(case_id)
    in_scope(case, by)
    permissions.require(by, "case.recuse", district=case.district)
    if case.state not in states.LIVE:
        raise Refused("state", "本件已办结，不需要回避。")
    _, fresh = Recusal.objects.get_or_create(
        case=case, natural_person_id=by.natural_person_id, defaults={"reason": reason.strip(), "at": at}
    )
    if fresh:
        audit.record("case.recused", actor=by.actor, at=at, object_type="case", object_id=case.receipt_no)
    if case.lock_by_id == by.pk:
        case.lock_by = None
        case.lock_until = None
        case.save(update_fields=["lock_by", "lock_until"])
    return case


def _signed_elsewhere(case: Case, by: User) -> bool:
    return (
        case.decisions.filter(round=case.round, natural_person=by.natural_person_id, event__in=("pass", "reject"))
        .exclude(stage=states.THIRD_PARTY)
        .exists()
    )
