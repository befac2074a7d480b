"""Evaluate a vehicle application's content as it stands: filed dossier, confirmed documents, facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from applications.vehicles import dossier, facts
from documents.models import Document, DocumentType
from people.models import Person
from people.services import lookup_digest
from policy.errors import InputError
from policy.finding import Outcome
from policy.money import parse_yuan
from policy.scheme import scheme as policy_scheme
from regulation import selectors as regulation
from review import states
from review.models import Case
from review.schemes import Evaluated


def read_filed(raw: Any, *, at: datetime) -> dict[str, Any]:
    """A filed dossier in decoded JSON, checked field by field; what dates or names the filing itself is left out.

    A dossier copied from a whole one may carry `correction_submitted_at: null`; a value there belongs to a
    correction and is refused. Raises InputError.
    """
    if not isinstance(raw, Mapping):
        raise InputError.of("", "申请内容应为一个对象")
    filed = dict(raw)
    if filed.pop("correction_submitted_at", None) is not None:
        raise InputError.of("correction_submitted_at", "补正时间由系统记录，申报时不能填写")
    if filed.get("scheme") not in dossier.SCHEMES:
        raise InputError.of("scheme", "应为：" + "、".join(dossier.SCHEMES))
    dossier.parse(filed, scheme=filed["scheme"], at=at, filed=True)
    filed.pop("submitted_at", None)
    return filed


def evaluate(
    filed: Mapping[str, Any],
    answers: Mapping[str, Any],
    *,
    person: Person,
    case: Case | None,
    submitted_at: datetime,
    corrected_at: datetime | None,
) -> Evaluated:
    """Judge the content by the parameters in force when it was received; stores nothing.

    Raises InputError where the content cannot be read.
    """
    raw = {
        **filed,
        "id": case.receipt_no if case else filed.get("id") or filed.get("external_no") or "filing",
        "submitted_at": submitted_at.isoformat(),
        "correction_submitted_at": corrected_at.isoformat() if corrected_at else None,
        "documents": pages(filed, case),
        "facts": facts.gather(filed, answers, person, case),
    }
    if "ownership" in answers:
        raw["ownership"] = answers["ownership"]
    scheme = policy_scheme(filed["scheme"])
    parameters = regulation.parameters(filed["scheme"], submitted_at)
    result = scheme.evaluate(scheme.parse(raw, at=submitted_at), parameters)
    return Evaluated(
        result=result,
        policy_version=parameters.version,
        parameters=parameters.as_dict(),
        content_digest=digest(filed, raw["documents"], result.computed_fen),
        base_fen=price_fen(filed),
    )


def pages(filed: Mapping[str, Any], case: Case | None) -> list[dict[str, Any]]:
    """The filed list of documents, with what was uploaded and what staff confirmed of it laid over."""
    merged = {(page["type"], page["page"]): dict(page) for page in filed.get("documents") or []}
    if case is not None:
        for row in Document.objects.filter(case_ref=case.pk, superseded_at__isnull=True).order_by("pk"):
            kind = "evidence" if row.doc_type == DocumentType.OTHER else row.doc_type
            claim = merged.get((kind, row.page), {})
            merged[(kind, row.page)] = {
                "type": kind,
                "page": row.page,
                "legible": _known(row.legible, claim.get("legible", False)),
                "original": _known(row.original, claim.get("original", False)),
            }
    return list(merged.values())


def price_fen(filed: Mapping[str, Any]) -> int | None:
    """The new car's price with tax in fen, as filed."""
    text = (filed.get("invoice") or {}).get("total_incl_tax")
    return None if text is None else parse_yuan(text)


def digest(filed: Mapping[str, Any], documents: list[dict[str, Any]], computed_fen: int | None) -> str:
    """The keyed digest an approval binds: what was filed, its pages as they are judged, and the amount.

    What authorities answer and the portal looks up is not content: it is judged, and an approval falls when that
    judgement no longer carries it, not when a favourable answer takes the place of a cleared doubt.
    """
    text = json.dumps([filed, documents, computed_fen], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return lookup_digest("content", text).hex()


def state_for(outcome: Outcome) -> str:
    """Where the automatic checks put a filing (contract §3): a reject too waits for a person."""
    if outcome is Outcome.RETURN:
        return states.RETURNED
    if outcome is Outcome.NOT_ACCEPTED:
        return states.NOT_ACCEPTED
    return states.DISTRICT_REVIEW


def _known(value: bool | None, otherwise: bool) -> bool:
    return otherwise if value is None else value
