"""A machine channel for the tests: signs what it sends, byte for byte, as a real one would."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import count
from typing import Any

from django.test import Client

from exchange import channels, signatures
from policy import clock
from tests import builders

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


ID = builders.resident_id(1)
# What of a filing may be seen nowhere outside its own encrypted column.
SECRETS = (ID, "测试乙", "13800000001", "6222020200000000001")


def scrappage(**changes: Any) -> dict[str, Any]:
    """A scrappage dossier as the national system files it; complete but for the authorities' answers."""
    return builders.scrappage() | {"submitted_at": "2026-03-01T10:15:00+08:00"} | changes


def replacement(**changes: Any) -> dict[str, Any]:
    """A replacement dossier as a city channel files it."""
    return builders.replacement() | changes


def filed(machine: Machine, dossier: dict[str, Any]) -> dict[str, Any]:
    """File a dossier that must be taken; the stored application."""
    response = machine.post(APPLICATIONS, dossier)
    assert response.status_code == 201, response.content.decode()
    return response.json()
