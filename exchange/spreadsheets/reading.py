"""Reading dossiers from .xlsx and .csv files. A bad cell spoils its row only; a bad file is one clear error."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from exchange.spreadsheets.cells import from_cell
from exchange.spreadsheets.inspection import MAX_BYTES, MAX_ROWS, Position, inspect_workbook, refuse
from exchange.spreadsheets.layout import ID, NOTES_SHEET, VALUE, Column, Layout, ListSheet, layout_of
from policy.errors import InputError
from policy.reading import Section

_NO_POSITIONS: frozenset[Position] = frozenset()


class Row(NamedTuple):
    """One dossier of a file: the number of its row (headers are row 1), its id if it has one, and what was read."""

    number: int
    id: str | None
    raw: dict[str, Any] | InputError


def read_dossiers(source: str | Path | IO[bytes], section: Section, *, name: str = "") -> Iterator[Row]:
    """Every dossier of a spreadsheet as decoded JSON, still to be parsed by its scheme, or the errors of its row.

    `name` gives the file's ending where `source` is a stream. Raises InputError for field `file` when the file as a
    whole cannot be read: wrong kind, too large, too many rows, no header.
    """
    suffix = Path(name or str(source)).suffix.lower()
    content = _content(source)
    if suffix == ".xlsx":
        return iter(_read_workbook(content, layout_of(section)))
    if suffix == ".csv":
        return _read_csv(content, layout_of(section))
    raise refuse("应为 .xlsx 或 .csv 文件")


def _content(source: str | Path | IO[bytes]) -> bytes:
    if isinstance(source, str | Path):
        with open(source, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    else:
        content = source.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise refuse(f"文件不能超过{MAX_BYTES // 1024 // 1024} MB")
    return content


class _Sheet(NamedTuple):
    """A sheet's header and rows, and where its formulas have no value."""

    name: str
    header: list[str]
    rows: Iterable[list[Any]]
    unvalued: frozenset[Position] | set[Position]


class _Cells(NamedTuple):
    """The cells of one row under the columns of the layout, and the errors of cells by path."""

    values: dict[str, Any]
    problems: dict[str, list[str]]


def _read_workbook(content: bytes, layout: Layout) -> list[Row]:
    unvalued = inspect_workbook(io.BytesIO(content))
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [name for name in workbook.sheet_names if name != NOTES_SHEET]
        sheets = {name: _sheet(workbook.get_sheet_by_name(name), unvalued.get(name, set())) for name in names}
    except CalamineError:
        raise refuse("不是有效的 xlsx 文件") from None
    by_path = {}
    for list_sheet in layout.lists:
        found = next((sheets.pop(name) for name in list_sheet.names if name in sheets), None)
        if found is not None:
            by_path[list_sheet.path] = found
    mains = [sheet for sheet in sheets.values() if any(sheet.header)]
    if not mains:
        raise refuse("没有主表，或主表没有表头")
    if len(mains) > 1:
        raise refuse("有无法识别的工作表：" + "、".join(sheet.name[:40] for sheet in mains[1:]))
    lists = {item.path: _list_rows(by_path[item.path], item) for item in layout.lists if item.path in by_path}
    return list(_assemble(mains[0], layout, lists))


def _sheet(sheet: CalamineSheet, unvalued: set[Position]) -> _Sheet:
    rows = sheet.to_python(skip_empty_area=False)
    header = [str(cell).strip() if isinstance(cell, str) else "" for cell in rows[0]] if rows else []
    return _Sheet(sheet.name, header, rows[1:], unvalued)


class _Items(NamedTuple):
    """The items of one list for one dossier, with the errors of their cells."""

    items: list[Any]
    problems: dict[str, list[str]]


def _list_rows(sheet: _Sheet, item: ListSheet) -> dict[str, _Items]:
    """The items of a list sheet by dossier id; "" collects rows without one."""
    columns = {column.path: column for column in item.columns}
    unknown = [name for name in sheet.header if name and name != ID and name not in columns]
    found: dict[str, _Items] = {}
    for number, row in enumerate(sheet.rows, 2):
        if not any(cell not in ("", None) for cell in row):
            continue
        owner = row[sheet.header.index(ID)] if ID in sheet.header else ""
        key = owner.strip() if isinstance(owner, str) else ""
        items = found.setdefault(key, _Items([], {}))
        prefix = f"{item.path}.{len(items.items)}"
        cells = _cells(sheet, row, number, columns, prefix + ".")
        problems = dict(cells.problems)
        for name in unknown:
            problems[f"{prefix}.{name[:60]}"] = ["未知字段"]
        where = f"（{sheet.name}表第{number}行）"
        for path, messages in problems.items():
            items.problems[path] = [message + where for message in messages]
        items.items.append(cells.values.get(VALUE) if item.plain else _nested(cells.values))
    return found


def _cells(sheet: _Sheet, row: Sequence[Any], number: int, columns: Mapping[str, Column], prefix: str = "") -> _Cells:
    values: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for place, (name, cell) in enumerate(zip(sheet.header, row, strict=False)):
        column = columns.get(name)
        if column is None:
            continue
        try:
            if (number - 1, place) in sheet.unvalued:
                raise ValueError("单元格的公式没有结果或出错，请粘贴为数值")
            value = from_cell(cell, column.kind)
        except ValueError as error:
            problems[prefix + name] = [str(error)]
            continue
        if value is not None:
            values[name] = value
    return _Cells(values, problems)


def _assemble(sheet: _Sheet, layout: Layout, lists: Mapping[str, Mapping[str, _Items]]) -> Iterator[Row]:
    columns = {column.path: column for column in layout.columns}
    unknown = [name for name in sheet.header if name and name not in columns]
    if ID not in sheet.header:
        raise refuse("主表缺少 id 列")
    repeated = sorted({name for name in sheet.header if name and sheet.header.count(name) > 1})
    if repeated:
        raise refuse("表头重复：" + "、".join(name[:60] for name in repeated))
    seen: set[str] = set()
    for number, row in enumerate(sheet.rows, 2):
        if not any(cell not in ("", None) for cell in row):
            continue
        cells = _cells(sheet, row, number, columns)
        problems = {**cells.problems, **{name[:60]: ["未知字段"] for name in unknown}}
        id = cells.values.get(ID)
        if id is None and ID not in problems:
            problems[ID] = ["缺少此项"]
        if id in seen:
            problems[ID] = ["编号重复"]
        if any(row[len(sheet.header) :]):
            problems["row"] = ["此行的列数多于表头"]
        raw = _nested(cells.values)
        _fill_sections(raw, layout)
        for item in layout.lists:
            items = lists.get(item.path, {}).get(id) if id else None
            if items is not None:
                problems.update(items.problems)
                _put(raw, item.path, items.items)
            elif _is_known_empty(raw, item):
                _put(raw, item.path, [])
        if id is not None:
            seen.add(id)
        yield Row(number, id, InputError(problems) if problems else raw)
    yield from _orphans(lists, seen)


def _orphans(lists: Mapping[str, Mapping[str, _Items]], seen: set[str]) -> Iterator[Row]:
    """List rows that belong to no dossier of the main sheet: losing them silently would lose documents."""
    for path, by_id in lists.items():
        for id in by_id:
            if id not in seen:
                message = "主表中没有这个编号" if id else "缺少编号，或编号不是文本单元格"
                yield Row(0, id or None, InputError.of(f"{path}.{ID}", message))


def _fill_sections(raw: dict[str, Any], layout: Layout) -> None:
    """Required sections exist even when all their cells are empty, so that errors name the cells."""
    for path, required in layout.sections:
        if required and "." not in path:
            raw.setdefault(path, {})


def _is_known_empty(raw: Mapping[str, Any], item: ListSheet) -> bool:
    """Whether a list without rows is an empty list: its section was filled in, and says something by being empty."""
    section, _, _ = item.path.rpartition(".")
    return item.empty_is_known and (not section or section in raw)


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for path, value in values.items():
        _put(raw, path, value)
    return raw


def _put(raw: dict[str, Any], path: str, value: Any) -> None:
    *sections, name = path.split(".")
    for section in sections:
        raw = raw.setdefault(section, {})
    raw[name] = value


# -- CSV ----------------------------------------------------------------------------------------------------------


def _read_csv(content: bytes, layout: Layout) -> Iterator[Row]:
    text = _decode(content)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if ID not in header:
            raise refuse("没有表头，或缺少 id 列")
        spread = _spread_lists(header, layout)
        rows: list[list[str]] = []
        for row in reader:
            if len(rows) >= MAX_ROWS:
                raise refuse(f"超过{MAX_ROWS}行")
            rows.append(row)
    except csv.Error:
        raise refuse("不是有效的 CSV 文件") from None
    known = {path for column in spread.values() for path in column.headers}
    main = _Sheet("csv", [name if name not in known else "" for name in header], rows, _NO_POSITIONS)
    full = _Sheet("csv", header, rows, _NO_POSITIONS)
    by_number = dict(enumerate(rows, 2))
    for assembled in _assemble(main, layout, {}):
        yield _with_lists(assembled, full, by_number[assembled.number], spread)


class _Spread(NamedTuple):
    """A list spread over columns: for each position, header name to column."""

    item: ListSheet
    places: dict[int, dict[str, Column]]

    @property
    def headers(self) -> Iterator[str]:
        for columns in self.places.values():
            yield from columns


def _spread_lists(header: Sequence[str], layout: Layout) -> dict[str, _Spread]:
    found: dict[str, _Spread] = {}
    for item in layout.lists:
        columns = {column.path: column for column in item.columns}
        for name in header:
            if not name.startswith(item.path + "."):
                continue
            place, _, path = name[len(item.path) + 1 :].partition(".")
            column = columns.get(VALUE if item.plain and not path else path)
            if column is not None and place.isascii() and place.isdecimal() and len(place) <= 3:
                spread = found.setdefault(item.path, _Spread(item, {}))
                spread.places.setdefault(int(place), {})[name] = column
    return found


def _with_lists(row: Row, sheet: _Sheet, cells: Sequence[str], spread: Mapping[str, _Spread]) -> Row:
    problems = dict(row.raw.fields) if isinstance(row.raw, InputError) else {}
    raw = {} if isinstance(row.raw, InputError) else row.raw
    for path, found in spread.items():
        items = []
        for place in sorted(found.places):
            columns = found.places[place]
            read = _cells(sheet, cells, row.number, columns)
            problems.update(read.problems)
            if not read.values:
                continue
            if found.item.plain:
                items.append(next(iter(read.values.values())))
            else:
                items.append(_nested({columns[name].path: value for name, value in read.values.items()}))
        if items:
            _put(raw, path, items)
    return row._replace(raw=InputError(problems) if problems else raw)


def _decode(content: bytes) -> str:
    if b"\x00" in content:
        raise refuse("不是文本文件")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refuse("文字编码应为 UTF-8 或 GB18030")
