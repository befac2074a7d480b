"""Writes of evidence files: storing a page, and staff's word on what the filer claims of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from django.db import connection, transaction

from audit.services import record
from documents import inspection, selectors, storage, verbs
from documents.models import Document, DocumentType
from policy.errors import InputError, Refused

MAX_PAGE = 50
SWEEP_AFTER = timedelta(days=1)
_CHUNK = 256 * 1024


@runtime_checkable
class Chunked(Protocol):
    """An uploaded file of the web framework, as far as it is used here."""

    def chunks(self) -> Iterable[bytes]:
        """Its bytes, piece by piece."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A file whose content was judged and whose bytes are kept, not yet a page of any case."""

    digest: str
    size: int
    found: inspection.Inspection


def store(
    file: BinaryIO | Chunked | bytes,
    *,
    case_ref: int,
    doc_type: str,
    page: int,
    at: datetime,
    actor: str,
    legible: bool | None = None,
    original: bool | None = None,
) -> Document:
    """Judge a file by its content, store it, and make it the current page of its type.

    `legible` and `original` are the filer's claims. The same bytes for the same page again give the same row; other
    bytes supersede the earlier page, which is kept. Raises InputError naming `type`, `page` or `file`.
    """
    _check_place(doc_type, page)
    return attach(
        admit(file),
        case_ref=case_ref,
        doc_type=doc_type,
        page=page,
        at=at,
        actor=actor,
        legible=legible,
        original=original,
    )


def admit(file: BinaryIO | Chunked | bytes) -> Admitted:
    """Judge a file by its content and keep its bytes; needs no database. Raises InputError naming `file`."""
    with storage.received(_chunks(file)) as (path, digest, size):
        found = inspection.inspect(path)
        storage.keep(path, digest)
    return Admitted(digest, size, found)


def attach(
    admitted: Admitted,
    *,
    case_ref: int,
    doc_type: str,
    page: int,
    at: datetime,
    actor: str,
    legible: bool | None = None,
    original: bool | None = None,
) -> Document:
    """Make an admitted file the current page of its type in a case; otherwise as `store`."""
    _check_place(doc_type, page)
    fresh = Document(
        case_ref=case_ref,
        doc_type=doc_type,
        page=page,
        digest=admitted.digest,
        media_type=admitted.found.media_type,
        size=admitted.size,
        page_count=admitted.found.page_count,
        width=admitted.found.width,
        height=admitted.found.height,
        legible_claimed=legible,
        original_claimed=original,
        uploaded_by=actor,
        uploaded_at=at,
    )
    return _make_current(fresh)


def confirm(document_id: int, *, legible: bool | None, original: bool | None, by: str, at: datetime) -> Document:
    """Staff's word on a page (`by` is an actor code): it counts instead of the claim; None leaves a point open.

    Raises Refused "not_found", or "state" for a page that was replaced meanwhile. Permission is the caller's to check.
    """
    with transaction.atomic():
        document = Document.objects.select_for_update().filter(pk=document_id).first()
        if document is None:
            raise Refused("not_found", "没有该材料")
        if document.superseded_at is not None:
            raise Refused("state", "该材料已被新上传的材料替换")
        before = {"legible": document.legible_confirmed, "original": document.original_confirmed}
        document.legible_confirmed, document.original_confirmed = legible, original
        document.confirmed_by, document.confirmed_at = by, at
        document.save(update_fields=["legible_confirmed", "original_confirmed", "confirmed_by", "confirmed_at"])
        record(
            verbs.CONFIRMED,
            actor=by,
            at=at,
            object_type="document",
            object_id=str(document.pk),
            data={
                "case": document.case_ref,
                "type": document.doc_type,
                "page": document.page,
                "before": before,
                "after": {"legible": legible, "original": original},
            },
        )
    return document


def _check_place(doc_type: str, page: int) -> None:
    errors: dict[str, list[str]] = {}
    if doc_type not in DocumentType.values:
        errors["type"] = ["未知的材料类型"]
    if not 1 <= page <= MAX_PAGE:
        errors["page"] = [f"页码须为1至{MAX_PAGE}"]
    if errors:
        raise InputError(errors)


def sweep(*, at: datetime) -> int:
    """Remove files that no document names: uploads that were refused or cut off after their bytes had arrived.

    Files younger than a day stay, because their row may not be committed yet. Returns how many were removed.
    """
    removed = 0
    for batch in _batches(storage.old_files(at - SWEEP_AFTER), 500):
        digests = {path: storage.digest_of(path) for path in batch}
        named = selectors.digests_in_use({digest for digest in digests.values() if digest})
        for path, digest in digests.items():
            if digest not in named:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _batches(paths: Iterable[Path], size: int) -> Iterator[list[Path]]:
    """Lists of at most `size` paths."""
    left = iter(paths)
    while batch := list(islice(left, size)):
        yield batch


def _make_current(fresh: Document) -> Document:
    """Insert the page as the current one of its type, once, however many upload it at the same time."""
    with transaction.atomic():
        # One upload at a time per case; the lock goes with the transaction.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('documents', %s))", [fresh.case_ref])
        current = Document.objects.filter(
            case_ref=fresh.case_ref, doc_type=fresh.doc_type, page=fresh.page, superseded_at__isnull=True
        )
        held = current.first()
        same_claims = held is not None and (held.legible_claimed, held.original_claimed) == (
            fresh.legible_claimed,
            fresh.original_claimed,
        )
        if held is not None and held.digest == fresh.digest and same_claims:
            return held
        current.update(superseded_at=fresh.uploaded_at)
        fresh.save(force_insert=True)
        record(
            verbs.STORED,
            actor=fresh.uploaded_by,
            at=fresh.uploaded_at,
            object_type="document",
            object_id=str(fresh.pk),
            data={
                "case": fresh.case_ref,
                "type": fresh.doc_type,
                "page": fresh.page,
                "sha256": fresh.digest,
                "replaces": held.pk if held else None,
            },
        )
    return fresh


def _chunks(file: BinaryIO | Chunked | bytes) -> Iterable[bytes]:
    """The bytes of whatever kind of file object was handed over, in pieces."""
    if isinstance(file, bytes):
        return [file]
    if isinstance(file, Chunked):
        return file.chunks()
    return iter(lambda: file.read(_CHUNK), b"")
