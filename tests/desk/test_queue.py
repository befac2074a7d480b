"""Lists: what waits, conditions, counts, search, export; how many queries they take."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from audit.models import Event
from desk.counting import capped_counts, said
from review import services as review
from review.models import Case
from staff.models import User
from tests import builders, scene
from tests.actors import Desk
from tests.builders import when

pytestmark = pytest.mark.usefixtures("funded")

SignIn = Callable[[User], Client]
MOST_QUERIES = 15


def numbers(response: Any) -> list[str]:
    """The receipt numbers in the order of the page's rows."""
    return re.findall(r'data-url="/cases/([^/]+)/"', response.content.decode())


@pytest.fixture
def three(desk: Desk) -> list[Case]:
    """A clean case, one with a manual finding, one of the other scheme; in order of their deadlines."""
    clean = scene.file(at=when("03-12 09:00"))
    manual = builders.scrappage(2)
    silent = scene.file(manual, said=builders.answers(manual, {"police_answered": False}), at=when("03-13 09:00"))
    swapped = scene.file(builders.replacement(3, {"district": "chaoyang"}), at=when("03-13 15:00"))
    return [clean, silent, swapped]


def test_queue_lists_what_waits_by_deadline(three: list[Case], desk: Desk, signed_in: SignIn) -> None:
    response = signed_in(desk.district()).get("/")
    assert numbers(response) == [case.receipt_no for case in three]
    page = response.content.decode()
    assert "测" in page
    assert builders.scrappage()["applicant"]["name"] not in page


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("chip=clean", [0, 2]),
        ("chip=manual", [1]),
        ("chip=late", [0]),
        ("chip=corrected", []),
        ("scheme=vehicle-replacement", [2]),
        ("amount_from=12000", [0, 1]),
        ("amount_to=12000.00", [2]),
        ("amount_from=11185&amount_to=11185", [2]),
        ("state=MUNICIPAL_REVIEW", []),
        ("outcome=manual", [1]),
        ("age=3", [0, 1]),
        ("age=15", []),
        ("sort=-due", [2, 1, 0]),
        ("sort=amount", [2, 0, 1]),
        ("sort=-age", [2, 1, 0]),
        ("scheme=unknown&sort=name", [0, 1, 2]),
    ],
)
def test_conditions_narrow_and_sort(
    query: str, kept: list[int], three: list[Case], desk: Desk, signed_in: SignIn
) -> None:
    response = signed_in(desk.district()).get(f"/?{query}")
    assert numbers(response) == [three[index].receipt_no for index in kept]


def test_malformed_amount_is_named_and_filters_nothing(three: list[Case], desk: Desk, signed_in: SignIn) -> None:
    response = signed_in(desk.district()).get("/?amount_from=12x")
    assert len(numbers(response)) == 3
    assert "请填写金额，如 9600.00" in response.content.decode()


def test_chips_show_counts_and_the_empty_list_says_what_next(three: list[Case], desk: Desk, signed_in: SignIn) -> None:
    page = signed_in(desk.district()).get("/?chip=corrected").content.decode()
    words = dict(re.findall(r'class="chip"[^>]*>([^ <]+)(?: <b>(\d+\+?)</b>)', page))
    assert words == {
        "全部待办": "3",
        "将超时": "1",
        "无异常": "2",
        "补正已回": "0",
        "需人工核查": "1",
        "报废更新": "2",
        "置换更新": "1",
    }
    assert "没有补正已回的案件" in page


@pytest.mark.parametrize("path", ["/", "/mine/", "/all/", "/?chip=late"])
def test_list_takes_few_queries_whatever_its_length(
    path: str, desk: Desk, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for n in range(1, 9):
        scene.file(builders.scrappage(n))
    client = signed_in(desk.district())
    client.get(path)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/", "/all/", "/pool/"])
def test_lists_of_the_bureau_take_few_queries_too(
    path: str, three: list[Case], desk: Desk, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(desk.municipal())
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(path).status_code == 200


def test_counts_stop_at_the_cap() -> None:
    for n in range(1, 5):
        scene.file(builders.scrappage(n))
    counts = capped_counts({"all": Case.objects.all(), "none": Case.objects.none()}, cap=3)
    assert counts == {"all": 4, "none": 0}
    assert (said(counts["all"], cap=3), said(3, cap=3)) == ("3+", "3")


def test_pages_hold_fifty_rows_and_lead_on(desk: Desk, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.views.queue.PAGE_SIZE", 2)
    cases = [scene.file(builders.scrappage(n), at=when(f"03-1{n} 09:00")) for n in range(1, 6)]
    client = signed_in(desk.district())
    assert numbers(client.get("/")) == [case.receipt_no for case in cases[:2]]
    third = client.get("/?page=3")
    assert numbers(third) == [cases[4].receipt_no]
    assert 'rel="prev"' in third.content.decode()
    assert 'rel="next"' not in third.content.decode()


def test_search_opens_the_one_case_it_finds(three: list[Case], desk: Desk, signed_in: SignIn) -> None:
    filed = builders.scrappage()
    client = signed_in(desk.district())
    target = f"/cases/{three[0].receipt_no}/"
    for text in (three[0].receipt_no, three[0].receipt_no.lower(), filed["new_vehicle"]["vin"]):
        assert client.post("/search/", {"q": text})["Location"] == target, text


def test_search_finds_by_exact_name_and_last_six(three: list[Case], desk: Desk, signed_in: SignIn) -> None:
    filed = builders.scrappage()
    client = signed_in(desk.district())
    by_name = client.post("/search/", {"q": filed["applicant"]["name"]})
    by_six = client.post("/search/", {"q": filed["old_vehicle"]["vin"][-6:]})
    for response in (by_name, by_six):
        assert response.status_code == 302 or three[0].receipt_no in numbers(response)
    assert client.post("/search/", {"q": "没有这人"}).content.decode().count("没有找到") == 1


def test_take_next_claims_the_most_urgent_unclaimed_case(three: list[Case], desk: Desk, signed_in: SignIn) -> None:
    review.take(three[0].pk, by=desk.district(number=2), at=when("03-16 10:00"))
    client = signed_in(desk.district())
    assert client.post("/take-next/")["Location"] == f"/cases/{three[1].receipt_no}/"
    three[1].refresh_from_db()
    assert three[1].lock_by == desk.district()
    page = client.get("/").content.decode()
    assert "已锁定" in page
    assert "处理中" in page
    assert numbers(client.get("/mine/")) == [three[1].receipt_no]


def test_take_next_with_nothing_left_returns_to_the_queue(desk: Desk, signed_in: SignIn) -> None:
    assert signed_in(desk.district()).post("/take-next/")["Location"] == "/"


def test_posts_that_decide_nothing_start_at_all_cases(three: list[Case], desk: Desk, signed_in: SignIn) -> None:
    client = signed_in(desk.holder("auditor"))
    assert client.get("/")["Location"] == "/all/"
    assert len(numbers(client.get("/all/"))) == 3


def sheet(response: Any) -> list[list[Any]]:
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


def test_export_holds_what_is_filtered_masked_and_is_in_the_trail(
    three: list[Case], desk: Desk, signed_in: SignIn
) -> None:
    Case.objects.filter(pk=three[2].pk).update(subject="=1+1")
    response = signed_in(desk.district()).get("/export/?view=todo&scheme=vehicle-replacement")
    rows = sheet(response)
    assert [row[0] for row in rows] == ["受理号", three[2].receipt_no]
    assert rows[1][5] == "'=1+1"
    assert rows[1][7] == "11185.00"
    assert builders.replacement(3)["applicant"]["name"] not in str(rows)
    event = Event.objects.get(verb="case.exported")
    assert event.data == {"rows": 1, "conditions": ["scheme"]}


def test_chosen_rows_are_exported_and_others_are_not(three: list[Case], desk: Desk, signed_in: SignIn) -> None:
    other = scene.file(builders.scrappage(9, {"district": "haidian"}))
    wanted = [three[1].receipt_no, other.receipt_no]
    response = signed_in(desk.district()).post("/export/chosen/", {"case": wanted})
    assert [row[0] for row in sheet(response)[1:]] == [three[1].receipt_no]


def test_bureau_sees_the_pool_and_districts_do_not(three: list[Case], desk: Desk, signed_in: SignIn) -> None:
    page = signed_in(desk.municipal()).get("/pool/").content.decode()
    held = scene.money()["reserved"]
    assert f"{held // 100:,}.00" in page
    assert signed_in(desk.district()).get("/pool/").status_code == 403
