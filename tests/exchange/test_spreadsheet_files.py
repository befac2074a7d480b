"""No file is trusted: it is looked into before anything decodes it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook

from exchange.spreadsheets.inspection import MAX_BYTES
from tests.exchange.workbooks import read, refused, workbook


def rezip(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, change(member.filename, old.read(member)))
    return out.getvalue()


def main_sheet(edit: Callable[[bytes], bytes]) -> bytes:
    return rezip(workbook(), lambda name, data: edit(data) if name == "xl/worksheets/sheet1.xml" else data)


def test_small_file_with_a_million_rows() -> None:
    content = main_sheet(lambda data: data.replace(b"</sheetData>", b"<row/>" * 1_000_000 + b"</sheetData>"))
    assert len(content) < 100_000
    assert "行" in refused(content) or "展开" in refused(content)


def test_one_cell_at_the_far_end_of_the_sheet() -> None:
    """Decoders allocate the rectangle between the first and the last cell."""
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    assert "行" in refused(main_sheet(lambda data: data.replace(b"</sheetData>", far)))
    wide = b'<row r="3"><c r="XFD3"><v>1</v></c></row></sheetData>'
    assert "列" in refused(main_sheet(lambda data: data.replace(b"</sheetData>", wide)))


def test_file_that_expands_too_far() -> None:
    content = rezip(workbook(), lambda name, data: data)
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", b"\0" * 60 * 1024 * 1024)
    assert len(out.getvalue()) < 200_000
    assert "展开" in refused(out.getvalue())


def test_long_text_shared_by_many_cells() -> None:
    """A reader copies a shared text into every cell that names it."""
    long = b"<sst><si><t>" + bytes(range(97, 123)) * 20_000 + b"</t></si></sst>"
    many = b"".join(b'<row><c t="s"><v>0</v></c></row>' for _ in range(3000))
    out = io.BytesIO(main_sheet(lambda data: data.replace(b"</sheetData>", many + b"</sheetData>")))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", long)
    assert "文字" in refused(out.getvalue())


def test_declared_entities_are_refused() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>'
    assert "声明" in refused(main_sheet(lambda data: bomb + re.sub(rb"^<\?xml[^>]*\?>", b"", data)))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"plain text", b"\xd0\xcf\x11\xe0" * 100])
def test_bytes_that_are_no_workbook(content: bytes) -> None:
    assert "xlsx" in refused(content)


def test_archive_that_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "xlsx" in refused(out.getvalue())


def test_broken_sheet() -> None:
    assert "xlsx" in refused(main_sheet(lambda data: data[: len(data) // 2]))


def test_file_above_the_size_limit() -> None:
    assert "10 MB" in refused(b"x" * (MAX_BYTES + 1))


@pytest.mark.parametrize("name", ["x.xls", "x.ods", "x", "x.xlsm"])
def test_other_endings_are_refused(name: str) -> None:
    assert ".xlsx" in refused(workbook(), name)


def test_second_filled_sheet_is_not_overlooked() -> None:
    def change(book: Workbook) -> None:
        book.create_sheet("Sheet2").append(["id", "x"])

    assert "Sheet2" in refused(workbook(change=change))


def test_empty_second_sheet_does_no_harm() -> None:
    def change(book: Workbook) -> None:
        book.create_sheet("Sheet2")

    assert isinstance(read(workbook(change=change))[0].raw, dict)
