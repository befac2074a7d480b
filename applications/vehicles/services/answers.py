"""Facts that arrive later: authorities' answers by API or by hand, and what staff confirm of documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from applications.vehicles.models import VehicleApplication
from exchange import authority
from policy.errors import InputError, Refused
from review import states
from review.models import Case
from review.schemes import reviewed
from review.services import apply_event, freeze
from review.services.content import unsettled
from review.services.locks import locked_case

CHANGEABLE = states.UNDER_REVIEW + states.AWAITING_APPLICANT + (states.APPROVED,)


@transaction.atomic
def answer(case_id: int, kind: str, values: Mapping[str, Any], *, at: datetime, actor: str) -> Case:
    """Take an authority's answer (`police` or `tax`, names of contract §2) and judge the case again.

    Raises InputError for a kind, name or value that cannot be, Refused where the case has ended.
    """
    if kind not in authority.FIELDS:
        raise InputError.of("kind", "应为：" + "、".join(sorted(authority.FIELDS)))
    case = locked_case(case_id)
    if case.state not in CHANGEABLE:
        raise Refused("state", f"本件处于“{case.get_state_display()}”，不再接受核实结果。")
    authority.record_answer(case.pk, kind, values, source=actor, at=at)
    application = VehicleApplication.objects.select_for_update().get(case=case)
    application.answers = {**application.answers, **_as_facts(kind, values, application.answers)}
    application.save(update_fields=["answers"])
    return judge_again(case, cause=kind, at=at, actor=actor)


@transaction.atomic
def documents_changed(case_id: int, *, at: datetime, actor: str) -> Case:
    """Judge again after a page was uploaded or staff confirmed one; an approval falls with the page it rested on.

    While the applicant owes a correction the new page waits for that correction.
    """
    case = locked_case(case_id)
    if case.state not in (*states.UNDER_REVIEW, states.APPROVED):
        return case
    return judge_again(case, cause="documents", at=at, actor=actor)


def judge_again(case: Case, *, cause: str, at: datetime, actor: str) -> Case:
    """Evaluate a locked case with what is known now.

    An approval falls when what it bound has changed (the content, the amount) or no longer passes.
    """
    bound = case.content_digest
    evaluated = reviewed(case.scheme).refresh(case, at=at)
    latest = case.evaluations.order_by("-seq").first()
    records = [finding.as_record() for finding in evaluated.result.findings]
    if latest and latest.findings == records and latest.content_digest == evaluated.content_digest:
        return case
    freeze(case, evaluated, cause=cause, at=at, actor=actor)
    if case.state == states.APPROVED and (case.content_digest != bound or unsettled(case, records)):
        return apply_event(case, "fall", actor="system:review", at=at)
    return case


def _as_facts(kind: str, values: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """An answer under the names the dossier's `facts` use. Police that answer anything have answered."""
    if kind == "tax":
        return {"tax": {**(known.get("tax") or {}), **values}}
    facts = dict(values)
    facts.pop("vin_used_elsewhere", None)
    facts.setdefault("police_answered", True)
    return facts
