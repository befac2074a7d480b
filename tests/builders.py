"""Complete vehicle dossiers for tests: every person, car and account is invented, every check digit is right.

`scrappage(n)` and `replacement(n)` give the n-th applicant's filing as a channel sends it (no `facts`);
`answers(filed)` what police, tax and the reference tables say about it. Both pass every rule.
`changed(filed, {"invoice.total_incl_tax": "100000.00"})` is a copy with some values replaced.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from policy.clock import SHANGHAI

SCRAPPAGE = "vehicle-scrappage"
REPLACEMENT = "vehicle-replacement"
DEALER = "91110105MA01ABCD5F"
# 139,800.50 yuan: 12 % rounds up to 16,777, 8 % to 11,185.
PRICE = "139800.50"
SCRAPPAGE_FEN = 1_677_700
REPLACEMENT_FEN = 1_118_500

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))


def when(text: str) -> datetime:
    """A moment in Asia/Shanghai of 2026: "03-16 10:05" or "12-10 23:59:59"."""
    day, _, clock = f"2026-{text}".partition(" ")
    return datetime.fromisoformat(f"{day}T{clock or '00:00'}").replace(tzinfo=SHANGHAI)


def resident_id(n: int) -> str:
    """The n-th invented resident id with its GB 11643 check character."""
    born = date(1960, 1, 1) + timedelta(days=n // 900)
    body = f"110101{born:%Y%m%d}{n % 900 + 1:03d}"
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, body, strict=True))
    return body + "10X98765432"[total % 11]


def vin(n: int, maker: str = "LSVAA49J", tail: str = "C2") -> str:
    """The n-th invented VIN with its check digit in position 9 (GB 16735)."""
    body = f"{maker}0{tail}{n:06d}"
    value = sum(
        weight * (int(mark) if mark.isdigit() else _VIN_VALUES[mark])
        for weight, mark in zip(_VIN_WEIGHTS, body, strict=True)
    )
    return f"{body[:8]}{'0123456789X'[value % 11]}{body[9:]}"


def page(kind: str, number: int = 1, *, legible: bool = True, original: bool = True) -> dict[str, Any]:
    """One page of evidence as the applicant declares it."""
    return {"type": kind, "page": number, "legible": legible, "original": original}


def scrappage(n: int = 1, changes: Mapping[str, Any] | None = None, *, person: int | None = None) -> dict[str, Any]:
    """The n-th scrappage filing: a petrol car of 2012 scrapped, an electric car bought. Passes every rule."""
    owner = resident_id(n if person is None else person)
    old, new = vin(n), vin(n, "LGXCE6CD", "T0")
    filed = {
        **_shared(n, owner, SCRAPPAGE, "nat_miniapp", "chaoyang"),
        "old_vehicle": _old_vehicle(old, "2012-05-10"),
        "ownership": [{"owner_id": owner, "from": "2012-05-10", "to": "2026-02-20", "event": "注册登记"}],
        "recycling_certificate": {
            "number": f"RC2026{n:06d}",
            "issuer": "北京示例报废机动车回收拆解有限公司",
            "issue_date": "2026-02-15",
            "vin": old,
            "owner_id": owner,
        },
        "deregistration": {"date": "2026-02-20", "reason": "报废", "vin": old, "owner_id": owner},
        **_bought(n, owner, new),
        "documents": [
            *(page(kind) for kind in ("ID", "BANK", "RECYC", "DEREG", "INV", "REGN")),
            page("REGN", 2),
        ],
    }
    return changed(filed, changes or {})


def replacement(n: int = 1, changes: Mapping[str, Any] | None = None, *, person: int | None = None) -> dict[str, Any]:
    """The n-th replacement filing: a car of 2019 sold to a dealer, an electric car bought. Passes every rule."""
    owner = resident_id(n if person is None else person)
    old, new = vin(n, "LSVAA49J", "K2"), vin(n, "LGXCE6CD", "T1")
    filed = {
        **_shared(n, owner, REPLACEMENT, "jingtong", "haidian"),
        "old_vehicle": _old_vehicle(old, "2019-05-10"),
        "ownership": [
            {"owner_id": owner, "from": "2019-05-10", "to": "2026-02-11", "event": "注册登记"},
            {"owner_id": DEALER, "from": "2026-02-11", "to": None, "event": "转让登记"},
        ],
        "used_car_invoice": {
            "number": f"26112000000001{n:06d}",
            "issue_date": "2026-02-10",
            "price": "38000.00",
            "seller_id": owner,
            "buyer_id": DEALER,
            "vin": old,
        },
        "transfer": {"kind": "sale", "registration_date": "2026-02-11", "vin": old},
        **_bought(n, owner, new),
        "documents": [
            *(page(kind) for kind in ("ID", "BANK", "UCINV", "INV")),
            *(page("REGO", number) for number in (1, 2, 3, 4)),
            *(page("REGN", number) for number in (1, 2)),
        ],
        "rego_shows_transfer": True,
    }
    return changed(filed, changes or {})


FILINGS = {SCRAPPAGE: scrappage, REPLACEMENT: replacement}


def answers(filed: Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the authorities and reference tables say about a filing where all is in order."""
    invoice = filed.get("invoice") or {}
    said: dict[str, Any] = {
        "police_answered": True,
        "tax": {
            "status": "valid",
            "issue_date": invoice.get("issue_date", "2026-02-24"),
            "total_incl_tax": invoice.get("total_incl_tax", PRICE),
        },
        "catalogue": {"included_on": "2025-06-10", "withdrawn_on": None},
        "new_owner_id_now": filed["applicant"]["id_number"],
    }
    if filed["scheme"] == SCRAPPAGE:
        said["scrap_enterprise"] = {"qualified_from": "2020-01-01", "qualified_to": "2028-12-31"}
    else:
        said["old_owner_id_now"] = DEALER
    return changed(said, changes or {})


def without_page(filed: Mapping[str, Any], kind: str, number: int = 1) -> dict[str, Any]:
    """A copy of a filing that lacks one page of evidence: incomplete, but curable."""
    kept = [page for page in filed["documents"] if (page["type"], page["page"]) != (kind, number)]
    assert len(kept) < len(filed["documents"]), f"there is no page {kind} {number}"
    return {**copy.deepcopy(dict(filed)), "documents": kept}


def changed(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy with values at dotted paths replaced."""
    copied: dict[str, Any] = copy.deepcopy(dict(content))
    for path, value in changes.items():
        *parents, last = path.split(".")
        place: Any = copied
        for name in parents:
            place = place[int(name)] if isinstance(place, list) else place[name]
        place[int(last) if isinstance(place, list) else last] = value
    return copied


def _shared(n: int, owner: str, scheme: str, channel: str, district: str) -> dict[str, Any]:
    name = f"测试{'甲乙丙丁戊己庚辛壬癸'[n % 10]}"
    return {
        "id": f"T-{n}",
        "scheme": scheme,
        "channel": channel,
        "external_no": f"{'QG' if scheme == SCRAPPAGE else 'BJ'}2026{n:08d}",
        "district": district,
        "applicant": {
            "type": "natural_person",
            "id_type": "resident_id",
            "id_number": owner,
            "name": name,
            "phone": f"138{n:08d}",
        },
        "bank_account": {"number": f"62220202{n:011d}", "class": "I", "holder_name": name},
    }


def _old_vehicle(number: str, registered: str) -> dict[str, Any]:
    return {
        "vin": number,
        "vehicle_class": "小型轿车",
        "fuel_type": "汽油",
        "nev": False,
        "first_registration_date": registered,
    }


def _bought(n: int, owner: str, number: str) -> dict[str, Any]:
    """The new electric car and its invoice."""
    return {
        "new_vehicle": {
            "vin": number,
            "vehicle_class": "小型轿车",
            "fuel_type": "纯电动",
            "nev": True,
            "model_code": "BJ7000BEVA1",
            "displacement_ml": None,
            "registration_date": "2026-02-26",
            "registration_region": "北京",
            "owner_id": owner,
        },
        "invoice": {
            "number": f"26112000000000{n:06d}",
            "issue_date": "2026-02-24",
            "total_incl_tax": PRICE,
            "buyer_name": f"测试{'甲乙丙丁戊己庚辛壬癸'[n % 10]}",
            "buyer_id": owner,
            "region": "北京",
            "vin": number,
        },
    }
