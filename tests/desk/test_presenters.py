"""Plain values of the pages: outcomes, clock, comparison by character, letters, addresses."""

from __future__ import annotations

import doctest
import re
from datetime import timedelta
from pathlib import Path

import pytest

from applications.vehicles import rules
from desk.presenters import bar, findings, queue
from desk.presenters.clock import clock_of
from desk.presenters.letter import compose, end_of_day
from desk.presenters.outcomes import WORST_FIRST, summary_tags
from policy.finding import Finding, Outcome, Shown
from policy.workdays import WorkCalendar
from review.schemes import Comparison
from tests.builders import when

DOCUMENTS = {"INV": "发票", "REGN": "登记证书"}


@pytest.mark.parametrize("module", [findings, queue])
def test_examples_in_docstrings_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"pass": 28}, [("pass", "全部通过", 28)]),
        ({"manual": 1, "return": 2, "pass": 25}, [("manual", "人工", 1), ("return", "退回", 2)]),
        ({"flag": 1, "pass": 23}, [("flag", "提示", 1), ("pass", "", 23)]),
        ({"reject": 1, "manual": 1, "return": 1, "pass": 9}, [("reject", "不予补贴", 1), ("manual", "人工", 1)]),
        ({}, []),
    ],
)
def test_row_shows_worst_outcomes_first_and_at_most_two(
    counts: dict[str, int], shown: list[tuple[str, str, int]]
) -> None:
    assert [(tag.kind, tag.word, tag.count) for tag in summary_tags(counts)] == shown


def test_outcomes_run_from_block_to_pass() -> None:
    assert WORST_FIRST == ("block", "reject", "not_accepted", "manual", "return", "flag", "pass")


@pytest.mark.parametrize(
    ("due", "level", "text"),
    [
        ("03-18 09:59", "late", "超 0.1 日"),
        ("03-17 10:00", "late", "超 1.0 日"),
        ("03-18 10:01", "soon", "剩不足 0.1 日"),
        ("03-19 10:00", "soon", "剩 1.0 日"),
        ("03-19 10:15", "normal", "剩 1.0 日"),
        ("03-23 10:00", "normal", "剩 3.0 日"),
    ],
)
def test_clock_counts_working_days_and_warns_within_one(due: str, level: str, text: str) -> None:
    clock = clock_of(due_at=when(due), left_seconds=None, days=3, now=when("03-18 10:00"), calendar=WorkCalendar())
    assert (clock.level, clock.text, len(clock.pips)) == (level, text, 3)


def test_clock_stands_while_the_applicant_owes_an_answer() -> None:
    held = timedelta(days=2, hours=10).total_seconds()
    clock = clock_of(due_at=None, left_seconds=int(held), days=3, now=when("03-18 10:00"), calendar=WorkCalendar())
    assert (clock.level, clock.text) == ("hold", "停 2.4 日")
    assert [pip.used for pip in clock.pips] == ["7.0", "0.0", "0.0"]


def test_clock_says_which_calendar_is_missing() -> None:
    far = when("12-30 10:00").replace(year=2027)
    clock = clock_of(due_at=far, left_seconds=None, days=3, now=when("12-30 10:00"), calendar=WorkCalendar())
    assert clock.text == "缺 2027 年工作日历"


def finding(rule: str, outcome: str, *shown: Shown) -> Finding:
    clause = "京商流通字〔2026〕2号 五"
    return Finding(rule, clause, Outcome(outcome), f"{rule} 的结论", {str(n): item for n, item in enumerate(shown)})


def present(*found: Finding, settled: dict[str, findings.Settled] | None = None) -> findings.FindingsView:
    return findings.present_findings(found, settled=settled or {}, may_clear=True, documents=DOCUMENTS)


def test_findings_are_numbered_worst_first_and_passes_stand_apart() -> None:
    view = present(
        finding("V-C-01", "pass"), finding("V-S-16", "return"), finding("V-C-08", "manual"), finding("V-S-07", "reject")
    )
    assert [(item.rule, item.number) for item in view.attention] == [("V-S-07", 1), ("V-C-08", 2), ("V-S-16", 3)]
    assert [item.rule for item in view.passed] == ["V-C-01"]
    assert view.total == 4


def test_only_ten_findings_need_nine_keys() -> None:
    view = present(*(finding(f"V-X-{n:02d}", "manual") for n in range(1, 12)))
    assert [item.number for item in view.attention] == [*range(1, 10), None, None]


def test_vin_that_differs_in_two_places_is_marked_there_and_set_side_by_side() -> None:
    view = present(
        finding(
            "V-C-22",
            "return",
            Shown("新车（申报）", "LGXCE6CDXT0123465", "APP"),
            Shown("旧车（申报）", "LSVAA49J1C2012345", "APP"),
            Shown("发票", "LGXCE6CDXT0123456", "INV", True),
        )
    )
    item = view.attention[0]
    marked = [[piece.text for piece in row.segments if piece.differs] for row in item.rows]
    assert marked == [["65"], [], ["56"]]
    assert item.strip is not None
    assert item.strip.remark == "第 16、17 位不同"
    assert [source for source, _ in item.strip.rows] == ["申报", "发票"]
    assert item.documents == ("INV", "REGN"), "what differs first, and only documents this scheme asks for"


def test_amounts_are_marked_whole_not_by_digit() -> None:
    view = present(
        finding("V-C-08", "manual", Shown("税务", "119,800.50", "TAX", True), Shown("发票", "139,800.50", "INV"))
    )
    rows = view.attention[0].rows
    assert [(piece.text, piece.differs) for row in rows for piece in row.segments] == [
        ("119,800.50", True),
        ("139,800.50", False),
    ]
    assert view.attention[0].strip is None


def test_settled_manual_finding_cannot_be_settled_again() -> None:
    done = findings.Settled("pass", "已核实", "周敏", "03-18 10:00")
    view = present(finding("V-C-08", "manual"), finding("V-C-19", "manual"), settled={"V-C-08": done})
    assert [(item.rule, item.may_clear) for item in view.attention] == [("V-C-08", False), ("V-C-19", True)]


@pytest.mark.parametrize(
    ("comparison", "kind", "cells"),
    [
        (Comparison("VIN", "A1", (("发票", "A1"),)), "pass", ["A1", "发票 相同", "—"]),
        (Comparison("VIN", "A1", (("发票", "A2"),)), "return", ["A1", "发票 A2", "—"]),
        (Comparison("价", "", (("发票", "1"),), (("税务", "1"),)), "pass", ["—", "发票 1", "税务 相同"]),
        (Comparison("价", "", (("发票", "1"),), (("税务", "2"),)), "return", ["—", "发票 1", "税务 2"]),
    ],
)
def test_key_fields_mark_what_is_unlike_the_declared(comparison: Comparison, kind: str, cells: list[str]) -> None:
    shown = findings.key_fields([comparison])
    assert shown is not None
    assert shown.kind == kind
    assert [cell.text for cell in shown.rows[0].cells] == cells


def test_deadline_at_midnight_is_said_as_24_of_the_day_before() -> None:
    assert end_of_day(when("12-11")) == "2026年12月10日24时"
    assert end_of_day(when("12-10 18:00")) == "2026年12月10日18:00"


def test_letter_names_each_reason_with_the_finding_and_one_clause() -> None:
    letter = compose(
        "return",
        applicant="李*",
        receipt_no="S-260316-04127",
        scheme_title="汽车报废更新",
        submitted_at=when("03-16 09:41"),
        reasons=[{"code": "V22", "title": "申报材料缺少或不清晰", "clause": "《方案》二(三)4"}],
        sentences={"V22": ["登记证书第1页不清晰，请补正（《方案》二(三)4）。"]},
        comment="  请避开反光。 ",
        correct_before=when("12-11"),
        body="北京市朝阳区商务局",
        at=when("03-18 10:00"),
    )
    assert letter.title == "补正告知书"
    assert [(item.number, item.text, item.clause) for item in letter.items] == [
        ("一", "登记证书第1页不清晰，请补正。", "《方案》二(三)4")
    ]
    assert letter.comment == "请避开反光。"
    assert letter.closing.startswith("请于2026年12月10日24时前补正")
    assert letter.date == "2026年3月18日"


@pytest.mark.parametrize(
    ("outcome", "open_manual", "allowed", "event"),
    [
        ("pass", 0, ("pass", "return", "reject"), "pass"),
        ("manual", 2, ("pass", "return", "reject"), ""),
        ("manual", 0, ("pass", "return", "reject"), "pass"),
        ("return", 0, ("pass", "return", "reject"), "return"),
        ("reject", 1, ("pass", "return", "reject"), "reject"),
        ("not_accepted", 0, ("pass", "return", "reject"), "reject"),
        ("pass", 0, ("assess-pass", "assess-fail"), "assess-pass"),
        ("reject", 0, ("assess-pass", "assess-fail"), ""),
    ],
)
def test_recommended_button_follows_the_checks(
    outcome: str, open_manual: int, allowed: tuple[str, ...], event: str
) -> None:
    assert bar.recommended(outcome, open_manual, allowed) == event


def test_sorting_address_keeps_conditions_and_drops_the_page() -> None:
    columns = queue.sort_columns("/", {"subject": "甲辰", "chip": "late"}, "due", state=False, district=False)
    by_word = {column.word: column for column in columns}
    assert by_word["剩余时限"].direction == "ascending"
    assert by_word["剩余时限"].url == "/?subject=%E7%94%B2%E8%BE%B0&chip=late&sort=-due"
    assert by_word["申请人"].url == "", "an encrypted name never sorts"


def test_pool_meter_parts_add_up() -> None:
    view = queue.pool_view(
        title="池", year=2026, total=1000_00, reserved=200_00, committed=100_00, paid=300_00, as_of="10:00"
    )
    assert (view.left, view.used_percent) == ("400.00", "60.0")
    assert [(part.css, part.x, part.width) for part in view.bars] == [
        ("m1", "0.000", "30.000"),
        ("m2", "30.000", "10.000"),
        ("m3", "40.000", "20.000"),
    ]


def test_pool_without_money_has_an_empty_meter() -> None:
    view = queue.pool_view(title="池", year=2026, total=0, reserved=0, committed=0, paid=0, as_of="10:00")
    assert [part.width for part in view.bars] == ["0.000"] * 3


def test_every_source_a_rule_names_has_a_chinese_word() -> None:
    """The codes of catalogue §0.3: none of them reaches a page as it is."""
    folder = Path(str(rules.__file__)).parent
    named = {
        code for path in folder.glob("*.py") for code in re.findall(r'"([A-Z]{2,8})"', path.read_text(encoding="utf-8"))
    }
    sources = named & {
        "APP", "RULE", "ID", "BANK", "RECYC", "DEREG", "INV", "REGN", "REGO", "UCINV", "POLICE", "TAX", "MIIT",
        "SCRAPQ", "JT", "NAT", "CH", "SYS", "STAFF",
    }  # fmt: skip
    assert "SCRAPQ" in sources
    assert sources - findings.SOURCE_WORDS.keys() == set()
