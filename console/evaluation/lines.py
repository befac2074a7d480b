"""Dossiers from JSON lines or a spreadsheet, read strictly and in constant memory. A bad line spoils only itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from exchange.spreadsheets import read_dossiers
from policy.errors import InputError
from policy.reading import TEXT, Section

MAX_LINE = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line of input: its dossier's id where it could be read, and the decoded dossier or what is wrong."""

    id: str | None
    raw: Any


def json_lines(stream: IO[bytes]) -> Iterator[Line]:
    """Each non-empty line of a binary stream. Over-long lines, bad UTF-8 and bad JSON are errors of their line."""
    number = 0
    while content := stream.readline(MAX_LINE + 1):
        number += 1
        if len(content) > MAX_LINE and not content.endswith(b"\n"):
            _skip_rest(stream)
            yield Line(None, InputError.of("", f"第{number}行超过{MAX_LINE // 1024} KB"))
            continue
        content = content.removeprefix(_BOM) if number == 1 else content
        if content.strip():
            yield _line(content, number)


def _skip_rest(stream: IO[bytes]) -> None:
    while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
        pass


def _line(content: bytes, number: int) -> Line:
    try:
        raw = _DECODER.decode(content.decode("utf-8"))
    except _Repeated as repeated:
        return Line(None, InputError.of(repeated.name, f"第{number}行：字段重复出现"))
    except UnicodeDecodeError:
        return Line(None, InputError.of("", f"第{number}行不是 UTF-8 文字"))
    except RecursionError:
        return Line(None, InputError.of("", f"第{number}行嵌套过深"))
    except ValueError:
        return Line(None, InputError.of("", f"第{number}行不是有效的 JSON"))
    return Line(id_of(raw), raw)


def id_of(raw: Any) -> str | None:
    """The id a line's answer can carry; None when it has none that can be printed."""
    if not isinstance(raw, dict):
        return None
    try:
        return TEXT.read(raw.get("id"))
    except ValueError:
        return None


class _Repeated(Exception):
    """A JSON object names a field twice: which value counts would be a guess."""

    def __init__(self, name: str) -> None:
        self.name = name[:60].encode("utf-8", "replace").decode("utf-8")
        super().__init__(self.name)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for n, name in enumerate(names) if name in names[:n]))
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def spreadsheet_lines(path: Path, section: Section) -> Iterator[Line]:
    """Each dossier of an .xlsx or .csv file. Raises InputError for field `file` when it cannot be read as a whole."""
    for row in read_dossiers(path, section):
        if isinstance(row.raw, InputError):
            field, message = row.raw.first
            where = f"第{row.number}行：" if row.number else ""
            yield Line(row.id, InputError.of(field, f"{where}{message}"))
        else:
            yield Line(row.id, row.raw)
