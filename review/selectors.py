"""Reads of the review. `access_case` is the only door to a case, `visible` the only scope of a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects

from people.services import lookup_digest
from policy.errors import Refused
from review import states
from review.models import Case, CaseKey, Clearance, Decision, Evaluation
from staff import permissions, scope
from staff.models import User

COUNT_CAP = 1000
# People read out the last six places of a VIN.
VIN_TAIL = 6


def visible(user: User, action: str = "case.view") -> QuerySet[Case]:
    """The cases `user` may see for `action`: own district, or all, or none."""
    return scope.restrict(Case.objects.all(), user, action, field="district")


def access_case(user: User, receipt_no: str, action: str = "case.view") -> Case:
    """The case by receipt number if `user` may see it; Refused("not_found") both for none and for not theirs."""
    case = visible(user, action).select_related("lock_by", "person").filter(receipt_no=receipt_no).first()
    if case is None:
        raise Refused("not_found", "没有这件申请，或不在您的辖区。")
    return case


def may_see_documents(case_ref: int, user: User) -> bool:
    """The gate of the evidence store: whether `user` may open documents of this case."""
    return visible(user, "document.view").filter(pk=case_ref).exists()


def may_see_person(receipt_no: str, person_id: int, user: User) -> bool:
    """The gate of identity: whether `user` may see this person in full for this case."""
    return visible(user, "person.reveal").filter(receipt_no=receipt_no, person_id=person_id).exists()


def waiting_states(user: User) -> tuple[str, ...]:
    """The states in which a case waits for somebody with this user's roles."""
    wanted: list[str] = []
    if permissions.allowed(user, "case.pass_district") or permissions.allowed(user, "case.assess"):
        wanted.append(states.DISTRICT_REVIEW)
    if permissions.allowed(user, "case.pass_municipal"):
        wanted += [states.MUNICIPAL_REVIEW, states.PROPOSED_REJECT]
    return tuple(wanted)


SORTS = {
    "due": ("due_at", "id"),
    "-due": ("-due_at", "-id"),
    "age": ("queue_at", "id"),
    "-age": ("-queue_at", "-id"),
    "amount": ("computed_fen", "id"),
    "-amount": ("-computed_fen", "-id"),
}


def queue(user: User, filters: Mapping[str, Any], *, at: datetime, sort: str = "due") -> QuerySet[Case]:
    """Cases by conditions, in an order that an index serves.

    `filters`: view (todo, mine, all), state, scheme, outcome (a finding outcome present), clean, late,
    corrected, capped amounts `amount_from`/`amount_to` (fen), subject, district, text (see `search`).
    """
    rows = visible(user).select_related("lock_by")
    view = filters.get("view", "todo")
    if filters.get("state"):
        rows = rows.filter(state__in=_listed(filters["state"]))
    elif view == "todo":
        rows = rows.filter(state__in=waiting_states(user))
        if permissions.allowed(user, "case.assess") and not permissions.allowed(user, "case.pass_district"):
            rows = rows.filter(opinion="")
    elif view == "mine":
        rows = rows.filter(lock_by=user, lock_until__gt=at)
    rows = _narrow(rows, filters, at)
    return rows.order_by(*SORTS.get(sort, SORTS["due"]))


def _narrow(rows: QuerySet[Case], filters: Mapping[str, Any], at: datetime) -> QuerySet[Case]:
    exact = {"scheme": "scheme", "district": "district", "outcome": "outcome", "subject": "subject__startswith"}
    for name, field in exact.items():
        if filters.get(name):
            rows = rows.filter(**{field: filters[name]})
    if filters.get("clean"):
        rows = rows.filter(outcome="pass", open_manual=0)
    if filters.get("manual"):
        rows = rows.filter(open_manual__gt=0)
    if filters.get("corrected"):
        rows = rows.filter(corrected_at__isnull=False)
    if filters.get("due_before"):
        rows = rows.filter(due_at__lt=filters["due_before"])
    if filters.get("amount_from") is not None:
        rows = rows.filter(computed_fen__gte=filters["amount_from"])
    if filters.get("amount_to") is not None:
        rows = rows.filter(computed_fen__lte=filters["amount_to"])
    if filters.get("text"):
        rows = rows.filter(search(filters["text"]))
    return rows


def search(text: str) -> Q:
    """Exact matches only: receipt number, its running number, external number, VIN or its last six, name.

    One IN over both lookups: an OR beside the IN would make the database walk every case.
    """
    text = text.strip().upper()[:80]
    keys = [("external", text), ("vin", text), ("number", text.lstrip("0"))]
    if len(text) == VIN_TAIL:
        keys.append(("vin6", text))
    found = CaseKey.objects.filter(_any(keys) | Q(kind="name", value=lookup_digest("name", text).hex()))
    receipt = Case.objects.filter(receipt_no=text).order_by()
    return Q(pk__in=found.values("case_id").union(receipt.values("pk")))


def counted(rows: QuerySet[Case]) -> tuple[int, bool]:
    """The number of rows up to COUNT_CAP, and whether there are more."""
    number = rows.order_by()[: COUNT_CAP + 1].count()
    return min(number, COUNT_CAP), number > COUNT_CAP


def latest_evaluation(case: Case) -> Evaluation:
    """The evaluation that is in force; every case has one."""
    return case.evaluations.order_by("-seq")[0]


def read_case(user: User, receipt_no: str) -> Case:
    """`access_case` for a page: decisions, clearances and recusals are read along, so that guards ask nothing more."""
    case = access_case(user, receipt_no)
    prefetch_related_objects(
        [case],
        Prefetch("decisions", Decision.objects.select_related("by")),
        Prefetch("clearances", Clearance.objects.select_related("by")),
        "recusals",
    )
    return case


def history(case: Case) -> list[Decision]:
    """The decisions on a case, newest first."""
    return sorted(case.decisions.all(), key=lambda row: (row.at, row.pk), reverse=True)


def next_case(user: User, *, at: datetime, after: Case | None = None) -> Case | None:
    """The next case of the user's queue that nobody has claimed."""
    rows = queue(user, {}, at=at).filter(Q(lock_by__isnull=True) | Q(lock_until__lte=at) | Q(lock_by=user))
    rows = rows.exclude(recusals__natural_person=user.natural_person_id)
    if after is not None:
        rows = rows.exclude(pk=after.pk)
    return rows.first()


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _any(pairs: Iterable[tuple[str, str]]) -> Q:
    joined = Q()
    for kind, value in pairs:
        if value:
            joined |= Q(kind=kind, value=value)
    return joined
