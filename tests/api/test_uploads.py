"""Evidence files over REST: stored once, judged by content, turned away with the field named."""

from __future__ import annotations

import pytest

from documents.models import Document
from tests.api.machine import APPLICATIONS, Machine, filed, scrappage
from tests.documents import files


def test_an_upload_is_stored_once_whatever_its_boundary(national: Machine) -> None:
    place = f"{APPLICATIONS}{filed(national, scrappage())['receipt_no']}/documents/"
    fields = {"type": "INV", "page": "1", "legible": "true"}
    first = national.upload(place, fields, files.pdf(2), key="k")
    again = national.upload(place, fields, files.pdf(2), key="k", boundary="another")
    other = national.upload(place, fields, files.pdf(3), key="k")
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    stored = Document.objects.get()
    assert (stored.media_type, stored.page_count, stored.uploaded_by) == ("application/pdf", 2, "channel:national")
    assert (stored.legible_claimed, stored.original_claimed, stored.confirmed_at) == (True, None, None)


@pytest.mark.parametrize(
    ("fields", "file", "path"),
    [
        ({"type": "ID", "page": "1"}, None, "file"),
        ({"page": "1"}, files.jpeg(), "type"),
        ({"type": "PASSPORT", "page": "1"}, files.jpeg(), "type"),
        ({"type": "ID"}, files.jpeg(), "page"),
        ({"type": "ID", "page": "-1"}, files.jpeg(), "page"),
        ({"type": "ID", "page": "²"}, files.jpeg(), "page"),
        ({"type": "ID", "page": "99"}, files.jpeg(), "page"),
        ({"type": "ID", "page": "1", "legible": "yes"}, files.jpeg(), "legible"),
        ({"type": "ID", "page": "1", "name": "x"}, files.jpeg(), "name"),
        ({"type": "ID", "page": "1"}, b"MZ executable", "file"),
        ({"type": "ID", "page": "1"}, files.ACTIVE["launch"], "file"),
        ({"type": "ID", "page": "1"}, files.png_claiming(30_000, 30_000), "file"),
        ({"type": "ID", "page": "1"}, b"", "file"),
    ],
)
def test_a_malformed_upload_names_its_field(
    national: Machine, fields: dict[str, str], file: bytes | None, path: str
) -> None:
    place = f"{APPLICATIONS}{filed(national, scrappage())['receipt_no']}/documents/"
    response = national.upload(place, fields, file)
    assert response.status_code == 400, response.content.decode()
    assert list(response.json()["fields"]) == [path]
    assert not Document.objects.exists()


def test_an_upload_over_10_mb_is_turned_away(national: Machine) -> None:
    place = f"{APPLICATIONS}{filed(national, scrappage())['receipt_no']}/documents/"
    fields = {"type": "ID", "page": "1"}
    just_over = national.upload(place, fields, files.jpeg() + b"\0" * (10 * 1024 * 1024))
    assert (just_over.status_code, list(just_over.json()["fields"])) == (400, ["file"])
    far_over = national.upload(place, fields, b"\0" * (10 * 1024 * 1024 + 70_000))
    assert (far_over.status_code, far_over.json()["code"]) == (413, "too_large")


def test_json_is_no_upload(national: Machine) -> None:
    place = f"{APPLICATIONS}{filed(national, scrappage())['receipt_no']}/documents/"
    assert national.post(place, {"type": "ID"}).status_code == 415


def test_an_ended_application_takes_no_more_files(national: Machine) -> None:
    place = f"{APPLICATIONS}{filed(national, scrappage())['receipt_no']}/"
    national.post(place + "withdrawal/", {})
    response = national.upload(place + "documents/", {"type": "ID", "page": "1"}, files.jpeg())
    assert (response.status_code, response.json()["code"]) == (409, "state")
    assert not Document.objects.exists()
