"""What can be wrong with an application: one function a kind, so that every finding shows up on the desk.

A problem changes what is filed, or what an authority will answer, or both; where the applicant can put it right the
filing's `cure` says how (`{dotted path: value}`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from applications.vehicles.dossier import REPLACEMENT, SCRAPPAGE
from console.demonstration import names, numbers
from console.demonstration.dossiers import Filing
from policy.money import format_yuan, parse_yuan

Change = Callable[[Filing], None]
_OTHER_OWNER = "110105197203150034"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: its change, and what the application must be written with for it to make sense."""

    change: Change
    old: str | None = None
    model: names.Model | None = None
    name: str | None = None


def _nothing(filing: Filing) -> None:
    """Nothing is wrong."""


def _police_silent(filing: Filing) -> None:
    filing.police = None


def _tax_silent(filing: Filing) -> None:
    filing.tax = None


def _tax_amount(filing: Filing) -> None:
    """The invoice says 20,000 yuan more than the tax office knows."""
    assert filing.tax is not None
    shown = parse_yuan(filing.filed["invoice"]["total_incl_tax"])
    filing.tax["total_incl_tax"] = format_yuan(max(shown - 2_000_000, 100))


def _tax_date(filing: Filing) -> None:
    assert filing.tax is not None
    filing.tax["issue_date"] = _moved(filing.tax["issue_date"], -2)


def _tax_void(filing: Filing) -> None:
    assert filing.tax is not None
    filing.tax["status"] = "void"


def _police_differs(filing: Filing) -> None:
    assert filing.police is not None
    filing.police["police"]["registration_date"] = _moved(filing.filed["new_vehicle"]["registration_date"], 3)


def _new_owner(filing: Filing) -> None:
    """The new car was sold while the application is under review."""
    assert filing.police is not None
    filing.police["new_owner_id_now"] = _OTHER_OWNER


def _invoice_vin(filing: Filing) -> None:
    invoice = filing.filed["invoice"]
    filing.cure["invoice.vin"] = invoice["vin"]
    invoice["vin"] = numbers.mistyped(invoice["vin"])


def _recycling_vin(filing: Filing) -> None:
    certificate = filing.filed["recycling_certificate"]
    filing.cure["recycling_certificate.vin"] = certificate["vin"]
    certificate["vin"] = numbers.mistyped(certificate["vin"])


def _class_two(filing: Filing) -> None:
    filing.filed["bank_account"]["class"] = "II"
    filing.cure["bank_account.class"] = "I"


def _others_card(filing: Filing) -> None:
    filing.cure["bank_account.holder_name"] = filing.filed["applicant"]["name"]
    filing.filed["bank_account"]["holder_name"] = "王小梅"


def _illegible(kind: str, page: int) -> Change:
    def change(filing: Filing) -> None:
        place = filing.filed["documents"].index(filing.page(kind, page))
        filing.filed["documents"][place]["legible"] = False
        filing.cure[f"documents.{place}.legible"] = True

    return change


def _missing(kind: str, page: int) -> Change:
    def change(filing: Filing) -> None:
        whole = [dict(row) for row in filing.filed["documents"]]
        filing.filed["documents"].remove(filing.page(kind, page))
        filing.cure["documents"] = whole

    return change


def _bought_by_spouse(filing: Filing) -> None:
    filing.filed["new_vehicle"]["owner_id"] = _OTHER_OWNER


def _invoice_elsewhere(filing: Filing) -> None:
    filing.dealer = names.OUTSIDE_DEALER
    filing.filed["invoice"]["region"] = "河北"
    if "seller_name" in filing.filed["invoice"]:
        filing.filed["invoice"]["seller_name"] = names.OUTSIDE_DEALER.name


def _registered_late(filing: Filing) -> None:
    """A petrol car one day after the cut-off date."""
    _old_registered(filing, "2013-07-01")


def _held_too_late(filing: Filing) -> None:
    """In the applicant's name one day after the anchor date."""
    first = filing.filed["ownership"][0]
    earlier = {"owner_id": _OTHER_OWNER, "from": first["from"], "to": "2025-01-09", "event": "注册登记"}
    first |= {"from": "2025-01-09", "event": "转让登记"}
    _history(filing, [earlier, *filing.filed["ownership"]])


def _held_with_gap(filing: Filing) -> None:
    """In a brother's name for two months of 2025."""
    first, *rest = filing.filed["ownership"]
    parts = [
        first | {"to": "2025-03-01"},
        {"owner_id": _OTHER_OWNER, "from": "2025-03-01", "to": "2025-05-06", "event": "转让登记"},
        first | {"from": "2025-05-06", "event": "转让登记"},
    ]
    _history(filing, [*parts, *rest])


def _bought_used(filing: Filing) -> None:
    """The old car came to the applicant second-hand, in time: passes, with a flag in the replacement scheme."""
    first, *rest = filing.filed["ownership"]
    parts = [
        first | {"owner_id": _OTHER_OWNER, "to": "2024-06-18"},
        first | {"from": "2024-06-18", "event": "转让登记"},
    ]
    _history(filing, [*parts, *rest])


def _exported(filing: Filing) -> None:
    filing.filed["deregistration"]["reason"] = "出境"
    assert filing.police is not None
    filing.police["police"]["deregistration_reason"] = "出境"


def _scrapper(name: str) -> Change:
    def change(filing: Filing) -> None:
        filing.filed["recycling_certificate"]["issuer"] = name

    return change


def _special_class(filing: Filing) -> None:
    filing.filed["old_vehicle"]["vehicle_class"] = "小型专用客车"
    assert filing.police is not None
    filing.police["police"]["vehicle_class"] = "小型专用客车"


def _sold_on_first_day(filing: Filing) -> None:
    """Sold on 2026-01-01 itself: passes by the default reading, with a flag."""
    filing.filed["used_car_invoice"]["issue_date"] = "2026-01-01"


def _gift(filing: Filing) -> None:
    filing.filed["transfer"]["kind"] = "gift"


def _free_of_charge(filing: Filing) -> None:
    filing.filed["used_car_invoice"]["price"] = "0.00"


def _came_back(filing: Filing) -> None:
    assert filing.police is not None
    filing.police["old_owner_id_now"] = filing.own_id


def _sold_on(filing: Filing) -> None:
    """The dealer has sold the old car on: the latest transfer is no longer the applicant's."""
    own, dealer = filing.filed["ownership"]
    resold = _moved(dealer["from"], 2)
    _history(filing, [own, dealer | {"to": resold}, dealer | {"owner_id": _OTHER_OWNER, "from": resold}])
    filing.filed["transfer"]["registration_date"] = resold
    assert filing.police is not None
    filing.police["police"]["transfer_dates"] = [dealer["from"], resold]
    filing.police["old_owner_id_now"] = _OTHER_OWNER


def _history(filing: Filing, periods: list[dict[str, Any]]) -> None:
    filing.filed["ownership"] = periods
    if filing.police is not None:
        filing.police["police"]["owner_history"] = [dict(period) for period in periods]


def _old_registered(filing: Filing, day: str) -> None:
    filing.filed["old_vehicle"]["first_registration_date"] = day
    filing.filed["ownership"][0]["from"] = day
    assert filing.police is not None
    filing.police["police"]["first_registration_date"] = day
    filing.police["police"]["owner_history"][0]["from"] = day


def _moved(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


_EITHER: dict[str, Problem] = {
    "clean": Problem(_nothing),
    "passport": Problem(_nothing, name=names.FOREIGN_NAMES[0]),
    "police_silent": Problem(_police_silent),
    "tax_silent": Problem(_tax_silent),
    "tax_amount": Problem(_tax_amount),
    "tax_date": Problem(_tax_date),
    "tax_void": Problem(_tax_void),
    "police_differs": Problem(_police_differs),
    "new_owner": Problem(_new_owner),
    "invoice_vin": Problem(_invoice_vin),
    "class_two": Problem(_class_two),
    "others_card": Problem(_others_card),
    "illegible": Problem(_illegible("REGN", 1)),
    "illegible_invoice": Problem(_illegible("INV", 1)),
    "spouse": Problem(_bought_by_spouse),
    "elsewhere": Problem(_invoice_elsewhere),
    "withdrawn_model": Problem(_nothing, old=None, model=names.WITHDRAWN_MODEL),
    "unlisted_model": Problem(_nothing, model=names.UNLISTED_MODEL),
    "held_too_late": Problem(_held_too_late),
    "held_with_gap": Problem(_held_with_gap),
    "special_class": Problem(_special_class),
}
_SCRAPPAGE: dict[str, Problem] = {
    "fuel": Problem(_nothing, old="petrol", model=names.FUEL_MODELS[0]),
    "capped": Problem(_nothing, old="petrol", model=names.NEV_MODELS[7]),
    "old_nev": Problem(_nothing, old="nev", model=names.NEV_MODELS[0]),
    "old_nev_new_fuel": Problem(_nothing, old="nev", model=names.FUEL_MODELS[0]),
    "displacement_2010": Problem(_nothing, old="petrol", model=names.MODEL_2010),
    "displacement_2488": Problem(_nothing, old="petrol", model=names.MODEL_2488),
    "hybrid": Problem(_nothing, old="hybrid", model=names.NEV_MODELS[1]),
    "registered_late": Problem(_registered_late, old="petrol"),
    "recycling_vin": Problem(_recycling_vin),
    "missing_page": Problem(_missing("REGN", 2)),
    "exported": Problem(_exported),
    "unknown_scrapper": Problem(_scrapper(names.UNKNOWN_SCRAPPER)),
    "expired_scrapper": Problem(_scrapper(names.EXPIRED_SCRAPPER.name)),
}
_REPLACEMENT: dict[str, Problem] = {
    "first_day": Problem(_sold_on_first_day),
    "bought_used": Problem(_bought_used),
    "missing_page": Problem(_missing("REGO", 4)),
    "new_fuel": Problem(_nothing, model=names.FUEL_MODELS[2]),
    "gift": Problem(_gift),
    "free_of_charge": Problem(_free_of_charge),
    "came_back": Problem(_came_back),
    "sold_on": Problem(_sold_on),
}
PROBLEMS: dict[str, dict[str, Problem]] = {SCRAPPAGE: _EITHER | _SCRAPPAGE, REPLACEMENT: _EITHER | _REPLACEMENT}
