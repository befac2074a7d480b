"""Reads of evidence files. Who may see them is decided by the caller or by `documents.access`."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from documents.models import Document


def for_case(case_ref: int, *, superseded: bool = False) -> QuerySet[Document]:
    """Current pages of a case in order of type and page; with `superseded` the replaced ones too, newest first."""
    documents = Document.objects.filter(case_ref=case_ref)
    if superseded:
        return documents.order_by("doc_type", "page", "-id")
    return documents.filter(superseded_at__isnull=True).order_by("doc_type", "page")


def as_dossier(case_ref: int) -> list[dict[str, object]]:
    """The current pages in the words of a dossier's `documents` (contract §2): what counts, staff's word first.

    A point nobody spoke on counts as false: unknown legibility is not legible.
    """
    return [
        {
            "type": document.doc_type,
            "page": document.page,
            "legible": bool(document.legible),
            "original": bool(document.original),
        }
        for document in for_case(case_ref)
        if document.doc_type != "OTHER"
    ]


def digests_in_use(digests: Collection[str]) -> set[str]:
    """Which of the given file digests any document row still names."""
    return set(Document.objects.filter(digest__in=digests).values_list("digest", flat=True))
