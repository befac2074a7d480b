"""Storing pages, staff's word on them, and the one door through which they leave."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from audit.models import Event
from documents import access, selectors, services, storage
from documents.models import Document
from policy.clock import SHANGHAI
from policy.errors import InputError, Refused
from tests.documents import files

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
JPEG = files.jpeg()


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path) -> Path:
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    return tmp_path / "documents"


@pytest.fixture
def gate() -> Iterator[None]:
    """Only 朝阳's user sees case 7."""
    before = list(access._gates)
    access.register_gate(lambda case_ref, user: case_ref == 7 and user.get_username() == "chaoyang")
    yield
    access._gates[:] = before


def user(name: str) -> Any:
    return SimpleNamespace(get_username=lambda: name)


def put(content: Any = JPEG, **changes: Any) -> Document:
    given: dict[str, Any] = {
        "case_ref": 7,
        "doc_type": "ID",
        "page": 1,
        "at": AT,
        "actor": "channel:jingtong",
        "legible": True,
    }
    return services.store(content, **(given | changes))


def test_a_file_lies_under_its_hash_and_nothing_of_its_name(root: Path) -> None:
    stored = put(SimpleUploadedFile("李娜-110101198001010029.exe", JPEG, content_type="text/html"))
    digest = hashlib.sha256(JPEG).hexdigest()
    place = root / digest[:2] / digest
    assert place.read_bytes() == JPEG
    assert stat.S_IMODE(place.stat().st_mode) == 0o400
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert [path for path in root.rglob("*") if path.is_file()] == [place]
    assert (stored.digest, stored.media_type, stored.size) == (digest, "image/jpeg", len(JPEG))


@pytest.mark.parametrize("content", [JPEG, io.BytesIO(JPEG), SimpleUploadedFile("x", JPEG)])
def test_bytes_files_and_uploads_are_taken_alike(content: Any) -> None:
    assert put(content).digest == hashlib.sha256(JPEG).hexdigest()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"doc_type": "PASSPORT"}, "type"), ({"page": 0}, "page"), ({"page": 51}, "page"), ({"content": b""}, "file")],
)
def test_a_malformed_upload_leaves_nothing(root: Path, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        put(**changes)
    assert list(caught.value.fields) == [field]
    assert not Document.objects.exists()
    assert not [path for path in root.rglob("*") if path.is_file()]


def test_a_file_of_more_than_10_mb_is_stopped_while_it_arrives(root: Path) -> None:
    taken = []

    class Endless:
        def read(self, size: int) -> bytes:
            taken.append(size)
            return b"\xff\xd8\xff" + b"\0" * (size - 3)

    with pytest.raises(InputError, match="file"):
        put(Endless())
    assert sum(taken) <= 10 * 1024 * 1024 + taken[0]
    assert not list(root.iterdir())


def test_a_file_of_exactly_10_mb_is_not_too_large() -> None:
    content = JPEG + b"\0" * (10 * 1024 * 1024 - len(JPEG))
    assert put(content).size == 10 * 1024 * 1024


def test_a_refused_file_does_not_stay(root: Path) -> None:
    with pytest.raises(InputError):
        put(b"MZ" + b"\0" * 100)
    assert not [path for path in root.rglob("*") if path.is_file()]


def test_the_same_page_again_is_the_same_row() -> None:
    assert put().pk == put(at=AT + timedelta(hours=1)).pk
    assert Event.objects.filter(verb="document.stored").count() == 1


def test_another_file_for_the_page_supersedes_the_earlier_one() -> None:
    first = put()
    second = put(files.png(), at=AT + timedelta(hours=1))
    assert list(selectors.for_case(7)) == [second]
    assert list(selectors.for_case(7, superseded=True)) == [second, first]
    first.refresh_from_db()
    assert first.superseded_at == AT + timedelta(hours=1)
    assert storage.original(first.digest).read_bytes() == JPEG


def test_staffs_word_counts_instead_of_the_claim() -> None:
    stored = put(legible=True, original=None)
    assert selectors.as_dossier(7) == [{"type": "ID", "page": 1, "legible": True, "original": False}]
    services.confirm(stored.pk, legible=False, original=True, by="staff:chaoyang", at=AT)
    assert selectors.as_dossier(7) == [{"type": "ID", "page": 1, "legible": False, "original": True}]
    stored.refresh_from_db()
    assert (stored.legible_claimed, stored.confirmed_by) == (True, "staff:chaoyang")
    event = Event.objects.get(verb="document.confirmed")
    assert (event.data["before"], event.data["after"]) == (
        {"legible": None, "original": None},
        {"legible": False, "original": True},
    )


def test_a_replaced_or_unknown_page_cannot_be_confirmed() -> None:
    first = put()
    put(files.png())
    with pytest.raises(Refused, match="state"):
        services.confirm(first.pk, legible=True, original=True, by="staff:chaoyang", at=AT)
    with pytest.raises(Refused, match="not_found"):
        services.confirm(0, legible=True, original=True, by="staff:chaoyang", at=AT)


def test_the_door_shows_pixels_and_hands_out_the_original_as_a_download(gate: None, root: Path) -> None:
    content = files.jpeg_with_place()
    stored = put(content)
    seen = access.open_for(user("chaoyang"), stored.pk, at=AT)
    assert seen.media_type == "image/jpeg"
    assert b"SECRET-PLACE" not in seen.path.read_bytes()
    assert seen.headers["Content-Disposition"].startswith("inline")
    filed = access.open_for(user("chaoyang"), stored.pk, at=AT, original=True)
    assert filed.path.read_bytes() == content
    assert filed.headers["Content-Disposition"] == f'attachment; filename="ID-1-{stored.pk}.jpg"'
    for opened in (seen, filed):
        assert opened.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in opened.headers["Content-Security-Policy"]
        assert "no-store" in opened.headers["Cache-Control"]
    assert Event.objects.filter(verb="document.opened", actor="staff:chaoyang").count() == 2


def test_a_drawn_page_is_drawn_once(gate: None, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = put(files.pdf(2))
    first = access.open_for(user("chaoyang"), stored.pk, at=AT, page=2).path
    monkeypatch.setattr("documents.inspection.draw", lambda *_: pytest.fail("drawn again"))
    assert access.open_for(user("chaoyang"), stored.pk, at=AT, page=2).path == first
    with Image.open(first) as picture:
        assert picture.format == "JPEG"


@pytest.mark.parametrize("page", [0, 3, -1])
def test_a_page_that_is_not_there_is_not_found(gate: None, page: int) -> None:
    with pytest.raises(Refused, match="not_found"):
        access.open_for(user("chaoyang"), put(files.pdf(2)).pk, at=AT, page=page)


def test_who_may_not_see_the_case_learns_nothing(gate: None) -> None:
    mine, others = put(), put(case_ref=8)
    said = set()
    for who, number in (("haidian", mine.pk), ("chaoyang", others.pk), ("chaoyang", 999_999)):
        with pytest.raises(Refused) as caught:
            access.open_for(user(who), number, at=AT)
        said.add(str(caught.value.as_dict()))
    assert len(said) == 1
    assert not Event.objects.filter(verb="document.opened").exists()


def test_without_a_gate_the_door_is_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_gates", [])
    with pytest.raises(Refused, match="not_found"):
        access.open_for(user("chaoyang"), put().pk, at=AT)


def test_a_lost_file_is_an_error_not_an_empty_page(gate: None, root: Path) -> None:
    stored = put()
    storage.original(stored.digest).unlink()
    with pytest.raises(storage.MissingFile):
        access.open_for(user("chaoyang"), stored.pk, at=AT)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "a" * 63, "A" * 64, "/" + "a" * 63])
def test_no_path_can_be_made_of_outside_text(digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        storage.original(digest)
    with pytest.raises(ValueError, match="digest"):
        storage.view(digest, 1)


def test_only_what_no_document_names_is_swept_and_not_before_a_day(gate: None, root: Path) -> None:
    kept = put(files.pdf())
    drawn = access.open_for(user("chaoyang"), kept.pk, at=AT).path
    digest = hashlib.sha256(JPEG).hexdigest()
    lost = [root / "incoming-abc", root / digest[:2] / digest, root / "views" / digest[:2] / f"{digest}-1.jpg"]
    for path in lost:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(JPEG)
    for path in (drawn, storage.original(kept.digest), *lost):
        os.utime(path, (AT.timestamp(), AT.timestamp()))
    assert services.sweep(at=AT + timedelta(hours=24)) == 0
    assert services.sweep(at=AT + timedelta(hours=25)) == 3
    assert not any(path.exists() for path in lost)
    assert drawn.is_file()
    assert storage.original(kept.digest).is_file()


def test_a_file_that_comes_again_is_young_again(root: Path) -> None:
    stored = put()
    place = storage.original(stored.digest)
    os.utime(place, (AT.timestamp(), AT.timestamp()))
    put(case_ref=8)
    assert place.stat().st_mtime > AT.timestamp()
