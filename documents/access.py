"""The one door through which evidence leaves: it asks the review's gate, and writes down who looked.

A browser is never handed outside bytes to show: pictures and PDF pages are drawn anew in the decoder. The original is
given as a download with a neutral name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from audit.services import record
from documents import inspection, storage, verbs
from documents.models import Document
from policy.errors import Refused

Gate = Callable[[int, Any], bool]
_gates: list[Gate] = []

_SUFFIX = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
# Headers every answer with evidence carries: nothing in it may run, be sniffed, framed elsewhere or kept.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'self'",
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class Opened:
    """A file to be sent: where it lies, what it is, and the headers it must be sent with."""

    document: Document
    path: Path
    media_type: str
    headers: dict[str, str] = field(default_factory=dict)


def register_gate(may_see: Gate) -> None:
    """Set the gate `may_see(case_ref, user) -> bool`. Review registers it once, at start-up."""
    _gates[:] = [may_see]


def find(user: Any, document_id: int) -> Document:
    """The document if the user may see its case; else Refused "not_found", whether it exists or not."""
    document = Document.objects.filter(pk=document_id).first()
    if document is None or not _gates or not _gates[0](document.case_ref, user):
        raise Refused("not_found", "没有该材料")
    return document


def open_for(user: Any, document_id: int, *, at: datetime, page: int = 1, original: bool = False) -> Opened:
    """Open a page drawn for the viewer (JPEG), or with `original` the file as filed, as a download.

    Writes an access event. Raises Refused "not_found" for a document or page that is not there for this user, and
    storage.MissingFile if the store lost it.
    """
    document = find(user, document_id)
    if not 1 <= page <= document.page_count:
        raise Refused("not_found", "没有该页")
    source = storage.original(document.digest)
    path = source if original else _drawn(document, source, page)
    media_type = document.media_type if original else "image/jpeg"
    name = f"{document.doc_type}-{document.page}-{document.pk}.{_SUFFIX[media_type]}"
    disposition = "attachment" if original else "inline"
    with transaction.atomic():
        record(
            verbs.OPENED,
            actor=f"staff:{user.get_username()}",
            at=at,
            object_type="document",
            object_id=str(document.pk),
            data={"case": document.case_ref, "page": page, "original": original},
        )
    return Opened(document, path, media_type, HEADERS | {"Content-Disposition": f'{disposition}; filename="{name}"'})


def _drawn(document: Document, source: Path, page: int) -> Path:
    """The drawn page, made at the first look."""
    path = storage.view(document.digest, page)
    if not path.is_file():
        storage.keep_view(document.digest, page, inspection.draw(source, page))
    return path
