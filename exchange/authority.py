"""Questions to the police and the tax office about a case, and what they answered (V-C-18, V-C-19).

A question stays open until an answer arrives over REST or is entered by staff; meanwhile the rules say `manual`.
It is asked again after 1, 3 and 5 working days; after the last turn a person is called. An answer may also come
unasked or correct an earlier one: answers are kept one beside the other, the newest value of each field counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from audit.services import record
from exchange import log, outbox, verbs
from exchange.models import AuthorityAnswer, AuthorityKind, AuthorityQuestion, OutboxMessage
from policy.errors import InputError
from policy.workdays import WorkCalendar

# Catalogue V-C-18 (recommended): ask again this many working days after the first question.
ASK_AGAIN_AFTER_WORKDAYS = (1, 3, 5)

# The names an answer may use (contract §4, "names of §2"): what each authority is competent to say.
FIELDS: dict[str, frozenset[str]] = {
    AuthorityKind.POLICE.value: frozenset(
        {"police_answered", "new_owner_id_now", "old_owner_id_now", "vin_used_elsewhere", "ownership", "police"}
    ),
    AuthorityKind.TAX.value: frozenset({"status", "issue_date", "total_incl_tax"}),
}
PURPOSE = {
    AuthorityKind.POLICE.value: ("公安交管", "核实机动车登记信息", "《方案》四"),
    AuthorityKind.TAX.value: ("税务", "核实机动车销售发票信息", "《方案》四"),
}
TOPIC = "authority.query"

# A transport sends one question and returns the names of the fields it sent.
Transport = Callable[[AuthorityQuestion], Sequence[str]]
_transports: dict[str, Transport] = {}


def register_transport(kind: str, send: Transport) -> None:
    """Connect an authority. Without a transport the question is only listed for staff to carry over."""
    _transports[kind] = send


def check_names(kind: str, values: Mapping[str, Any]) -> None:
    """Raise InputError unless `values` is not empty and uses only names this authority may answer."""
    unknown = sorted(set(values) - FIELDS[kind])
    if unknown:
        raise InputError({name: ["未知字段"] for name in unknown})
    if not values:
        raise InputError({"": ["答复内容不能为空"]})


def ask(case_ref: int, kind: str, *, at: datetime, calendar: WorkCalendar, by: str) -> AuthorityQuestion:
    """Open a question, or return the open one. Belongs into the transaction that needs the answer."""
    question, created = AuthorityQuestion.objects.get_or_create(
        case_ref=case_ref,
        kind=kind,
        state=AuthorityQuestion.State.OPEN,
        defaults={"asked_at": at, "next_ask_at": calendar.due(at, ASK_AGAIN_AFTER_WORKDAYS[0])},
    )
    if created:
        record(
            verbs.AUTHORITY_ASKED,
            actor=by,
            at=at,
            object_type="case",
            object_id=str(case_ref),
            data={"kind": kind},
        )
        _send(question, at)
    return question


def record_answer(case_ref: int, kind: str, values: Mapping[str, Any], *, source: str, at: datetime) -> AuthorityAnswer:
    """Keep an answer and close the open question, if any. `source` is `channel:NAME` or `staff:LOGIN`.

    Raises InputError for a name the authority may not use; the shape of the values is the scheme's to check.
    """
    check_names(kind, values)
    with transaction.atomic():
        question = (
            AuthorityQuestion.objects.select_for_update()
            .filter(case_ref=case_ref, kind=kind, state=AuthorityQuestion.State.OPEN)
            .first()
        )
        answer = AuthorityAnswer.objects.create(
            question=question, case_ref=case_ref, kind=kind, values=dict(values), source=source, at=at
        )
        if question is not None:
            question.state = AuthorityQuestion.State.ANSWERED
            question.answered_at, question.next_ask_at = at, None
            question.save(update_fields=["state", "answered_at", "next_ask_at"])
        record(
            verbs.AUTHORITY_ANSWERED,
            actor=source,
            at=at,
            object_type="case",
            object_id=str(case_ref),
            data={"kind": kind, "fields": sorted(values), "answer": answer.pk},
        )
    return answer


def values_for(case_ref: int) -> dict[str, dict[str, Any]]:
    """What each authority has said so far, newest value of each field: `{"police": {…}, "tax": {…}}`."""
    merged: dict[str, dict[str, Any]] = {}
    for answer in AuthorityAnswer.objects.filter(case_ref=case_ref).order_by("id"):
        merged.setdefault(answer.kind, {}).update(answer.values)
    return merged


def close(case_ref: int, *, at: datetime) -> int:
    """Stop asking about a case that has ended. Returns how many questions were open."""
    return AuthorityQuestion.objects.filter(case_ref=case_ref, state=AuthorityQuestion.State.OPEN).update(
        state=AuthorityQuestion.State.CLOSED, answered_at=at, next_ask_at=None
    )


def open_questions(kind: str | None = None) -> QuerySet[AuthorityQuestion]:
    """Questions still open, oldest first."""
    questions = AuthorityQuestion.objects.filter(state=AuthorityQuestion.State.OPEN).order_by("asked_at", "id")
    return questions.filter(kind=kind) if kind else questions


def ask_again(*, at: datetime, calendar: WorkCalendar) -> dict[str, int]:
    """Repeat questions that are due; call a person after the last turn (J-14). Returns counts `asked`, `escalated`."""
    counts = {"asked": 0, "escalated": 0}
    due = AuthorityQuestion.objects.filter(state=AuthorityQuestion.State.OPEN, next_ask_at__lte=at)
    for pk in due.order_by("id").values_list("pk", flat=True):
        with transaction.atomic():
            # Of two runs at once the second finds the row no longer due.
            question = due.select_for_update().filter(pk=pk).first()
            if question is not None:
                counts[_ask_once_more(question, at, calendar)] += 1
    return counts


def _ask_once_more(question: AuthorityQuestion, at: datetime, calendar: WorkCalendar) -> str:
    """One more turn of a locked question; the turn after the last one calls a person instead of waiting on."""
    turn = question.asked_times
    question.asked_times += 1
    if turn < len(ASK_AGAIN_AFTER_WORKDAYS):
        question.next_ask_at = calendar.due(question.asked_at, ASK_AGAIN_AFTER_WORKDAYS[turn])
        result = "asked"
    else:
        question.next_ask_at, question.escalated_at = None, at
        record(
            verbs.AUTHORITY_ESCALATED,
            actor="system:J-14",
            at=at,
            object_type="case",
            object_id=str(question.case_ref),
            data={"kind": question.kind},
        )
        result = "escalated"
    question.save(update_fields=["asked_times", "next_ask_at", "escalated_at"])
    _send(question, at)
    return result


def _send(question: AuthorityQuestion, at: datetime) -> None:
    """Put the question on its way if the authority is connected."""
    if question.kind in _transports:
        key = f"authority:{question.pk}:{question.asked_times}"
        outbox.enqueue(TOPIC, key, {"question": question.pk}, at=at)


def _deliver(message: OutboxMessage, at: datetime) -> None:
    """Outbox handler: send one question unless it was answered meanwhile, and record what left (M-31)."""
    question = AuthorityQuestion.objects.get(pk=message.payload["question"])
    if question.state != AuthorityQuestion.State.OPEN:
        return
    department, purpose, clause = PURPOSE[question.kind]
    fields = _transports[question.kind](question)
    log.note_sent(
        department,
        purpose=purpose,
        clause=clause,
        fields=fields,
        by="system:outbox",
        at=at,
        case_ref=question.case_ref,
    )


outbox.register(TOPIC, _deliver)
