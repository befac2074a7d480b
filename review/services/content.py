"""Bring a case into being and freeze what the rules said about its content."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from audit import services as audit
from people.models import Person
from policy.clock import local
from policy.finding import Outcome
from review import clocks, states
from review.models import Case, CaseKey, Clearance, Evaluation
from review.schemes import Evaluated, reviewed


def open_case(
    evaluated: Evaluated,
    *,
    scheme: str,
    district: str,
    state: str,
    person: Person,
    exclusive_key: str,
    labels: Mapping[str, str],
    keys: Iterable[tuple[str, str]],
    submitted_at: datetime,
    at: datetime,
    actor: str,
) -> Case:
    """A new case in `state` with its first evaluation, search keys and trail; belongs into the caller's transaction.

    `exclusive_key` names who may have one live and one paid case ("" for schemes without such a limit);
    `labels` gives applicant_label, subject, channel, external_no. IntegrityError of the one-live index is the
    caller's to explain (V-C-03).
    """
    complete = state == states.DISTRICT_REVIEW
    case = Case(
        receipt_no=next_receipt_no(reviewed(scheme).prefix, submitted_at),
        scheme=scheme,
        district=district,
        state=state,
        content_digest=evaluated.content_digest,
        exclusive_key=exclusive_key,
        person=person,
        outcome=evaluated.result.outcome.value,
        submitted_at=submitted_at,
        complete_at=submitted_at if complete else None,
        queue_at=submitted_at,
        stage_at=at,
        **labels,
    )
    if complete:
        clocks.restart(case, at=at)
    if state == states.CLOSED_NO_FUNDS:
        clocks.stop(case, at=at)
    _take_figures(case, evaluated)
    case.save()
    own = {("number", case.receipt_no.rsplit("-", 1)[1].lstrip("0"))}
    CaseKey.objects.bulk_create([CaseKey(case=case, kind=kind, value=value) for kind, value in sorted(own | set(keys))])
    _evaluation(case, evaluated, seq=1, cause="submit", at=at, actor=actor)
    audit.record(
        "case.submitted",
        actor=actor,
        at=at,
        object_type="case",
        object_id=case.receipt_no,
        after=case.content_digest,
        data={"state": state, "outcome": case.outcome},
    )
    return case


def freeze(case: Case, evaluated: Evaluated, *, cause: str, at: datetime, actor: str) -> None:
    """Freeze a new evaluation of a locked case and take over its figures; the caller saves nothing."""
    before = case.content_digest
    seq = case.evaluations.count() + 1
    _take_figures(case, evaluated)
    case.content_digest = evaluated.content_digest
    case.version += 1
    case.save()
    _evaluation(case, evaluated, seq=seq, cause=cause, at=at, actor=actor)
    audit.record(
        "case.evaluated",
        actor=actor,
        at=at,
        object_type="case",
        object_id=case.receipt_no,
        before=before,
        after=case.content_digest,
        data={"cause": cause, "outcome": case.outcome},
    )


def finding_digest(record: Mapping[str, Any]) -> str:
    """What a clearance is bound to: the finding as it was shown, inputs included."""
    shown = {key: record.get(key) for key in ("rule", "outcome", "message", "inputs")}
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def settled(case: Case, findings: Iterable[Mapping[str, Any]]) -> dict[str, Clearance]:
    """The clearances that still hold for `findings`, by rule; the latest word of a person counts."""
    digests = {record["rule"]: finding_digest(record) for record in findings if record["outcome"] == Outcome.MANUAL}
    held: dict[str, Clearance] = {}
    if digests and case.pk:
        for row in sorted(case.clearances.all(), key=lambda row: row.pk):
            if digests.get(row.rule) == row.finding_digest:
                held[row.rule] = row
    return held


def unsettled(case: Case, findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings that stand in the way of a pass, worst first: failing, and not a manual one settled with a pass."""
    passed = {rule for rule, row in settled(case, findings).items() if row.result == "pass"}
    failing = [
        record
        for record in findings
        if record["outcome"] not in (Outcome.PASS, Outcome.FLAG)
        and not (record["outcome"] == Outcome.MANUAL and record["rule"] in passed)
    ]
    return sorted(failing, key=lambda record: -Outcome(record["outcome"]).rank)


def refresh_open_manual(case: Case, findings: list[dict[str, Any]]) -> None:
    """Count the manual findings that nobody has settled with a pass."""
    case.open_manual = sum(record["outcome"] == Outcome.MANUAL for record in unsettled(case, findings))


def next_receipt_no(prefix: str, submitted_at: datetime) -> str:
    """S-260316-04127: scheme, day received, running number (gaps are possible, repeats are not)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('review_receipt_no')")
        number = cursor.fetchone()[0]
    return f"{prefix}-{local(submitted_at):%y%m%d}-{number:05d}"


def _take_figures(case: Case, evaluated: Evaluated) -> None:
    result = evaluated.result
    records = [finding.as_record() for finding in result.findings]
    case.outcome = result.outcome.value
    case.counts = dict(Counter(record["outcome"] for record in records))
    case.amount_fen = result.amount_fen
    case.computed_fen = result.computed_fen
    case.base_fen = evaluated.base_fen
    refresh_open_manual(case, records)


def _evaluation(case: Case, evaluated: Evaluated, *, seq: int, cause: str, at: datetime, actor: str) -> None:
    result = evaluated.result
    row = Evaluation.objects.create(
        case=case,
        seq=seq,
        at=at,
        cause=cause,
        policy_version=evaluated.policy_version,
        parameters=evaluated.parameters,
        findings=[finding.as_record() for finding in result.findings],
        outcome=result.outcome.value,
        amount_fen=result.amount_fen,
        computed_fen=result.computed_fen,
        content_digest=evaluated.content_digest,
    )
    audit.record("evaluation.frozen", actor=actor, at=at, object_type="evaluation", object_id=str(row.pk))
