"""First filings: by a channel, by a rehearsal, or row by row from a spreadsheet at the desk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from applications.vehicles import content
from applications.vehicles.models import FilingAttempt, VehicleApplication
from audit import services as audit
from exchange import authority
from people.models import Person
from people.services import find_or_create, lookup_digest
from policy.errors import Refused
from policy.finding import Finding, Outcome
from policy.masking import mask_name
from policy.workdays import MissingYear
from regulation import selectors as regulation
from review import states
from review.models import Case
from review.schemes import Evaluated
from review.services import apply_event, open_case
from review.services.guards import cover
from staff import permissions
from staff.models import User

# Filing outside the window leaves nothing but the attempt, whatever word the rule uses (contract §3).
WINDOW_RULES = ("V-C-04",)
_LIVE_ELSEWHERE = "该消费者已享受或正在申请一次汽车以旧换新补贴，不得重复享受（《方案》一）。"


@dataclass(frozen=True, slots=True)
class Submission:
    """What a filing led to. `amount_fen` is the contract's amount: None on reject, not_accepted."""

    case: Case
    state: str
    findings: tuple[Finding, ...]
    amount_fen: int | None


def submit(
    raw: Mapping[str, Any],
    *,
    at: datetime,
    actor: str,
    answers: Mapping[str, Any] | None = None,
    submitted_at: datetime | None = None,
    imported_digest: str = "",
) -> Submission:
    """File an application: check, reserve money, open the case. All or nothing.

    `raw` is the dossier without `facts`; `answers` what authorities have said already (names of contract §2);
    `submitted_at` the national system's time where its channel passes one, else `at` counts.
    Raises InputError for what cannot be read, Refused where a rule blocks: then only the attempt is kept.
    """
    filed = content.read_filed(raw, at=at)
    received = submitted_at or at
    try:
        with transaction.atomic():
            return _submit(filed, dict(answers or {}), received, at, actor, imported_digest)
    except Refused as refused:
        _keep_attempt(filed, refused, at, actor)
        raise


def import_row(raw: Mapping[str, Any], *, by: User, at: datetime) -> tuple[str, Case]:
    """One row of a spreadsheet at the desk: ("created", case), or ("same", case) if this row was imported before.

    Raises InputError or Refused like `submit`; a row of another district is refused.
    """
    filed = content.read_filed(raw, at=at)
    permissions.require(by, "case.import", district=filed["district"])
    text = json.dumps(filed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    row_digest = lookup_digest("import", text).hex()
    known = VehicleApplication.objects.select_related("case").filter(imported_digest=row_digest).first()
    if known is not None:
        return "same", known.case
    return "created", submit(raw, at=at, actor=by.actor, imported_digest=row_digest).case


def _submit(
    filed: dict[str, Any],
    answers: dict[str, Any],
    submitted_at: datetime,
    at: datetime,
    actor: str,
    imported_digest: str,
) -> Submission:
    applicant = filed["applicant"]
    person = find_or_create(
        applicant["id_type"], applicant["id_number"], applicant["name"], applicant.get("phone"), at=at
    )
    evaluated = content.evaluate(filed, answers, person=person, case=None, submitted_at=submitted_at, corrected_at=None)
    _refuse_blocked(evaluated)
    state = content.state_for(evaluated.result.outcome)
    case = _open(filed, evaluated, person, state, submitted_at, at, actor)
    VehicleApplication.objects.create(
        case=case,
        filed=filed,
        answers=answers,
        old_vin=filed["old_vehicle"]["vin"],
        new_vin=filed["new_vehicle"]["vin"],
        invoice_no=(filed.get("invoice") or {}).get("number") or "",
        imported_digest=imported_digest,
    )
    if not _reserve(case, at, actor):
        apply_event(case, "no_funds", actor="system:intake", at=at)
    else:
        _ask_authorities(case, answers, at)
    return Submission(case, case.state, evaluated.result.findings, evaluated.result.amount_fen)


def _refuse_blocked(evaluated: Evaluated) -> None:
    findings = evaluated.result.findings
    for finding in findings:
        if finding.outcome is Outcome.BLOCK:
            raise Refused("rule", finding.message, finding.rule, finding.clause)
    for finding in findings:
        if finding.rule in WINDOW_RULES and finding.outcome not in (Outcome.PASS, Outcome.FLAG):
            raise Refused("rule", finding.message, finding.rule, finding.clause)


def _open(
    filed: dict[str, Any],
    evaluated: Evaluated,
    person: Person,
    state: str,
    submitted_at: datetime,
    at: datetime,
    actor: str,
) -> Case:
    """The case; a race for the same person ends at the one-live index, which speaks as V-C-03."""
    try:
        with transaction.atomic():
            return open_case(
                evaluated,
                scheme=filed["scheme"],
                district=filed["district"],
                state=state,
                person=person,
                # One subsidy a person across both schemes (V-C-03).
                exclusive_key=f"vehicles:{person.pk}",
                labels=labels(filed),
                keys=search_keys(filed),
                submitted_at=submitted_at,
                at=at,
                actor=actor,
            )
    except IntegrityError as error:
        if "one_live_application_per_person" in str(error):
            raise Refused("rule", _LIVE_ELSEWHERE, "V-C-03", "京商流通字〔2026〕2号 一") from None
        if "one_case_per_external_number" in str(error):
            raise Refused("duplicate", "这个渠道的申报编号已经提交过申请。") from None
        raise


def _reserve(case: Case, at: datetime, actor: str) -> bool:
    """Hold the computed sum in queue order (V-C-06, V-C-07).

    A scrappage filing keeps its place from the first submission, so it holds its money even while it is
    returned; a replacement filing ranks from its complete submission (AMB-10), so it holds none before.
    """
    waits = case.state == states.NOT_ACCEPTED or (
        case.state == states.RETURNED and case.scheme == "vehicle-replacement"
    )
    if waits or not case.computed_fen:
        return True
    key = f"case:{case.pk}:reserve:{case.version}"
    return cover(case, case.computed_fen, key=key, at=at, actor=actor, after_closing=False)


def labels(filed: Mapping[str, Any]) -> dict[str, str]:
    """What lists show of an application, masked."""
    invoice = filed.get("invoice") or {}
    return {
        "applicant_label": mask_name(filed["applicant"]["name"]),
        "subject": invoice.get("seller_name") or "",
        "channel": filed["channel"],
        "external_no": filed.get("external_no") or "",
    }


def search_keys(filed: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Exact search keys; personal ones as keyed digests."""
    keys = [("name", lookup_digest("name", filed["applicant"]["name"].upper()).hex())]
    if filed.get("external_no"):
        keys.append(("external", filed["external_no"].upper()))
    for car in ("old_vehicle", "new_vehicle"):
        vin = filed[car]["vin"].upper()
        keys += [("vin", vin), ("vin6", vin[-6:])]
    account = (filed.get("bank_account") or {}).get("number")
    if account:
        keys.append(("account", lookup_digest("account", account).hex()))
    return keys


def _ask_authorities(case: Case, answers: Mapping[str, Any], at: datetime) -> None:
    """Open the questions nobody has answered yet (V-C-18, V-C-19)."""
    try:
        calendar = regulation.calendar()
        if not answers.get("police_answered"):
            authority.ask(case.pk, "police", at=at, calendar=calendar, by="system:intake")
        if answers.get("tax") is None:
            authority.ask(case.pk, "tax", at=at, calendar=calendar, by="system:intake")
    except MissingYear as missing:
        # The filing stands without a re-query date; the desk says which calendar is missing.
        audit.record(
            "authority.calendar_missing",
            actor="system:intake",
            at=at,
            object_type="case",
            object_id=case.receipt_no,
            data={"year": missing.year},
        )


@transaction.atomic
def _keep_attempt(filed: Mapping[str, Any], refused: Refused, at: datetime, actor: str) -> None:
    """All that stays of a refused filing: why, when, by which channel; the person as a keyed digest."""
    applicant = filed["applicant"]
    attempt = FilingAttempt.objects.create(
        at=at,
        scheme=filed["scheme"],
        channel=filed["channel"],
        district=filed["district"],
        external_no=filed.get("external_no") or "",
        person_digest=lookup_digest("id_number", applicant["id_number"]).hex(),
        code=refused.code,
        rule=refused.rule or "",
        actor=actor,
    )
    audit.record(
        "filing.refused",
        actor=actor,
        at=at,
        object_type="filing_attempt",
        object_id=str(attempt.pk),
        data={"code": refused.code, "rule": refused.rule or ""},
    )
