"""Invented applications as the channels would file them, with what police and tax office would answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from applications.vehicles.dossier import REPLACEMENT, SCRAPPAGE, Invoice
from console.demonstration import names, numbers
from policy.money import format_yuan

_FIRST_DAY = date(2026, 1, 2)
# Which cars are given up: words of the register, first registered between these years.
_OLD_CARS: Mapping[str, tuple[str, bool, tuple[int, int]]] = {
    "petrol": ("汽油", False, (2005, 2012)),
    "diesel": ("柴油", False, (2006, 2014)),
    "nev": ("纯电动", True, (2015, 2018)),
    "hybrid": ("油电混合", False, (2010, 2012)),
    "newer": ("汽油", False, (2014, 2021)),
}
_CHANNELS = {
    SCRAPPAGE: (("nat_miniapp", 7), ("nat_web", 3)),
    REPLACEMENT: (("jingtong", 6), ("lvjiao_miniapp", 3), ("bj_web", 1)),
}
_PAGES = {
    SCRAPPAGE: (("ID", 1), ("BANK", 1), ("RECYC", 1), ("DEREG", 1), ("INV", 1), ("REGN", 1), ("REGN", 2)),
    REPLACEMENT: (
        ("ID", 1),
        ("BANK", 1),
        ("UCINV", 1),
        ("REGO", 1),
        ("REGO", 2),
        ("REGO", 3),
        ("REGO", 4),
        ("INV", 1),
        ("REGN", 1),
        ("REGN", 2),
    ),
}


@dataclass(slots=True)
class Filing:
    """One application before it is filed.

    `filed` is the body a channel sends; `police` and `tax` what the authorities will answer (None: they stay silent);
    `cure` the corrections that would settle what is wrong with it; `model`, `dealer` serve the evidence pictures.
    """

    filed: dict[str, Any]
    police: dict[str, Any] | None
    tax: dict[str, Any] | None
    model: names.Model
    dealer: names.Dealer
    cure: dict[str, Any] = field(default_factory=dict)

    @property
    def scheme(self) -> str:
        return str(self.filed["scheme"])

    @property
    def own_id(self) -> str:
        """The applicant's document number."""
        return str(self.filed["applicant"]["id_number"])

    def page(self, kind: str, number: int) -> dict[str, Any]:
        """The claim about one page of the evidence."""
        return next(page for page in self.filed["documents"] if (page["type"], page["page"]) == (kind, number))


class Author:
    """Writes applications one after the other; the same random source gives the same ones."""

    def __init__(self, random: Random, serial: int = 41_000) -> None:
        self.random = random
        self._serial = serial
        self._specials = iter(names.SPECIAL_NAMES)

    def write(
        self,
        scheme: str,
        district: str,
        on: date,
        *,
        old: str | None = None,
        model: names.Model | None = None,
        name: str | None = None,
    ) -> Filing:
        """An application filed on a day, nothing wrong with it. `old` is a kind of old car, `model` the new one."""
        self._serial += 1
        random = self.random
        scrappage = scheme == SCRAPPAGE
        if old is None:
            old = random.choices(("petrol", "diesel", "nev"), (8, 1, 1))[0] if scrappage else "newer"
        if model is None:
            model = random.choice(names.NEV_MODELS)
            if scrappage and old != "nev" and random.random() < 0.3:
                model = random.choice(names.FUEL_MODELS)
        dealer = random.choice(names.DEALERS)
        applicant = self._applicant(name)
        old_car, held_from = self._old_car(old)
        days = _Days(random, on)
        filed: dict[str, Any] = {
            "scheme": scheme,
            "channel": _weighted(random, _CHANNELS[scheme]),
            "external_no": f"{'QG' if scrappage else 'BJ'}{on:%Y%m%d}{self._serial:06d}",
            "district": district,
            "applicant": applicant,
            "bank_account": {"number": numbers.bank_account(random), "class": "I", "holder_name": applicant["name"]},
            "old_vehicle": old_car,
        }
        if scrappage:
            filed |= self._scrapped(applicant["id_number"], old_car["vin"], held_from, days)
        else:
            filed |= self._sold(applicant["id_number"], old_car["vin"], held_from, days)
        filed |= self._bought(applicant, model, dealer, days)
        filed["documents"] = [
            {"type": kind, "page": page, "legible": True, "original": True} for kind, page in _PAGES[scheme]
        ]
        if not scrappage:
            filed["rego_shows_transfer"] = True
        return Filing(filed, _police(filed), _tax(filed), model, dealer)

    def special_name(self) -> str:
        """A long or otherwise demanding name; ordinary ones when they are used up."""
        return next(self._specials, None) or names.person(self.random)

    def _applicant(self, name: str | None) -> dict[str, Any]:
        foreign = name in names.FOREIGN_NAMES
        return {
            "type": "natural_person",
            "id_type": "passport" if foreign else "resident_id",
            "id_number": numbers.passport(self.random) if foreign else numbers.resident_id(self.random),
            "name": name or names.person(self.random),
            "phone": numbers.mobile(self.random),
        }

    def _old_car(self, kind: str) -> tuple[dict[str, Any], date]:
        fuel, nev, years = _OLD_CARS[kind]
        year = self.random.randint(*years)
        registered = date(year, 1, 4) + timedelta(days=self.random.randrange(350))
        car = {
            "vin": numbers.vin(self.random, year, self._serial),
            "vehicle_class": self.random.choice(("小型轿车", "小型轿车", "小型普通客车", "小型越野客车")),
            "fuel_type": fuel,
            "nev": nev,
            "first_registration_date": registered.isoformat(),
        }
        return car, registered

    def _scrapped(self, owner: str, vin: str, held_from: date, days: _Days) -> dict[str, Any]:
        recycled, deregistered = days.before(22, 30), days.before(12, 20)
        return {
            "ownership": [_period(owner, held_from, deregistered, "注册登记")],
            "recycling_certificate": {
                "number": f"RC{recycled:%Y}{self._serial:08d}",
                "issuer": self.random.choice(names.SCRAPPERS).name,
                "issue_date": recycled.isoformat(),
                "vin": vin,
                "owner_id": owner,
            },
            "deregistration": {"date": deregistered.isoformat(), "reason": "报废", "vin": vin, "owner_id": owner},
        }

    def _sold(self, owner: str, vin: str, held_from: date, days: _Days) -> dict[str, Any]:
        sold, transferred = days.before(20, 28), days.before(12, 18)
        buyer = names.SECOND_HAND_DEALER[1]
        return {
            "ownership": [
                _period(owner, held_from, transferred, "注册登记"),
                _period(buyer, transferred, None, "转让登记"),
            ],
            "used_car_invoice": {
                "number": numbers.invoice_number(self.random, self._serial + 500_000),
                "issue_date": sold.isoformat(),
                "price": format_yuan(self.random.randrange(18, 96) * 100_000),
                "seller_id": owner,
                "buyer_id": buyer,
                "vin": vin,
            },
            "transfer": {"kind": "sale", "registration_date": transferred.isoformat(), "vin": vin},
        }

    def _bought(
        self, applicant: Mapping[str, Any], model: names.Model, dealer: names.Dealer, days: _Days
    ) -> dict[str, Any]:
        owner = applicant["id_number"]
        invoiced, registered = days.before(8, 14), days.before(3, 7)
        vin = numbers.vin(self.random, 2026, self._serial + 400_000)
        steps = (model.price_to - model.price_from) // 100
        fen = (model.price_from + 100 * self.random.randrange(steps + 1)) * 100 + self.random.choice((0, 0, 0, 50))
        invoice = {
            "number": numbers.invoice_number(self.random, self._serial),
            "issue_date": invoiced.isoformat(),
            "total_incl_tax": format_yuan(fen),
            "buyer_name": applicant["name"],
            "buyer_id": owner,
            "region": "北京",
            "vin": vin,
        }
        if "seller_name" in Invoice._fields:
            invoice["seller_name"] = dealer.name
        return {
            "new_vehicle": {
                "vin": vin,
                "vehicle_class": model.vehicle_class,
                "fuel_type": model.fuel,
                "nev": model.nev,
                "model_code": model.code,
                "displacement_ml": model.displacement_ml,
                "registration_date": registered.isoformat(),
                "registration_region": "北京",
                "owner_id": owner,
            },
            "invoice": invoice,
        }


class _Days:
    """Days before the filing, never before the policy's period."""

    def __init__(self, random: Random, on: date) -> None:
        self._random = random
        self._on = on

    def before(self, least: int, most: int) -> date:
        return max(self._on - timedelta(days=self._random.randint(least, most)), _FIRST_DAY)


def _period(owner: str, begin: date, end: date | None, event: str) -> dict[str, Any]:
    return {"owner_id": owner, "from": begin.isoformat(), "to": end.isoformat() if end else None, "event": event}


def _police(filed: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of the traffic police that agrees with everything filed."""
    old, new = filed["old_vehicle"], filed["new_vehicle"]
    held: dict[str, Any] = {
        "owner_history": [dict(period) for period in filed["ownership"]],
        "first_registration_date": old["first_registration_date"],
        "fuel_type": old["fuel_type"],
        "vehicle_class": old["vehicle_class"],
        "displacement_ml": new["displacement_ml"],
        "registration_date": new["registration_date"],
        "registration_authority": new["registration_region"],
    }
    answer: dict[str, Any] = {"police_answered": True, "new_owner_id_now": new["owner_id"], "police": held}
    if filed["scheme"] == SCRAPPAGE:
        held["deregistration_date"] = filed["deregistration"]["date"]
        held["deregistration_reason"] = filed["deregistration"]["reason"]
    else:
        held["transfer_dates"] = [filed["transfer"]["registration_date"]]
        answer["old_owner_id_now"] = filed["used_car_invoice"]["buyer_id"]
    return answer


def _tax(filed: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of the tax office that agrees with the invoice."""
    invoice = filed["invoice"]
    return {
        "status": "valid",
        "issue_date": invoice["issue_date"],
        "total_incl_tax": invoice["total_incl_tax"],
    }


def _weighted(random: Random, choices: tuple[tuple[str, int], ...]) -> str:
    words, weights = zip(*choices, strict=True)
    return str(random.choices(words, weights)[0])
