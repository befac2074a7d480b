"""What a channel is shown of an application: its course and its findings, never identities."""

from __future__ import annotations

from typing import Any

from documents import selectors as documents
from documents.models import Document
from exchange import channels
from exchange.models import Channel
from policy.clock import local
from policy.errors import Refused
from policy.money import format_yuan
from review import selectors, states
from review.models import Case

SCHEMES = ("vehicle-scrappage", "vehicle-replacement")
# Events whose reasons and words are addressed to the applicant.
_ADDRESSED = ("return", "reject")
_SHOWN_IN = (*states.AWAITING_APPLICANT, states.REJECTED, states.NOT_ACCEPTED_FINAL)


def find(receipt_no: str) -> Case:
    """A vehicle case by its receipt number, for authorities and the third party. Raises Refused "not_found"."""
    case = Case.objects.filter(receipt_no=receipt_no, scheme__in=SCHEMES).first()
    if case is None:
        raise Refused("not_found", "没有该申请")
    return case


def find_own(channel: Channel, receipt_no: str) -> Case:
    """The same for a citizen channel: only what it filed itself; anything else is not there for it."""
    case = find(receipt_no)
    if not channels.filed(channel, case.pk):
        raise Refused("not_found", "没有该申请")
    return case


def outcome_of(case: Case) -> dict[str, Any]:
    """State and findings: what every answer about a case has."""
    evaluation = selectors.latest_evaluation(case)
    shown = ("rule", "clause", "outcome", "message")
    return {
        "receipt_no": case.receipt_no,
        "scheme": case.scheme,
        "state": case.state,
        "outcome": case.outcome,
        "amount": None if case.amount_fen is None else format_yuan(case.amount_fen),
        "findings": [{name: finding[name] for name in shown} for finding in evaluation.findings],
    }


def application(case: Case) -> dict[str, Any]:
    """An application as its own channel sees it."""
    return outcome_of(case) | {
        "external_no": case.external_no or None,
        "district": case.district,
        "submitted_at": local(case.submitted_at).isoformat(),
        "corrected_at": local(case.corrected_at).isoformat() if case.corrected_at else None,
        "reasons": _reasons(case),
        "documents": [document(page) for page in documents.for_case(case.pk)],
    }


def document(page: Document) -> dict[str, Any]:
    """An uploaded page; legibility and originality are the filer's claims until staff confirm them."""
    return {
        "id": page.pk,
        "type": page.doc_type,
        "page": page.page,
        "media_type": page.media_type,
        "size": page.size,
        "sha256": page.digest,
        "legible": page.legible,
        "original": page.original,
        "confirmed": page.confirmed_at is not None,
        "uploaded_at": local(page.uploaded_at).isoformat(),
    }


def _reasons(case: Case) -> list[dict[str, Any]]:
    """Why the case lies with the applicant or was refused, in the words of the last decision addressed to them."""
    if case.state not in _SHOWN_IN:
        return []
    last = case.decisions.filter(event__in=_ADDRESSED).order_by("-at", "-pk").first()
    return list(last.reasons) if last else []
