"""Reference tables come from spreadsheets: whole or not at all, each bad cell named, nothing deleted."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest

from audit.models import Event
from audit.services import verify
from policy.errors import InputError, Refused
from regulation import selectors, services
from regulation.models import NevModel, ScrapEnterprise, WorkdayOverride
from tests.actors import Desk
from tests.builders import when

AT = when("03-16 10:00")
BY = "system:test"
HEADER = "车型型号,批次,列入日期,撤销日期\n"


def csv(text: str, encoding: str = "utf-8") -> bytes:
    return text.encode(encoding)


def xlsx(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def models(content: bytes) -> services.Imported:
    return services.import_table("nev-models", content, by=BY, at=AT)


def fields_of(content: bytes, table: str = "nev-models") -> dict[str, list[str]]:
    with pytest.raises(InputError) as caught:
        services.import_table(table, content, by=BY, at=AT)
    return caught.value.fields


def test_rows_are_added_updated_and_left(db: None) -> None:
    first = models(csv(HEADER + "BJ7000BEVA1,71,2025-06-10,\nQM7001BEV09,60,2023/4/14,\n"))
    assert (first.created, first.updated, first.unchanged) == (2, 0, 0)
    second = models(csv(HEADER + "BJ7000BEVA1,71,2025-06-10,\nQM7001BEV09,60,2023-04-14,2026-02-20\n"))
    assert (second.created, second.updated, second.unchanged) == (0, 1, 1)
    assert selectors.nev_model("QM7001BEV09", date(2026, 3, 5)) == {
        "included_on": "2023-04-14",
        "withdrawn_on": "2026-02-20",
    }


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_both_usual_encodings_are_read(db: None, encoding: str) -> None:
    header = "企业名称,统一社会信用代码,地区,资质起始日期,资质截止日期\n"
    text = f"{header}北京示例回收有限公司,91110105MA01ABCD5F,北京,2020-01-01,\n"
    services.import_table("scrap-enterprises", csv(text, encoding), by=BY, at=AT)
    assert selectors.scrap_enterprise("北京示例回收有限公司", date(2026, 2, 1)) == {
        "qualified_from": "2020-01-01",
        "qualified_to": None,
    }


def test_a_workbook_with_date_cells_is_read(db: None) -> None:
    models(xlsx([["车型型号", "列入日期"], ["JC6460BEV02", date(2025, 3, 14)]]))
    assert NevModel.objects.get().included_on == date(2025, 3, 14)


def test_working_days_reach_the_calendar(db: None) -> None:
    assert selectors.calendar().is_workday(date(2026, 3, 18))
    services.import_table("workdays", csv("日期,是否工作日,文号\n2026-03-18,否,国办发〔2026〕演示\n"), by=BY, at=AT)
    assert not selectors.calendar().is_workday(date(2026, 3, 18))


@pytest.mark.parametrize(
    ("body", "where", "said"),
    [
        ("BJ1,,2025-13-01,\n", "2.列入日期", "应为日期"),
        ("BJ1,,,\n", "2.列入日期", "不能为空"),
        (",,2025-06-10,\n", "2.车型型号", "不能为空"),
        ("BJ1,,2025-06-10,\nBJ2,,2025-06-10,2025-06-09\n", "3.撤销日期", "早于"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_stored(db: None, body: str, where: str, said: str) -> None:
    found = fields_of(csv(HEADER + body))
    assert list(found) == [where]
    assert said in found[where][0]
    assert not NevModel.objects.exists()
    assert not Event.objects.filter(verb="reference.imported").exists()


def test_a_code_that_became_a_number_is_refused(db: None) -> None:
    found = fields_of(xlsx([["车型型号", "列入日期"], [7000, date(2025, 3, 14)]]))
    assert found == {"2.车型型号": ["应为文本单元格"]}


def test_an_organisation_code_holds_its_check_character(db: None) -> None:
    text = "企业名称,统一社会信用代码,资质起始日期\n甲,91110105MA01ABCD5G,2020-01-01\n"
    assert list(fields_of(csv(text), "scrap-enterprises")) == ["2.统一社会信用代码"]
    assert not ScrapEnterprise.objects.exists()


@pytest.mark.parametrize(
    ("header", "said"),
    [("车型型号,批次\n", "缺少列“列入日期”"), ("车型型号,列入日期,备注\n", "没有“备注”这一列")],
)
def test_columns_must_be_those_of_the_table(db: None, header: str, said: str) -> None:
    assert said in fields_of(csv(header + "BJ1,2025-06-10,x\n"))[""][0]


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 not a workbook", b"\x81\x00\xff\xff\xfe", b"\n\n"],
    ids=["empty", "broken", "binary", "blank"],
)
def test_what_is_no_table_is_refused(db: None, content: bytes) -> None:
    assert list(fields_of(content)) == ["file"]


def test_a_small_file_that_unpacks_to_very_much_is_refused(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_UNPACKED", 50_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 60_000)
    assert fields_of(out.getvalue()) == {"file": ["表格展开后过大"]}


def test_the_trail_keeps_who_imported_which_file(db: None) -> None:
    done = models(csv(HEADER + "BJ7000BEVA1,71,2025-06-10,\n"))
    event = Event.objects.get(verb="reference.imported")
    assert (event.actor, event.object_id, event.data["sha256"]) == (BY, "nev-models", done.sha256)
    assert event.data["created"] == 1
    assert verify().ok


@pytest.mark.parametrize("table", ["nev-models", "scrap-enterprises", "workdays"])
def test_a_template_has_the_columns_an_import_takes(db: None, table: str) -> None:
    empty = services.template(table).encode()
    done = services.import_table(table, empty, by=BY, at=AT)
    assert (done.created, done.updated, done.unchanged) == (0, 0, 0)


def test_only_the_system_administrator_imports(desk: Desk, db: None) -> None:
    content = csv(HEADER + "BJ7000BEVA1,71,2025-06-10,\n")
    for role in ("district_reviewer", "municipal_approver", "security_admin", "audit_admin"):
        with pytest.raises(Refused) as refused:
            services.import_table("nev-models", content, by=desk.holder(role), at=AT)
        assert refused.value.code == "permission"
    services.import_table("nev-models", content, by=desk.holder("system_admin"), at=AT)
    assert Event.objects.get(verb="reference.imported").actor == desk.holder("system_admin").actor


def test_an_unknown_table_is_a_clear_error(db: None) -> None:
    assert list(fields_of(b"x", "prices")) == ["table"]
    assert not WorkdayOverride.objects.exists()
