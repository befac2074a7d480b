"""What is in force: parameters on a day, the working-day calendar, reference tables."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from policy.parameters import ParameterSet
from policy.scheme import scheme as policy_scheme
from policy.workdays import WorkCalendar
from regulation.models import NevModel, PolicyVersion, ScrapEnterprise, WorkdayOverride

# A rehearsal judges by its own drafts; nothing else ever writes here.
_DRAFTS: dict[str, dict[str, Any]] = {}


def calendar() -> WorkCalendar:
    """The published working days with the bureau's overrides."""
    return WorkCalendar(dict(WorkdayOverride.objects.values_list("date", "is_workday")))


def parameters(scheme: str, received_at: datetime) -> ParameterSet:
    """The parameters that judge a filing received at `received_at`: baseline, signed versions, drafts (V-C-21)."""
    found = policy_scheme(scheme).baseline
    signed = PolicyVersion.objects.filter(signed_by__isnull=False, effective_from__lte=received_at)
    for version in signed.order_by("effective_from", "pk"):
        changes = {code: value for code, value in version.changes.items() if code in found}
        if changes:
            found = found.overlay(changes, version=version.code)
    drafts = _DRAFTS.get(scheme)
    return found.overlay(drafts, version=f"{found.version}+draft") if drafts else found


def draft(scheme: str, code: str, value: Any) -> None:
    """From here on this process judges by `value`: rehearsals only."""
    policy_scheme(scheme).baseline.overlay({code: value}, version="draft")
    _DRAFTS.setdefault(scheme, {})[code] = value


def forget_drafts() -> None:
    """The end of a rehearsal."""
    _DRAFTS.clear()


def nev_model(model_code: str | None, on: date | None) -> dict[str, Any] | None:
    """The catalogue entry for a model as the dossier's `facts.catalogue`; None where it is not listed.

    Of several listings the one in force on `on` is taken, else the latest.
    """
    if not model_code:
        return None
    rows = list(NevModel.objects.filter(model_code=model_code).order_by("-included_on"))
    if not rows:
        return None
    in_force = [
        row
        for row in rows
        if on is None or (row.included_on <= on and (row.withdrawn_on is None or row.withdrawn_on > on))
    ]
    row = (in_force or rows)[0]
    return {"included_on": _iso(row.included_on), "withdrawn_on": _iso(row.withdrawn_on)}


def scrap_enterprise(name: str | None, on: date | None) -> dict[str, Any] | None:
    """The qualification of a scrapping enterprise as the dossier's `facts.scrap_enterprise`; None if unknown."""
    if not name:
        return None
    rows = list(ScrapEnterprise.objects.filter(name=name).order_by("-qualified_from"))
    if not rows:
        return None
    in_force = [
        row
        for row in rows
        if on is None or (row.qualified_from <= on and (row.qualified_to is None or row.qualified_to >= on))
    ]
    row = (in_force or rows)[0]
    return {"qualified_from": _iso(row.qualified_from), "qualified_to": _iso(row.qualified_to)}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
