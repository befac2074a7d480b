"""A look into a workbook before anything decodes it: how large it would grow, and where formulas have no value."""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from policy.errors import InputError

MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 400
MAX_EXPANDED = 200 * 1024 * 1024
MAX_RATIO = 150
SMALL = 2 * 1024 * 1024
MAX_CELL_TEXT = 1024 * 1024 * 1024
MAX_MEMBERS = 500

_CHUNK = 256 * 1024
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)

Position = tuple[int, int]


def refuse(message: str) -> InputError:
    """The whole file cannot be read."""
    return InputError.of("file", message)


def inspect_workbook(file: IO[bytes]) -> dict[str, set[Position]]:
    """Check a workbook's size, expansion, rows and columns; gives, by sheet name, formula cells without a value.

    Positions are (row, column) from 0. Raises InputError for field `file`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _inspect(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise refuse("不是有效的 xlsx 文件") from None
    except expat.ExpatError:
        raise refuse("不是有效的 xlsx 文件：内容损坏") from None


def _inspect(archive: zipfile.ZipFile) -> dict[str, set[Position]]:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise refuse("工作簿包含的部件过多")
    compressed = sum(member.compress_size for member in members)
    scan = _Scan(allowed=MAX_EXPANDED if compressed == 0 else min(MAX_EXPANDED, max(SMALL, compressed * MAX_RATIO)))
    found: dict[str, _Part] = {}
    for member in members:
        found[posixpath.normpath(member.filename)] = scan.read(archive, member)
    longest = max((part.longest_text for part in found.values()), default=0)
    if longest * sum(part.cells for part in found.values()) > MAX_CELL_TEXT:
        raise refuse("工作簿的文字内容过大")
    return {name: found[path].unvalued for name, path in _sheets(found) if path in found}


def _sheets(found: dict[str, _Part]) -> list[tuple[str, str]]:
    """Sheet names with the path of their part, from the workbook and its relations."""
    workbook, relations = found.get("xl/workbook.xml"), found.get("xl/_rels/workbook.xml.rels")
    if workbook is None or relations is None:
        raise refuse("不是有效的 xlsx 文件")
    targets = {}
    for attributes in relations.relations:
        target = attributes.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
        targets[attributes.get("Id")] = posixpath.normpath(path)
    sheets = []
    for attributes in workbook.sheets:
        reference = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), None)
        if reference in targets:
            sheets.append((attributes.get("name", ""), targets[reference]))
    return sheets


@dataclass(slots=True)
class _Scan:
    """Expands every part once, counting against the allowance, without keeping it."""

    allowed: int
    expanded: int = 0

    def read(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> _Part:
        part = _Part()
        is_xml = member.filename.lower().endswith((".xml", ".rels"))
        parser = part.parser() if is_xml else None
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                self.expanded += len(chunk)
                if self.expanded > self.allowed:
                    raise refuse("文件展开后过大")
                if parser is not None:
                    parser.Parse(chunk)
        if parser is not None:
            parser.Parse(b"", True)
        return part


@dataclass(slots=True)
class _Part:
    """What the scan learns of one part. Elements are known by local name: prefixes are free in XML."""

    rows: int = 0
    cells: int = 0
    longest_text: int = 0
    unvalued: set[Position] = field(default_factory=set)
    sheets: list[dict[str, str]] = field(default_factory=list)
    relations: list[dict[str, str]] = field(default_factory=list)
    _row: int = -1
    _column: int = -1
    _formula: bool = False
    _error: bool = False
    _valued: bool = False
    _text: int = 0

    def parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def _doctype(self, *_: object) -> None:
        raise refuse("工作簿含有不允许的声明")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            self._start_cell(attributes)
        elif local == "row":
            self._start_row(attributes)
        elif local == "f":
            self._formula = True
        elif local in ("v", "is") or local == "si":
            self._text = 0
        elif local == "sheet":
            self.sheets.append(attributes)
        elif local == "Relationship":
            self.relations.append(attributes)

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        self._row = int(number) - 1 if number.isascii() and number.isdecimal() and len(number) < 9 else self._row + 1
        self._column = -1
        self.rows += 1
        self._bound()

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._column += 1
        match = _REFERENCE.fullmatch(attributes.get("r", ""))
        if match is not None:
            self._row, self._column = int(match.group(2)) - 1, _column_index(match.group(1))
        self.cells += 1
        # An error (#N/A) is a value that is missing too: decoders give an empty cell for it.
        self._formula = self._error = attributes.get("t") == "e"
        self._valued = False
        self._bound()

    def _bound(self) -> None:
        if self._row > MAX_ROWS or self.rows > MAX_ROWS + 1:
            raise refuse(f"工作表超过{MAX_ROWS}行")
        if self._column >= MAX_COLUMNS:
            raise refuse(f"工作表超过{MAX_COLUMNS}列")

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            if self._formula and not self._valued:
                self.unvalued.add((self._row, self._column))
        elif local in ("v", "is"):
            self._valued = self._text > 0 and not self._error
            self.longest_text = max(self.longest_text, self._text)
        elif local == "si":
            self.longest_text = max(self.longest_text, self._text)

    def _characters(self, data: str) -> None:
        self._text += len(data)


def _column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
