"""A list of cases as a workbook: masked, every cell a text where it is an identifier, formulas disarmed, row by row."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import datetime
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from desk.presenters.outcomes import WORDS as OUTCOME_WORDS
from desk.presenters.outcomes import WORST_FIRST
from policy.clock import local
from policy.money import format_yuan
from review import states
from review.models import Case

MOST_ROWS = 20_000
HEADINGS = (
    "受理号",
    "方案",
    "区",
    "环节",
    "申请人",
    "销售企业",
    "新车价税合计（元）",
    "核算补贴（元）",
    "自动核查",
    "第三方意见",
    "提交时间",
    "本环节期限",
    "承办",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_OPINIONS = {"pass": "建议通过", "fail": "不通过"}


def workbook(cases: Iterable[Case], *, schemes: dict[str, str], districts: dict[str, str], at: datetime) -> IO[bytes]:
    """An open temporary file with the workbook, at its start; the caller closes it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("案件")
    sheet.append([_cell(sheet, heading) for heading in HEADINGS])
    for case in cases:
        sheet.append([_cell(sheet, value) for value in _values(case, schemes, districts, at)])
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    return file


def _values(case: Case, schemes: dict[str, str], districts: dict[str, str], at: datetime) -> tuple[str, ...]:
    counts = "、".join(f"{OUTCOME_WORDS[kind]}{case.counts[kind]}" for kind in WORST_FIRST if case.counts.get(kind))
    held = case.lock_by.display_name if case.lock_by and case.lock_until and case.lock_until > at else ""
    return (
        case.receipt_no,
        schemes.get(case.scheme, case.scheme),
        districts.get(case.district, case.district),
        states.TITLES[case.state],
        case.applicant_label,
        case.subject,
        _sum(case.base_fen),
        _sum(case.computed_fen),
        counts,
        _OPINIONS.get(case.opinion, "尚无"),
        _moment(case.submitted_at),
        _moment(case.due_at),
        held,
    )


def disarmed(text: str) -> str:
    """A text that no spreadsheet program takes for a formula.

    >>> disarmed("=1+1"), disarmed("北京甲辰")
    ("'=1+1", '北京甲辰')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cell(sheet: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=disarmed(text))
    cell.number_format = "@"
    cell.data_type = "s"
    return cell


def _sum(fen: int | None) -> str:
    return "" if fen is None else format_yuan(fen)


def _moment(at: datetime | None) -> str:
    return f"{local(at):%Y-%m-%d %H:%M}" if at else ""
