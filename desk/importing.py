"""Import of filings from a spreadsheet, a few rows a request: a trial that stores nothing, then the import itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.db import transaction

from applications.vehicles import services as vehicles
from desk.presenters.outcomes import Tag
from desk.presenters.queue import money
from exchange.spreadsheets import Row, layout_of, read_dossiers
from policy.errors import InputError, Refused
from policy.scheme import scheme as policy_scheme
from review import states
from review.models import Case
from staff.models import User

MOST_ROWS = 500
ROWS_A_TURN = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row: the field's path and label, and the message."""

    path: str
    label: str
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """The result of one row of the file."""

    number: int
    name: str
    tag: Tag
    text: str
    receipt_no: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def kind(self) -> str:
        """`good` (can be or was stored now), `same` (stored before) or `bad`."""
        if self.problems:
            return "bad"
        return "same" if self.tag.kind == "flag" else "good"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that could be read: its rows, and the digest by which later turns know it is the same file."""

    scheme: str
    rows: Sequence[Row]
    digest: str


def read(file: IO[bytes], *, name: str, scheme: str) -> Sheet:
    """Read an uploaded file. Raises InputError for field `file` where it cannot be read or has too many rows."""
    content = file.read()
    file.seek(0)
    rows = list(read_dossiers(file, filed_section(scheme), name=name))
    if not rows:
        raise InputError.of("file", "文件中没有数据行")
    if len(rows) > MOST_ROWS:
        raise InputError.of("file", f"一次最多导入 {MOST_ROWS} 行，本文件有 {len(rows)} 行，请分开导入")
    return Sheet(scheme, rows, hashlib.sha256(content).hexdigest())


def filed_section(scheme: str) -> Any:
    """The declaration of what is filed under a scheme: the columns of its template."""
    return getattr(policy_scheme(scheme), "filed_section")  # noqa: B009 - not every scheme can be filed


def trial(sheet: Sheet, start: int, *, by: User, at: datetime) -> list[Line]:
    """What the rows from `start` on would come to. Each row is tried alone and rolled back, so nothing is kept."""
    return [_line(sheet, row, by=by, at=at, keep=False) for row in sheet.rows[start : start + ROWS_A_TURN]]


def store(sheet: Sheet, start: int, *, by: User, at: datetime) -> list[Line]:
    """Store the rows from `start` on, each in a transaction of its own; a bad row stores nothing."""
    return [_line(sheet, row, by=by, at=at, keep=True) for row in sheet.rows[start : start + ROWS_A_TURN]]


def _line(sheet: Sheet, row: Row, *, by: User, at: datetime, keep: bool) -> Line:
    name = row.id or f"第 {row.number} 行"
    labels = {column.path: column.label for column in layout_of(filed_section(sheet.scheme)).columns}
    if isinstance(row.raw, InputError):
        return _bad(row, name, row.raw, labels)
    try:
        with transaction.atomic():
            verdict, case = vehicles.import_row({**row.raw, "scheme": sheet.scheme}, by=by, at=at)
            if not keep:
                transaction.set_rollback(True)
    except InputError as error:
        return _bad(row, name, error, labels)
    except Refused as refused:
        return _refused(row, name, refused)
    return _done(row, name, verdict, case, keep=keep)


def _done(row: Row, name: str, verdict: str, case: Case, *, keep: bool) -> Line:
    if verdict == "same":
        return Line(row.number, name, Tag("flag", "已导入过"), "内容相同，不重复导入", case.receipt_no)
    text = f"{states.TITLES[case.state]}，核算补贴 {money(case.computed_fen)} 元"
    if keep:
        return Line(row.number, name, Tag("pass", "已导入"), text, case.receipt_no)
    return Line(row.number, name, Tag("pass", "可导入"), f"将进入：{text}")


def _bad(row: Row, name: str, error: InputError, labels: Mapping[str, str]) -> Line:
    problems = tuple(
        Problem(path, labels.get(path, ""), message) for path, messages in error.fields.items() for message in messages
    )
    return Line(row.number, name, Tag("return", "有错误"), f"{len(problems)} 处须改正，本行没有导入", problems=problems)


def _refused(row: Row, name: str, refused: Refused) -> Line:
    cited = f"{refused.rule} · {refused.clause}" if refused.rule and refused.clause else ""
    return Line(
        row.number, name, Tag("block", "不受理"), "本行没有导入", problems=(Problem("", cited, refused.message),)
    )
