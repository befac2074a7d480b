"""The import page: a trial stores nothing, a bad row stores nothing, the same file twice stores nothing twice."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from desk.importing import filed_section
from exchange.spreadsheets import write_dossiers
from review.models import Case
from staff.models import User
from tests import builders, scene
from tests.actors import Desk

pytestmark = pytest.mark.usefixtures("funded")

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


def workbook(*filed: dict[str, Any], name: str = "rows.xlsx") -> SimpleUploadedFile:
    buffer = io.BytesIO()
    rows = [{"id": f"row-{n}", **row} for n, row in enumerate(filed, start=1)]
    write_dossiers(buffer, filed_section("vehicle-scrappage"), rows, name=name)
    return SimpleUploadedFile(name, buffer.getvalue())


def send(client: Client, step: str, upload: SimpleUploadedFile, **values: Any) -> Any:
    upload.seek(0)
    body = {"scheme": "vehicle-scrappage", "file": upload, **values}
    return client.post(f"/import/{step}/", body, headers=HTMX)


def words(response: Any) -> list[str]:
    """The result of each row."""
    return re.findall(r'<span class="tag tag--\w+"><svg.*?</svg>([^<]+)</span>', response.content.decode())


def test_trial_tells_each_row_and_stores_nothing(desk: Desk, signed_in: SignIn) -> None:
    before = scene.snapshot()
    upload = workbook(
        builders.scrappage(1),
        builders.scrappage(2, {"new_vehicle.vin": "LGXCE6CDXT0123457"}),
        builders.scrappage(3, {"district": "haidian"}),
    )
    response = send(signed_in(desk.district()), "check", upload)
    assert words(response) == ["可导入", "有错误", "不受理"]
    page = response.content.decode()
    assert "new_vehicle.vin" in page
    assert "车辆识别代号第9位校验不符" in page
    assert "确认导入 1 行" in page
    assert scene.snapshot() == before


def test_import_stores_good_rows_only_and_each_once(desk: Desk, signed_in: SignIn) -> None:
    upload = workbook(
        builders.scrappage(1), builders.scrappage(2, {"invoice.total_incl_tax": "100.505"}), builders.scrappage(3)
    )
    client = signed_in(desk.district())
    first = send(client, "run", upload)
    assert words(first) == ["已导入", "有错误", "已导入"]
    assert Case.objects.count() == 2
    held = scene.money()["reserved"]
    again = send(client, "run", upload)
    assert words(again) == ["已导入过", "有错误", "已导入过"]
    assert (Case.objects.count(), scene.money()["reserved"]) == (2, held)
    receipts = re.findall(r'href="/cases/([^/]+)/"', again.content.decode())
    assert receipts == list(Case.objects.order_by("pk").values_list("receipt_no", flat=True))


def test_same_person_twice_in_a_file_is_refused_the_second_time(desk: Desk, signed_in: SignIn) -> None:
    response = send(signed_in(desk.district()), "run", workbook(builders.scrappage(1), builders.scrappage(2, person=1)))
    assert words(response) == ["已导入", "不受理"]
    assert "V-C-03" in response.content.decode()
    assert Case.objects.count() == 1


def test_long_file_goes_in_turns(desk: Desk, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.importing.ROWS_A_TURN", 2)
    upload = workbook(*(builders.scrappage(n) for n in range(1, 6)))
    client = signed_in(desk.district())
    first = send(client, "run", upload)
    page = first.content.decode()
    assert Case.objects.count() == 2
    assert '<progress value="2" max="5"' in page
    digest = re.search(r'"digest": "(\w+)"', page)
    assert digest is not None
    second = send(client, "run", upload, start=2, good=2, digest=digest[1]).content.decode()
    last = send(client, "run", upload, start=4, good=4, digest=digest[1]).content.decode()
    assert "hx-trigger" in second
    assert "导入完成：5 行" in last
    assert "hx-trigger" not in last
    assert Case.objects.count() == 5


def test_another_file_in_the_middle_is_refused(desk: Desk, signed_in: SignIn) -> None:
    response = send(signed_in(desk.district()), "run", workbook(builders.scrappage(1)), start=1, digest="0" * 64)
    assert response.status_code == 422
    assert "请重新检查" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.txt", b"id\n1", "应为 .xlsx 或 .csv 文件"),
        ("rows.xlsx", b"PK not a workbook", "不能读取这个文件"),
        ("rows.csv", b"", "不能读取这个文件"),
    ],
)
def test_unreadable_file_is_one_clear_error(
    name: str, content: bytes, message: str, desk: Desk, signed_in: SignIn
) -> None:
    response = send(signed_in(desk.district()), "check", SimpleUploadedFile(name, content or b"\n"))
    assert response.status_code == 422
    assert message in response.content.decode()


def test_too_many_rows_are_refused(desk: Desk, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.importing.MOST_ROWS", 1)
    response = send(signed_in(desk.district()), "check", workbook(builders.scrappage(1), builders.scrappage(2)))
    assert response.status_code == 422
    assert "一次最多导入 1 行，本文件有 2 行" in response.content.decode()


@pytest.mark.parametrize("values", [{"scheme": "vehicle-scrappage"}, {"scheme": "unknown"}, {}])
def test_missing_choice_is_said(values: dict[str, str], desk: Desk, signed_in: SignIn) -> None:
    response = signed_in(desk.district()).post("/import/check/", values, headers=HTMX)
    assert response.status_code == 422
    assert "请选择" in response.content.decode()


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@pytest.mark.parametrize("scheme", ["vehicle-scrappage", "vehicle-replacement"])
def test_template_is_an_empty_file_of_the_scheme(scheme: str, ending: str, desk: Desk, signed_in: SignIn) -> None:
    client = signed_in(desk.district())
    response: Any = client.get(f"/import/template/{scheme}.{ending}")
    content = b"".join(response.streaming_content)
    if ending == "csv":
        header = content.decode("utf-8-sig").splitlines()[0].split(",")
    else:
        header = [cell.value for cell in next(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows())]
    assert "applicant.id_number" in header
    assert client.get(f"/import/template/unknown.{ending}").status_code == 404
