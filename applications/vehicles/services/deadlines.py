"""What time does to applications: uncured returns end, owners are looked at again (J-13, J-12)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from applications.vehicles.services.answers import judge_again
from policy.errors import Refused
from review import states
from review.schemes import reviewed
from review.services import apply_event
from review.services.locks import locked_case


@transaction.atomic
def expire(case_id: int, *, at: datetime) -> str:
    """End an application whose correction deadline has passed (V-C-05, V-R-09); gives its state."""
    case = locked_case(case_id)
    if case.state not in states.AWAITING_APPLICANT:
        return case.state
    if at < reviewed(case.scheme).correction_close(case):
        raise Refused("state", "补正期限未到，不能按逾期办结。")
    return apply_event(case, "expire", actor="system:J-13", at=at).state


@transaction.atomic
def recheck(case_id: int, *, at: datetime) -> bool:
    """Judge an open application again with what is known now (V-C-12, V-R-07); True if its findings changed."""
    case = locked_case(case_id)
    if case.state not in (*states.UNDER_REVIEW, states.APPROVED):
        return False
    before = case.version
    return judge_again(case, cause="J-12", at=at, actor="system:J-12").version != before
