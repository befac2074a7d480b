"""A machine channel for the tests: signs what it sends, byte for byte, as a real one would."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from itertools import count
from typing import Any

from django.test import Client

from exchange import channels, signatures
from policy import clock

_numbers = count(1)
APPLICATIONS = "/api/v1/vehicle-applications/"


class Machine:
    """A channel with its secret. Every POST has a fresh Idempotency-Key unless one is given."""

    def __init__(self, name: str, *scopes: str, rate: int = 600) -> None:
        self.channel, self.secret = channels.create(
            name, scopes, at=clock.now(), by="system:test", rate_per_minute=rate
        )
        self.name = name
        self.client = Client(raise_request_exception=False)

    def sign(self, method: str, target: str, body: bytes, *, at: datetime | None = None) -> str:
        """An Authorization header value."""
        return signatures.header(self.name, self.secret, method, target, body, at=at or clock.now())

    def send(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        key: str | None = "",
        content_type: str = "application/json",
        authorization: str | None = None,
    ) -> Any:
        """One request. `key` None sends no Idempotency-Key; `authorization` replaces the signature."""
        headers = {"Authorization": self.sign(method, target, body) if authorization is None else authorization}
        if key is not None:
            headers["Idempotency-Key"] = key or f"key-{next(_numbers)}"
        return self.client.generic(method, target, body, content_type=content_type, headers=headers)

    def post(self, target: str, value: Any, **options: Any) -> Any:
        """POST a JSON value."""
        return self.send("POST", target, json.dumps(value, ensure_ascii=False).encode(), **options)

    def get(self, target: str) -> Any:
        """GET; no key."""
        return self.send("GET", target, key=None)

    def upload(
        self, target: str, fields: dict[str, str], file: bytes | None, *, boundary: str = "b0", **options: Any
    ) -> Any:
        """POST a multipart form, written by hand."""
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        if file is not None:
            parts.append(
                f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.php"\r\n'
                "Content-Type: text/html\r\n\r\n".encode()
                + file
                + b"\r\n"
            )
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        return self.send("POST", target, body, content_type=f"multipart/form-data; boundary={boundary}", **options)


ID = "110101198001010029"
PAGES = {
    "vehicle-scrappage": ["ID1", "BANK1", "RECYC1", "DEREG1", "INV1", "REGN1", "REGN2"],
    "vehicle-replacement": ["ID1", "BANK1", "UCINV1", "REGO1", "REGO2", "REGO3", "REGO4", "INV1", "REGN1", "REGN2"],
}
_BOTH: dict[str, Any] = {
    "district": "chaoyang",
    "applicant": {
        "type": "natural_person",
        "id_type": "resident_id",
        "id_number": ID,
        "name": "李娜",
        "phone": "13800138000",
    },
    "bank_account": {"number": "6222020200000001236", "class": "I", "holder_name": "李娜"},
    "new_vehicle": {
        "vin": "LGXCE6CDXT0123456",
        "vehicle_class": "小型轿车",
        "fuel_type": "纯电动",
        "nev": True,
        "model_code": "BJ7000BEVA1",
        "displacement_ml": None,
        "registration_date": "2026-02-26",
        "registration_region": "北京",
        "owner_id": ID,
    },
    "invoice": {
        "number": "26112000000000012345",
        "issue_date": "2026-02-24",
        "total_incl_tax": "139800.50",
        "buyer_name": "李娜",
        "buyer_id": ID,
        "region": "北京",
        "vin": "LGXCE6CDXT0123456",
    },
}
_OLD = {"vin": "LSVAA49J1C2012345", "vehicle_class": "小型轿车", "fuel_type": "汽油", "nev": False}


def scrappage(**changes: Any) -> dict[str, Any]:
    """A scrappage dossier as the national system files it; complete but for the authorities' answers."""
    dossier = copy.deepcopy(_BOTH) | {
        "scheme": "vehicle-scrappage",
        "channel": "nat_miniapp",
        "external_no": "QG20260301000001",
        "submitted_at": "2026-03-01T10:15:00+08:00",
        "old_vehicle": _OLD | {"first_registration_date": "2012-05-10"},
        "ownership": [{"owner_id": ID, "from": "2012-05-10", "to": "2026-02-20", "event": "注册登记"}],
        "recycling_certificate": {
            "number": "RC2026000001",
            "issuer": "北京示例报废机动车回收拆解有限公司",
            "issue_date": "2026-02-15",
            "vin": _OLD["vin"],
            "owner_id": ID,
        },
        "deregistration": {"date": "2026-02-20", "reason": "报废", "vin": _OLD["vin"], "owner_id": ID},
    }
    return _with_pages(dossier) | changes


def replacement(**changes: Any) -> dict[str, Any]:
    """A replacement dossier as a city channel files it."""
    dealer = "91110105MA01ABCD5F"
    dossier = copy.deepcopy(_BOTH) | {
        "scheme": "vehicle-replacement",
        "channel": "jingtong",
        "external_no": "BJ20260301000001",
        "old_vehicle": _OLD | {"first_registration_date": "2019-05-10"},
        "ownership": [
            {"owner_id": ID, "from": "2019-05-10", "to": "2026-02-11", "event": "注册登记"},
            {"owner_id": dealer, "from": "2026-02-11", "to": None, "event": "转让登记"},
        ],
        "used_car_invoice": {
            "number": "26112000000000054321",
            "issue_date": "2026-02-10",
            "price": "38000.00",
            "seller_id": ID,
            "buyer_id": dealer,
            "vin": _OLD["vin"],
        },
        "transfer": {"kind": "sale", "registration_date": "2026-02-11", "vin": _OLD["vin"]},
        "rego_shows_transfer": True,
    }
    return _with_pages(dossier) | changes


def _with_pages(dossier: dict[str, Any]) -> dict[str, Any]:
    pages = PAGES[dossier["scheme"]]
    dossier["documents"] = [
        {"type": page[:-1], "page": int(page[-1]), "legible": True, "original": True} for page in pages
    ]
    return dossier
