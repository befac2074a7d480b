"""Writing templates, dossiers and tables. Every cell is text, and no text is taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from exchange.spreadsheets.cells import escape, to_cell
from exchange.spreadsheets.layout import ID, MAIN_SHEET, NOTES_SHEET, Column, Layout, layout_of
from policy.reading import Section

_NOT_IN_CELLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CSV_ITEMS = {"documents": 10, "ownership": 4}
_CSV_OTHER_ITEMS = 2
_WIDTH = 22
_NO_ROWS: Sequence[Mapping[str, Any]] = ()


def write_template(file: IO[bytes], section: Section, *, name: str) -> None:
    """An empty import template; `name` decides by its ending (.xlsx or .csv). The workbook explains each column.

    Raises ValueError on another ending.
    """
    write_dossiers(file, section, _NO_ROWS, name=name)


def write_dossiers(file: IO[bytes], section: Section, dossiers: Iterable[Mapping[str, Any]], *, name: str) -> None:
    """Dossiers (decoded JSON) in the form `read_dossiers` reads. Raises ValueError on an ending it does not know."""
    layout = layout_of(section)
    if name.lower().endswith(".csv"):
        _write_csv_dossiers(file, layout, dossiers)
    elif name.lower().endswith(".xlsx"):
        _write_workbook(file, layout, dossiers)
    else:
        raise ValueError("应为 .xlsx 或 .csv 文件")


def write_table(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str) -> None:
    """Any table for download (outcomes of an import, a queue). Raises ValueError on an ending it does not know."""
    if name.lower().endswith(".csv"):
        _write_csv(file, header, rows)
        return
    if not name.lower().endswith(".xlsx"):
        raise ValueError("应为 .xlsx 或 .csv 文件")
    workbook = Workbook(write_only=True)
    sheet = _add_sheet(workbook, MAIN_SHEET, header)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    workbook.save(file)


def _safe(value: Any) -> str:
    return escape(_NOT_IN_CELLS.sub("", to_cell(value)))


def _cell(sheet: WriteOnlyWorksheet, value: Any, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=_safe(value))
    cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _add_sheet(workbook: Workbook, title: str, header: Sequence[str]) -> WriteOnlyWorksheet:
    sheet = workbook.create_sheet(title)
    for place in range(1, len(header) + 1):
        dimension = sheet.column_dimensions[_letters(place)]
        dimension.width = _WIDTH
        # Cells people will fill in are text from the start, so that identifiers keep every digit.
        dimension.number_format = "@"
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, name, bold=True) for name in header])
    return sheet


def _letters(place: int) -> str:
    letters = ""
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _write_workbook(file: IO[bytes], layout: Layout, dossiers: Iterable[Mapping[str, Any]]) -> None:
    workbook = Workbook(write_only=True)
    main = _add_sheet(workbook, MAIN_SHEET, [column.path for column in layout.columns])
    lists = {
        item.path: _add_sheet(workbook, item.name, [ID, *(column.path for column in item.columns)])
        for item in layout.lists
    }
    for raw in dossiers:
        main.append([_cell(main, _at(raw, column.path)) for column in layout.columns])
        for item in layout.lists:
            sheet = lists[item.path]
            for entry in _at(raw, item.path) or ():
                values = [entry] if item.plain else [_at(entry, column.path) for column in item.columns]
                sheet.append([_cell(sheet, value) for value in (raw.get(ID), *values)])
    _add_notes(workbook, layout)
    workbook.save(file)


def _add_notes(workbook: Workbook, layout: Layout) -> None:
    notes = _add_sheet(workbook, NOTES_SHEET, ["工作表", "列", "含义", "填写方式", "必填"])

    def explain(sheet: str, column: Column) -> None:
        row = (sheet, column.path, column.label, column.kind.hint, "是" if column.required else "")
        notes.append([_cell(notes, value) for value in row])

    for column in layout.columns:
        explain(MAIN_SHEET, column)
    for item in layout.lists:
        row = (item.name, ID, f"{item.label}：所属申请的编号，每项一行", "文字", "是")
        notes.append([_cell(notes, value) for value in row])
        for column in item.columns:
            explain(item.name, column)


def _write_csv_dossiers(file: IO[bytes], layout: Layout, dossiers: Iterable[Mapping[str, Any]]) -> None:
    raws = list(dossiers)
    paths = [column.path for column in layout.columns]
    for item in layout.lists:
        longest = max((len(_at(raw, item.path) or ()) for raw in raws), default=0)
        for place in range(max(longest, _CSV_ITEMS.get(item.path, _CSV_OTHER_ITEMS))):
            paths += [
                f"{item.path}.{place}" if item.plain else f"{item.path}.{place}.{column.path}"
                for column in item.columns
            ]
    _write_csv(file, paths, ([_at(raw, path) for path in paths] for raw in raws))


def _write_csv(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([_safe(name) for name in header])
    for row in rows:
        writer.writerow([_safe(value) for value in row])
    text.flush()
    text.detach()


def _at(raw: Any, path: str) -> Any:
    """The value at a dotted path of decoded JSON; None where something on the way is missing."""
    for part in path.split("."):
        if isinstance(raw, list):
            raw = raw[int(part)] if part.isdecimal() and int(part) < len(raw) else None
        elif isinstance(raw, Mapping):
            raw = raw.get(part)
        else:
            return None
    return raw
