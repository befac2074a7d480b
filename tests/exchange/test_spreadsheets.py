"""Dossiers in spreadsheets: what comes back is what went in, and no file is trusted."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from applications.vehicles.scheme import SCHEMES
from exchange.spreadsheets import read_dossiers, write_dossiers, write_table, write_template
from exchange.spreadsheets.inspection import MAX_BYTES, MAX_ROWS
from policy.errors import InputError
from policy.scheme import scheme
from tests.vehicles.dossiers import AT, dossier

SECTION = scheme("vehicle-scrappage").section
NAMES = ("报废", "置换")


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


# -- There and back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv"])
@pytest.mark.parametrize("base", NAMES)
def test_what_is_written_reads_back_and_is_judged_alike(base: str, name: str) -> None:
    raw = dossier(base)
    raw["ownership"].append({**raw["ownership"][0], "from": "2011-01-01", "to": None, "event": None})
    raw["facts"]["police"] = {"fuel_type": "汽油", "transfer_dates": ["2026-02-11"], "owner_history": raw["ownership"]}
    found = scheme(raw["scheme"])
    file = io.BytesIO()
    write_dossiers(file, found.section, [raw, {**raw, "id": "二"}], name=name)
    rows = list(read_dossiers(io.BytesIO(file.getvalue()), found.section, name=name))
    assert [(row.number, row.id) for row in rows] == [(2, raw["id"]), (3, "二")]
    assert found.parse(rows[0].raw, at=AT) == found.parse(raw, at=AT)


@pytest.mark.parametrize("found", SCHEMES, ids=lambda found: found.code)
@pytest.mark.parametrize("name", ["template.xlsx", "template.csv"])
def test_template_is_empty_and_has_every_column(found: Any, name: str) -> None:
    file = io.BytesIO()
    write_template(file, found.section, name=name)
    assert list(read_dossiers(io.BytesIO(file.getvalue()), found.section, name=name)) == []
    text = file.getvalue()
    if name.endswith(".csv"):
        header = next(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
        assert {"applicant.id_number", "documents.0.type", "bank_account.class", "ownership.1.from"} <= set(header)
    else:
        book = load_workbook(io.BytesIO(text))
        assert {"dossiers", "documents", "ownership", "prior_vehicle_applications", "说明"} <= set(book.sheetnames)
        assert [c.value for c in book["documents"][1]] == ["id", "type", "page", "legible", "original"]
        labels = {row[1].value: row[2].value for row in book["说明"].iter_rows(min_row=2)}
        assert labels["applicant.id_number"] == "证件号码"
    assert "110101" not in str(text)


def test_filed_template_asks_for_no_facts() -> None:
    found = SCHEMES[0]
    file = io.BytesIO()
    write_template(file, found.filed_section, name="filed.csv")
    header = next(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"))))
    assert not any(name.startswith("facts") for name in header)


def test_list_without_rows_is_empty_whether_its_sheet_is_there_or_not() -> None:
    def drop(book: Workbook) -> None:
        del book["prior_vehicle_applications"]

    for content in (workbook(), workbook(change=drop)):
        (row,) = read(content)
        assert row.raw["facts"]["prior_vehicle_applications"] == []
        assert "police" not in row.raw["facts"]


def test_facts_that_nobody_filled_in_stay_unknown() -> None:
    raw = dossier()
    del raw["facts"]
    for name in ("x.xlsx", "x.csv"):
        file = io.BytesIO()
        write_dossiers(file, SECTION, [raw], name=name)
        (row,) = read(file.getvalue(), name)
        assert "facts" not in row.raw


# -- Cells --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("applicant.id_number", 110101198001010029),
        ("bank_account.number", 6222020200000001236),
        ("invoice.number", 26112000000000012345),
        ("applicant.phone", 13800138000),
        ("external_no", 20260301),
        ("invoice.total_incl_tax", 139800.505),
        ("invoice.total_incl_tax", True),
        ("invoice.issue_date", 46077.5),
        ("invoice.issue_date", datetime(2026, 2, 24, 10, 30)),
        ("submitted_at", date(2026, 3, 1)),
        ("new_vehicle.displacement_ml", 1498.5),
        ("old_vehicle.nev", 1),
        ("old_vehicle.nev", "也许"),
        ("applicant.name", "#N/A"),
    ],
)
def test_cell_of_the_wrong_kind_names_its_field(header: str, value: Any) -> None:
    def change(book: Workbook) -> None:
        cell(book, header).value = value

    assert list(errors(workbook(change=change))) == [header]


def test_numeric_id_in_a_list_sheet_names_its_field_and_row() -> None:
    def change(book: Workbook) -> None:
        cell(book, "owner_id", "ownership").value = 110101198001010029

    message = "应为文本单元格：以数字保存会丢失位数，请把单元格设为文本后重新填写（ownership表第2行）"
    assert errors(workbook(change=change)) == {"ownership.0.owner_id": [message]}


def test_numeric_dossier_id_is_an_error_of_that_row() -> None:
    def change(book: Workbook) -> None:
        cell(book, "id").value = 1

    first, *rest = read(workbook(change=change))
    assert first.id is None
    assert list(first.raw.fields) == ["id"]
    assert {field for row in rest for field in row.raw.fields} == {"documents.id", "ownership.id"}


@pytest.mark.parametrize(
    ("header", "value", "read_as"),
    [
        ("invoice.total_incl_tax", 139800.5, "139800.50"),
        ("invoice.total_incl_tax", 139800, "139800.00"),
        ("invoice.issue_date", date(2026, 2, 24), "2026-02-24"),
        ("submitted_at", datetime(2026, 3, 1, 10, 15), "2026-03-01T10:15:00+08:00"),
        ("new_vehicle.displacement_ml", 1498, 1498),
        ("new_vehicle.displacement_ml", "1498", 1498),
        ("old_vehicle.nev", False, False),
        ("old_vehicle.nev", "是", True),
        ("applicant.name", "  李娜 ", "李娜"),
    ],
)
def test_cell_values_that_are_accepted(header: str, value: Any, read_as: Any) -> None:
    def change(book: Workbook) -> None:
        cell(book, header).value = value

    (row,) = read(workbook(change=change))
    found = row.raw
    for part in header.split("."):
        found = found[part]
    assert found == read_as
    assert type(found) is type(read_as)


def test_formula_without_a_value_is_refused_with_its_field() -> None:
    def change(book: Workbook) -> None:
        target = cell(book, "invoice.total_incl_tax")
        target.value, target.data_type = "=139800+0.5", "f"

    assert errors(workbook(change=change)) == {"invoice.total_incl_tax": ["单元格的公式没有结果或出错，请粘贴为数值"]}


def test_unknown_column_is_named_in_every_row() -> None:
    def change(book: Workbook) -> None:
        book["dossiers"].cell(row=1, column=book["dossiers"].max_column + 1).value = "colour"
        book["documents"].cell(row=1, column=6).value = "shade"

    named = errors(workbook(change=change))
    assert "colour" in named
    assert {f"documents.{n}.shade" for n in range(7)} <= set(named)


def test_required_cells_left_empty_are_named_one_by_one() -> None:
    def change(book: Workbook) -> None:
        for name in ("type", "id_type", "id_number", "name", "phone"):
            cell(book, f"applicant.{name}").value = None

    (row,) = read(workbook(change=change))
    with pytest.raises(InputError) as caught:
        scheme("vehicle-scrappage").parse(row.raw, at=AT)
    assert "applicant.id_number" in caught.value.fields


def test_empty_rows_are_skipped_and_repeated_ids_are_errors() -> None:
    def change(book: Workbook) -> None:
        sheet = book["dossiers"]
        for column in range(1, sheet.max_column + 1):
            sheet.cell(row=4, column=column).value = sheet.cell(row=2, column=column).value

    first, second = read(workbook(change=change))
    assert isinstance(first.raw, dict)
    assert (second.number, second.raw.fields) == (4, {"id": ["编号重复"]})


def test_list_rows_of_no_dossier_are_not_lost_silently() -> None:
    def change(book: Workbook) -> None:
        cell(book, "id", "documents").value = "别的"

    first, orphan = read(workbook(change=change))
    assert isinstance(first.raw, dict)
    assert (orphan.id, list(orphan.raw.fields)) == ("别的", ["documents.id"])


# -- CSV ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_either_encoding(encoding: str) -> None:
    file = io.BytesIO()
    write_dossiers(file, SECTION, [dossier()], name="x.csv")
    (row,) = read(file.getvalue().decode("utf-8-sig").encode(encoding), "x.csv")
    assert row.raw["applicant"]["name"] == "李娜"


def test_csv_number_that_excel_shortened_is_an_error_of_its_field() -> None:
    file = io.BytesIO()
    write_dossiers(file, SECTION, [dossier()], name="x.csv")
    text = file.getvalue().decode("utf-8-sig").replace(",110101198001010029,李娜", ",1.10101E+17,李娜", 1)
    (row,) = read(text.encode(), "x.csv")
    with pytest.raises(InputError) as caught:
        scheme("vehicle-scrappage").parse(row.raw, at=AT)
    assert list(caught.value.fields) == ["applicant.id_number"]


def test_csv_row_longer_than_its_header() -> None:
    file = io.BytesIO()
    write_dossiers(file, SECTION, [dossier()], name="x.csv")
    assert list(errors(file.getvalue().rstrip() + b",extra\r\n", "x.csv")) == ["row"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "表头"), (b"a,b\n1,2\n", "id"), (b"id\x00,b\n", "文本"), (b'id\n"open', "CSV"), (b"\xff\xff", "编码")],
)
def test_csv_that_is_none(content: bytes, said: str) -> None:
    assert said in refused(content, "x.csv")


def test_csv_with_too_many_rows() -> None:
    assert str(MAX_ROWS) in refused(b"id\n" + b"x\n" * (MAX_ROWS + 1), "x.csv")


# -- Files that are not to be trusted -----------------------------------------------------------------------------


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


# -- Exports ------------------------------------------------------------------------------------------------------

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("name", ["table.csv", "table.xlsx"])
def test_exported_cells_are_text_and_no_formulas(name: str) -> None:
    file = io.BytesIO()
    write_table(file, ["编号", "值"], [["110101198001010029", text] for text in DANGEROUS], name=name)
    if name.endswith(".csv"):
        rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))[1:]
        values = [row[1] for row in rows]
    else:
        sheet = load_workbook(io.BytesIO(file.getvalue())).active
        assert sheet is not None
        cells = [row[1] for row in sheet.iter_rows(min_row=2)]
        assert {c.data_type for c in cells} == {"s"}
        assert sheet["A2"].value == "110101198001010029"
        values = [str(c.value) for c in cells]
    assert len(values) == len(DANGEROUS)
    assert all(value.startswith("'") for value in values)


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_escaped_text_reads_back_as_it_was(name: str) -> None:
    raw = dossier(recycling_certificate__issuer="=公司", applicant__name="-李")
    file = io.BytesIO()
    write_dossiers(file, SECTION, [raw], name=name)
    (row,) = read(file.getvalue(), name)
    assert (row.raw["recycling_certificate"]["issuer"], row.raw["applicant"]["name"]) == ("=公司", "-李")


def test_ending_that_nothing_writes() -> None:
    with pytest.raises(ValueError, match="xlsx"):
        write_table(io.BytesIO(), ["a"], [], name="x.pdf")
    with pytest.raises(ValueError, match="xlsx"):
        write_template(io.BytesIO(), SECTION, name="x.ods")
