"""Invented evidence: pages with an application's own values, and specimens that many applications share."""

from __future__ import annotations

from console.demonstration.dossiers import Filing
from console.demonstration.pictures import cards, certificates, invoices
from console.demonstration.pictures.sheet import Sheet, encode

__all__ = ["page"]

# Most evidence is photographed; certificates come from a scanner.
_FORMS = {"RECYC": "PNG", "DEREG": "PDF"}


def page(filing: Filing, kind: str, number: int, *, blurred: bool = False) -> bytes:
    """One page of evidence as the bytes of a JPEG, PNG or PDF file, marked 演示; `blurred` cannot be read."""
    form = "JPEG" if blurred else _FORMS.get(kind, "JPEG")
    return encode(_sheet(filing, kind, number).finish(blurred=blurred), form)


def _sheet(filing: Filing, kind: str, number: int) -> Sheet:
    if kind == "REGN":
        return certificates.registration(filing, number)
    if kind == "REGO":
        return certificates.old_registration(filing, number)
    drawn = {
        "INV": invoices.new_car,
        "UCINV": invoices.old_car,
        "RECYC": certificates.recycling,
        "DEREG": certificates.deregistration,
        "ID": cards.identity,
        "BANK": cards.bank_card,
    }
    return drawn[kind](filing)
