"""Workbooks for tests: a filled-in template, changed as a person would, and what reading it says."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from applications.vehicles.scheme import SCHEMES
from exchange.spreadsheets import read_dossiers, write_dossiers
from policy.errors import InputError
from tests.vehicles.dossiers import dossier

SECTION = SCHEMES[0].section


def workbook(raw: dict[str, Any] | None = None, change: Callable[[Workbook], None] = lambda book: None) -> bytes:
    """A filled-in template, changed as a person would."""
    file = io.BytesIO()
    write_dossiers(file, SECTION, [raw or dossier()], name="x.xlsx")
    book = load_workbook(io.BytesIO(file.getvalue()))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cell(book: Workbook, header: str, sheet: str = "dossiers", row: int = 2) -> Any:
    found = book[sheet]
    column = next(c.column for c in found[1] if c.value == header)
    return found.cell(row=row, column=column)


def read(content: bytes, name: str = "x.xlsx") -> list[Any]:
    return list(read_dossiers(io.BytesIO(content), SECTION, name=name))


def errors(content: bytes, name: str = "x.xlsx") -> dict[str, list[str]]:
    (row, *_) = read(content, name)
    assert isinstance(row.raw, InputError)
    return row.raw.fields


def refused(content: bytes, name: str = "x.xlsx") -> str:
    with pytest.raises(InputError) as caught:
        read(content, name)
    assert list(caught.value.fields) == ["file"]
    return caught.value.first[1]
