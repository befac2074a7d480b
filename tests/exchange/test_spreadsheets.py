"""Dossiers in spreadsheets: what comes back is what went in, and no file is trusted."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from applications.vehicles.scheme import SCHEMES
from exchange.spreadsheets import read_dossiers, write_dossiers, write_table, write_template
from exchange.spreadsheets.inspection import MAX_ROWS
from policy.errors import InputError
from policy.scheme import scheme
from tests.exchange.workbooks import SECTION, cell, errors, read, refused, workbook
from tests.vehicles.dossiers import AT, dossier

NAMES = ("报废", "置换")


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
