"""The columns of an exported list of cases: masked, figures as text, so that nothing is rounded or run as a formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

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
_OPINIONS = {"pass": "建议通过", "fail": "不通过"}


def lines(
    cases: Iterable[Case], *, schemes: dict[str, str], districts: dict[str, str], at: datetime
) -> Iterator[tuple[str, ...]]:
    """One line a case, in the given order, in the columns of HEADINGS."""
    for case in cases:
        yield _line(case, schemes, districts, at)


def _line(case: Case, schemes: dict[str, str], districts: dict[str, str], at: datetime) -> tuple[str, ...]:
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


def _sum(fen: int | None) -> str:
    return "" if fen is None else format_yuan(fen)


def _moment(at: datetime | None) -> str:
    return f"{local(at):%Y-%m-%d %H:%M}" if at else ""
