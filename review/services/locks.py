"""The claim lock: one person works on a case for a while; it expires by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from audit import services as audit
from policy.clock import local
from policy.errors import Refused
from review import states
from review.models import Case
from staff import permissions
from staff.models import User

# Who may work on a case in a state: any one of these actions is enough.
WORKING_ACTIONS = {
    states.DISTRICT_REVIEW: ("case.pass_district", "case.assess"),
    states.MUNICIPAL_REVIEW: ("case.pass_municipal",),
    states.PROPOSED_REJECT: ("case.reject_municipal",),
}


def locked_case(case_id: int) -> Case:
    """The case with its row locked until the end of the transaction; Refused("not_found") otherwise."""
    case = Case.objects.select_for_update(of=("self",)).select_related("lock_by").filter(pk=case_id).first()
    if case is None:
        raise Refused("not_found", "没有这件申请。")
    return case


def in_scope(case: Case, by: User) -> None:
    """Refuse as "not found" what `by` may not even see: another district learns nothing."""
    if not permissions.allowed(by, "case.view", district=case.district):
        raise Refused("not_found", "没有这件申请。")


def refuse_if_recused(case: Case, by: User) -> None:
    """Refused("recused") for a person who stays out of this case (回避), by whichever account."""
    # `all()`, so that a page that has read a case with its rows asks nothing again.
    if any(row.natural_person_id == by.natural_person_id for row in case.recusals.all()):
        raise Refused("recused", "您已回避本件，不能办理。")


def refuse_if_locked_by_other(case: Case, by: User, at: datetime) -> None:
    """Refused("locked") while somebody else's claim runs."""
    if case.lock_by_id and case.lock_by_id != by.pk and case.lock_until and case.lock_until > at:
        holder = case.lock_by
        name = holder.display_name if holder else ""
        raise Refused("locked", f"{name}已锁定本件至{local(case.lock_until):%H:%M}，请处理其他案件。")


@transaction.atomic
def take(case_id: int, *, by: User, at: datetime) -> Case:
    """Claim a case for CLAIM_LOCK_MINUTES; taking one's own again extends it."""
    case = locked_case(case_id)
    in_scope(case, by)
    actions = WORKING_ACTIONS.get(case.state, ())
    if not actions:
        raise Refused("state", f"本件处于“{case.get_state_display()}”，现在不需要审核。")
    if not any(permissions.allowed(by, action, district=case.district) for action in actions):
        raise Refused("permission", "您的岗位不能办理这一环节。")
    refuse_if_recused(case, by)
    refuse_if_locked_by_other(case, by, at)
    fresh = case.lock_by_id != by.pk or not case.lock_until or case.lock_until <= at
    case.lock_by = by
    case.lock_until = at + timedelta(minutes=settings.CLAIM_LOCK_MINUTES)
    case.save(update_fields=["lock_by", "lock_until"])
    if fresh:
        audit.record("case.taken", actor=by.actor, at=at, object_type="case", object_id=case.receipt_no)
    return case


@transaction.atomic
def release(case_id: int, *, by: User, at: datetime) -> Case:
    """Give a claim back; somebody else's is left alone."""
    case = locked_case(case_id)
    in_scope(case, by)
    if case.lock_by_id == by.pk:
        case.lock_by = None
        case.lock_until = None
        case.save(update_fields=["lock_by", "lock_until"])
        audit.record("case.released", actor=by.actor, at=at, object_type="case", object_id=case.receipt_no)
    return case
