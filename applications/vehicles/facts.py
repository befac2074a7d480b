"""What the portal knows beside what was filed: authorities' answers, reference tables, its own records.

The result is the dossier's `facts` (contract §2). An authority that has not answered leaves `null`: manual.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q

from applications.vehicles.models import VehicleApplication
from ledger import services as ledger
from people.models import Person
from regulation import selectors as regulation
from review import states
from review.models import Case

POOL_CODE = "vehicles-2026"
# What an authority or a reference table may have said outright; everything else the portal computes itself.
ANSWERED = ("police_answered", "tax", "new_owner_id_now", "old_owner_id_now", "police")
REFERENCE = ("catalogue", "scrap_enterprise")


def gather(filed: Mapping[str, Any], answers: Mapping[str, Any], person: Person, case: Case | None) -> dict[str, Any]:
    """The facts for one application now. `case` is left out of "other applications" once it exists."""
    facts: dict[str, Any] = {name: answers[name] for name in ANSWERED if name in answers}
    facts.setdefault("police_answered", None)
    facts.setdefault("tax", None)
    facts.setdefault("new_owner_id_now", None)
    if filed["scheme"] == "vehicle-replacement":
        facts.setdefault("old_owner_id_now", None)
    facts["catalogue"] = answers["catalogue"] if "catalogue" in answers else _catalogue(filed)
    if filed["scheme"] == "vehicle-scrappage":
        facts["scrap_enterprise"] = (
            answers["scrap_enterprise"] if "scrap_enterprise" in answers else _scrap_enterprise(filed)
        )
    else:
        facts.pop("scrap_enterprise", None)
    facts["prior_vehicle_applications"] = prior_applications(person, case)
    facts["vin_used_elsewhere"] = vin_used_elsewhere(filed, case)
    closed_at = ledger.pool(POOL_CODE).closed_at
    facts["fund_closed_at"] = closed_at.isoformat() if closed_at else None
    return facts


def prior_applications(person: Person, case: Case | None) -> list[dict[str, str]]:
    """The person's other vehicle applications, both schemes (V-C-03)."""
    rows = Case.objects.filter(person=person, scheme__startswith="vehicle-").order_by("pk")
    if case is not None:
        rows = rows.exclude(pk=case.pk)
    return [{"scheme": scheme, "state": state} for scheme, state in rows.values_list("scheme", "state")]


def vin_used_elsewhere(filed: Mapping[str, Any], case: Case | None) -> bool:
    """Whether either car stands in another live or paid application, in either role (V-C-22)."""
    vins = [filed["old_vehicle"]["vin"], filed["new_vehicle"]["vin"]]
    rows = VehicleApplication.objects.filter(
        Q(old_vin__in=vins) | Q(new_vin__in=vins), case__state__in=states.LIVE + states.SUBSIDISED
    )
    if case is not None:
        rows = rows.exclude(case=case)
    return rows.exists()


def _catalogue(filed: Mapping[str, Any]) -> dict[str, Any] | None:
    invoice = filed.get("invoice") or {}
    return regulation.nev_model(filed["new_vehicle"].get("model_code"), _day(invoice.get("issue_date")))


def _scrap_enterprise(filed: Mapping[str, Any]) -> dict[str, Any] | None:
    certificate = filed.get("recycling_certificate") or {}
    return regulation.scrap_enterprise(certificate.get("issuer"), _day(certificate.get("issue_date")))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
