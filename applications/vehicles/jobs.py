"""The nightly jobs of vehicle applications (catalogue §10): J-12 ownership re-check, J-13 deadlines."""

from __future__ import annotations

from datetime import date, datetime, time

import structlog
from django.db import transaction

from applications.vehicles.services.deadlines import expire, recheck
from audit import services as audit
from exchange import authority, outbox
from exchange.models import OutboxMessage
from nightly.registry import Counts, register
from policy.errors import InputError
from policy.workdays import MissingYear
from regulation import selectors as regulation
from review import states
from review.models import Case
from review.schemes import reviewed

log = structlog.get_logger(__name__)

REMINDER_TOPIC = "notice.correction_reminder"
_RECHECKED = (*states.UNDER_REVIEW, states.APPROVED)
_SCHEMES = ("vehicle-scrappage", "vehicle-replacement")


@register("J-13", "期限：截止受理、补正提醒、逾期办结", time(0, 0))
def deadlines(business_date: date, at: datetime) -> Counts:
    """Remind on the fixed days, and from 12-11 00:00 end what was not cured (V-C-04, V-C-05, V-R-09).

    Each case is its own transaction and leaves the awaiting states, so a second run finds nothing to do.
    """
    counts: Counts = {"rejected": 0, "final_not_accepted": 0, "reminders": 0}
    waiting = Case.objects.filter(scheme__in=_SCHEMES, state__in=states.AWAITING_APPLICANT).order_by("pk")
    for case in waiting.iterator(chunk_size=500):
        if reviewed(case.scheme).correction_close(case) <= at:
            ended = expire(case.pk, at=at)
            counts["rejected"] += ended == states.REJECTED
            counts["final_not_accepted"] += ended == states.NOT_ACCEPTED_FINAL
        elif _reminds_on(case, business_date):
            counts["reminders"] += _remind(case, business_date, at)
    return counts


@register("J-12", "在办件车辆权属复核", time(3, 30))
def ownership(business_date: date, at: datetime) -> Counts:
    """Ask the police again about open files and judge them by the latest answer (V-C-12, V-R-07).

    A file that cannot be judged is counted as `unreadable` and does not keep the others from their turn.
    """
    counts: Counts = {"checked": 0, "changed": 0, "asked": 0, "unreadable": 0}
    open_files = Case.objects.filter(scheme__in=_SCHEMES, state__in=_RECHECKED)
    for case_id in open_files.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=500):
        counts["checked"] += 1
        try:
            counts["changed"] += recheck(case_id, at=at)
        except InputError as error:
            counts["unreadable"] += 1
            log.warning("job.case_unreadable", job="J-12", case=case_id, fields=sorted(error.fields))
        counts["asked"] += _ask_police(case_id, at)
    return counts


@register("J-14", "公安交管、税务核实再次查询", time(5, 0))
def ask_again(business_date: date, at: datetime) -> Counts:
    """Repeat questions open for 1, 3 and 5 working days; after the last a person is called (V-C-18, V-C-19)."""
    return authority.ask_again(at=at, calendar=regulation.calendar())


def _reminds_on(case: Case, business_date: date) -> bool:
    days = regulation.parameters(case.scheme, case.submitted_at)["corr_reminder_days"]
    return f"{business_date:%m-%d}" in days


def _remind(case: Case, business_date: date, at: datetime) -> bool:
    """One reminder a case and day, written to the outbox under its own key."""
    with transaction.atomic():
        key = f"reminder:{case.pk}:{business_date}"
        return outbox.enqueue(REMINDER_TOPIC, key, {"case": case.pk}, at=at)


def _ask_police(case_id: int, at: datetime) -> bool:
    """Open the question unless one is open or the file has ended meanwhile; True if it was opened.

    Without a calendar for the re-query nothing is asked.
    """
    try:
        with transaction.atomic():
            if not Case.objects.select_for_update().filter(pk=case_id, state__in=_RECHECKED).exists():
                return False
            question = authority.ask(case_id, "police", at=at, calendar=regulation.calendar(), by="system:J-12")
    except MissingYear as missing:
        log.warning("job.missing_year", job="J-12", year=missing.year)
        return False
    return question.asked_at == at


def _deliver_reminder(message: OutboxMessage, at: datetime) -> None:
    """The reminder is on its way: the trail keeps that it went out. The text goes by the filing channel."""
    case = Case.objects.get(pk=message.payload["case"])
    audit.record("notice.reminded", actor="system:J-13", at=at, object_type="case", object_id=case.receipt_no)


outbox.register(REMINDER_TOPIC, _deliver_reminder)
