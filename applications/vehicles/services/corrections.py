"""What the applicant does after filing: correct what was returned, or withdraw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from applications.vehicles import content
from applications.vehicles.dossier import apply_changes
from applications.vehicles.models import VehicleApplication
from applications.vehicles.services.filing import labels, search_keys
from ledger import services as ledger
from policy.errors import Refused
from policy.finding import Outcome
from review import states
from review.models import Case, CaseKey
from review.services import apply_event, freeze
from review.services.guards import V_C_06, cover
from review.services.locks import locked_case


@transaction.atomic
def correct(case_id: int, changes: Mapping[str, Any], *, at: datetime, actor: str) -> Case:
    """Apply corrections (dotted path → value) to a returned application and check it again (V-C-05).

    A complete one goes back to the stage that returned it; an incomplete one stays with the applicant.
    Raises InputError for a path or value that cannot be, Refused for a late correction or another state.
    """
    case = locked_case(case_id)
    if case.state not in states.AWAITING_APPLICANT:
        raise Refused("state", f"本件处于“{case.get_state_display()}”，现在不能补正。")
    application = VehicleApplication.objects.select_for_update().get(case=case)
    filed = content.read_filed(apply_changes(application.filed, changes), at=at)
    assert case.person is not None
    evaluated = content.evaluate(
        filed,
        application.answers,
        person=case.person,
        case=case,
        submitted_at=case.submitted_at,
        corrected_at=at,
    )
    for finding in evaluated.result.findings:
        late = finding.rule == "V-C-05" and finding.outcome is not Outcome.PASS
        if late or finding.outcome is Outcome.BLOCK:
            raise Refused("rule", finding.message, finding.rule, finding.clause)
    _store(application, case, filed)
    case.corrected_at = at
    freeze(case, evaluated, cause="correct", at=at, actor=actor)
    target = content.state_for(evaluated.result.outcome)
    if target != states.DISTRICT_REVIEW:
        event = "to_return" if target == states.RETURNED else "to_not_accepted"
        return apply_event(case, event, actor=actor, at=at)
    return _complete(case, at=at, actor=actor)


@transaction.atomic
def withdraw(case_id: int, *, at: datetime, actor: str, reason: str = "") -> Case:
    """The applicant takes an application back before it is approved; its reservation is released."""
    return apply_event(locked_case(case_id), "withdraw", actor=actor, at=at, comment=reason)


def _complete(case: Case, *, at: datetime, actor: str) -> Case:
    """A complete submission: its place in the queue, its money, back to the stage that returned it."""
    if case.complete_at is None:
        case.complete_at = at
        if case.scheme == "vehicle-replacement":
            case.queue_at = at
    if not _cover(case, at=at, actor=actor):
        return apply_event(case, "no_funds", actor="system:intake", at=at)
    return apply_event(case, "correct", actor=actor, at=at)


def _cover(case: Case, *, at: datetime, actor: str) -> bool:
    """Bring the reservation to the new sum; a case that holds money keeps it if the pool cannot give more."""
    if not case.computed_fen:
        return True
    held = ledger.held(case.pk)
    key = f"case:{case.pk}:correct:{case.version}"
    if cover(case, case.computed_fen, key=key, at=at, actor=actor, after_closing=bool(held)):
        return True
    if held:
        raise Refused("funds", "年度补贴资金余额不足，不能按补正后的金额预留（《方案》一）。", *V_C_06)
    return False


def _store(application: VehicleApplication, case: Case, filed: dict[str, Any]) -> None:
    """Keep the corrected content, its labels and search keys."""
    application.filed = filed
    application.old_vin = filed["old_vehicle"]["vin"]
    application.new_vin = filed["new_vehicle"]["vin"]
    application.invoice_no = (filed.get("invoice") or {}).get("number") or ""
    application.save()
    for name, value in labels(filed).items():
        setattr(case, name, value)
    keys = [CaseKey(case=case, kind=kind, value=value) for kind, value in sorted(set(search_keys(filed)))]
    CaseKey.objects.bulk_create(keys, ignore_conflicts=True)
