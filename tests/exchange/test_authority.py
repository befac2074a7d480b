"""Questions to police and tax: asked, asked again after 1, 3 and 5 working days, answered, corrected, ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import Event
from exchange import authority, log, outbox
from exchange.models import AuthorityAnswer, AuthorityQuestion, ExchangeLog, OutboxMessage
from policy.clock import SHANGHAI
from policy.errors import InputError, Refused
from policy.workdays import WorkCalendar

pytestmark = pytest.mark.django_db
# A Thursday before the make-up Saturday of nothing: 2026-03-05, 06, then the week of 03-09.
AT = datetime(2026, 3, 5, 10, 0, tzinfo=SHANGHAI)
CALENDAR = WorkCalendar()


def ask(kind: str = "police", *, case_ref: int = 7, at: datetime = AT) -> AuthorityQuestion:
    return authority.ask(case_ref, kind, at=at, calendar=CALENDAR, by="system:test")


def again(at: datetime) -> dict[str, int]:
    return authority.ask_again(at=at, calendar=CALENDAR)


def test_one_question_of_a_kind_is_open() -> None:
    assert ask().pk == ask(at=AT + timedelta(hours=1)).pk
    assert ask("tax").pk != ask().pk
    with pytest.raises(IntegrityError), transaction.atomic():
        AuthorityQuestion.objects.create(case_ref=7, kind="police", asked_at=AT)


@pytest.mark.proves("V-C-18")
def test_it_is_asked_again_after_1_3_and_5_working_days_and_then_a_person_is_called() -> None:
    question = ask()
    turns = []
    for hour in range(24 * 14):
        at = AT + timedelta(hours=hour)
        counts = again(at)
        turns += [(at.strftime("%m-%d %H"), word) for word, count in counts.items() for _ in range(count)]
    assert turns == [("03-06 10", "asked"), ("03-10 10", "asked"), ("03-12 10", "escalated")]
    question.refresh_from_db()
    assert question.state == "open"
    assert question.escalated_at == AT + timedelta(days=7)
    assert Event.objects.filter(verb="authority.escalated").count() == 1


def test_an_answer_closes_the_question_and_is_encrypted() -> None:
    question = ask()
    authority.record_answer(
        7, "police", {"new_owner_id_now": "110101198001010029"}, source="channel:police", at=AT + timedelta(days=1)
    )
    question.refresh_from_db()
    assert (question.state, question.next_ask_at) == ("answered", None)
    with connection.cursor() as cursor:
        cursor.execute('SELECT "values" FROM exchange_authorityanswer')
        assert b"110101198001010029" not in bytes(cursor.fetchone()[0])
    assert again(AT + timedelta(days=30)) == {"asked": 0, "escalated": 0}
    event = Event.objects.get(verb="authority.answered")
    assert event.data["fields"] == ["new_owner_id_now"]


def test_a_later_answer_corrects_field_by_field_and_the_earlier_one_stays() -> None:
    authority.record_answer(7, "tax", {"status": "valid", "total_incl_tax": "1.00"}, source="channel:tax", at=AT)
    authority.record_answer(7, "tax", {"status": "red"}, source="staff:chaoyang-1", at=AT)
    authority.record_answer(8, "tax", {"status": "void"}, source="channel:tax", at=AT)
    assert authority.values_for(7) == {"tax": {"status": "red", "total_incl_tax": "1.00"}}
    assert AuthorityAnswer.objects.filter(case_ref=7).count() == 2


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("tax", {"new_owner_id_now": "1"}),
        ("police", {"status": "valid"}),
        ("police", {"catalogue": None}),
        ("police", {"prior_vehicle_applications": []}),
        ("tax", {}),
    ],
)
def test_an_authority_speaks_only_of_what_it_knows(kind: str, values: dict[str, object]) -> None:
    with pytest.raises(InputError):
        authority.record_answer(7, kind, values, source="channel:x", at=AT)
    assert not AuthorityAnswer.objects.exists()


def test_a_case_that_has_ended_is_not_asked_about() -> None:
    ask()
    ask("tax")
    assert authority.close(7, at=AT) == 2
    assert again(AT + timedelta(days=30)) == {"asked": 0, "escalated": 0}
    assert not authority.open_questions().exists()


def test_a_connected_authority_is_sent_each_turn_with_purpose_and_clause(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []

    def send(question: AuthorityQuestion) -> Sequence[str]:
        sent.append(question.case_ref)
        return ["old_vin", "new_vin"]

    monkeypatch.setitem(authority._transports, "police", send)
    ask()
    ask("tax")
    assert outbox.dispatch(at=AT).sent == 1
    again(AT + timedelta(days=1))
    assert outbox.dispatch(at=AT + timedelta(days=1)).sent == 1
    assert sent == [7, 7]
    entry = ExchangeLog.objects.order_by("id")[0]
    assert (entry.department, entry.clause, entry.fields) == ("公安交管", "《方案》四", ["old_vin", "new_vin"])
    assert "vin" not in str(OutboxMessage.objects.values_list("payload", flat=True)[0])


def test_a_question_answered_meanwhile_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(authority._transports, "police", lambda question: pytest.fail("sent"))
    ask()
    authority.record_answer(7, "police", {"police_answered": True}, source="channel:police", at=AT)
    assert outbox.dispatch(at=AT).sent == 1
    assert not ExchangeLog.objects.exists()


@pytest.mark.parametrize(("purpose", "clause"), [("", "《方案》四"), ("核实", " ")])
def test_nothing_leaves_without_purpose_and_clause(purpose: str, clause: str) -> None:
    with pytest.raises(Refused) as caught:
        log.note_sent("公安交管", purpose=purpose, clause=clause, fields=["vin"], by="system:test", at=AT)
    assert caught.value.rule == "M-31"
    assert not ExchangeLog.objects.exists()
