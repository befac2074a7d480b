"""Every page in a real Chromium: axe, keys, small screens, nothing in English, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from documents import services as documents
from review.models import Case
from staff.models import User
from tests import builders, scene
from tests.actors import Desk
from tests.browsing import Complaints
from tests.pictures import jpeg

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("office")]

Enter = Callable[[User], Page]
GRAVE = ("serious", "critical")
# What may be Latin on a page: keys, file kinds, codes, masked values, units.
LATIN = re.compile(r"[A-Za-z]{4,}")
MAY_BE_LATIN = re.compile(
    r"Enter|Ctrl|xlsx|csv|PgUp|PgDn|[A-HJ-NPR-Z0-9]{17}|[A-Z]{1,3}-\d{6}-\d+|[A-Z]{2}\d{7,}|BJ7000BEVA1|[a-z-]+:[a-z0-9:-]+"
)


def grave(page: Page) -> list[tuple[str, Any]]:
    found = Axe().run(page).response["violations"]
    return [(item["id"], [node["target"] for node in item["nodes"]]) for item in found if item["impact"] in GRAVE]


@pytest.fixture
def mixed(desk: Desk) -> dict[str, Case]:
    """A clean case, one with a manual and a returned finding's like, one at the bureau; evidence on the first two."""
    clean = scene.assessed(scene.file(builders.scrappage(1)), desk)
    filed = builders.scrappage(2)
    doubtful = scene.assessed(
        scene.file(filed, said=builders.answers(filed, {"tax.total_incl_tax": "119800.50", "police_answered": False})),
        desk,
    )
    rejected = scene.file(builders.scrappage(4, {"deregistration.reason": "出口"}))
    bureau = scene.at_municipal(desk, builders.scrappage(3))
    for case in (clean, doubtful):
        for kind in ("ID", "INV", "REGN"):
            documents.store(jpeg(), case_ref=case.pk, doc_type=kind, page=1, at=scene.FILED, actor="channel:test")
    return {"clean": clean, "doubtful": doubtful, "rejected": rejected, "bureau": bureau}


VISITS: dict[str, tuple[str, str, str]] = {
    # name: (account, path, keys)
    "sign-in": ("", "/sign-in/?why=idle", ""),
    "queue": ("district", "/", ""),
    "queue with conditions": ("district", "/?chip=late", "f"),
    "queue with a choice": ("district", "/", "ArrowDown x"),
    "help": ("district", "/", "?"),
    "all": ("district", "/all/", ""),
    "mine, empty": ("district", "/mine/", ""),
    "clean case": ("district", "clean", ""),
    "clean case, confirming": ("district", "clean", "p"),
    "doubtful case": ("district", "doubtful", ""),
    "doubtful case, comparing": ("district", "doubtful", "1 v o"),
    "doubtful case, returning": ("district", "doubtful", "r"),
    "rejecting": ("district", "rejected", "j"),
    "import": ("district", "/import/", ""),
    "bureau queue": ("municipal", "/", ""),
    "bureau case": ("municipal", "bureau", "b"),
    "pool": ("municipal", "/pool/", ""),
    "third party": ("third_party", "clean", "j"),
    "auditor": ("auditor", "doubtful", ""),
    "no such page": ("district", "/nowhere/", ""),
}


def visit(name: str, mixed: dict[str, Case], desk: Desk, enter: Enter, page: Page) -> Page:
    """Go to one of VISITS and press its keys."""
    who, path, keys = VISITS[name]
    accounts: dict[str, Callable[[], User]] = {
        "district": desk.district,
        "municipal": desk.municipal,
        "third_party": desk.third_party,
        "auditor": lambda: desk.holder("auditor"),
    }
    if who:
        enter(accounts[who]())
    page.goto(path if path.startswith("/") else f"/cases/{mixed[path].receipt_no}/")
    page.wait_for_load_state("networkidle")
    for key in keys.split():
        page.keyboard.press(key)
    page.wait_for_timeout(250)
    return page


@pytest.mark.parametrize("name", VISITS)
def test_page_has_no_grave_violation_no_overflow_and_no_english(
    name: str, mixed: dict[str, Case], desk: Desk, enter: Enter, page: Page
) -> None:
    visit(name, mixed, desk, enter, page)
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    left = LATIN.findall(MAY_BE_LATIN.sub("", page.locator("body").inner_text()))
    assert left == []


@pytest.mark.parametrize("name", ["queue", "doubtful case", "clean case, confirming", "import", "sign-in", "pool"])
def test_page_fits_a_phone(name: str, mixed: dict[str, Case], desk: Desk, enter: Enter, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(name, mixed, desk, enter, page)
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_phone_decides_in_two_taps(mixed: dict[str, Case], desk: Desk, enter: Enter) -> None:
    page = enter(desk.district())
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/cases/{mixed['clean'].receipt_no}/")
    page.locator('[data-face-open="pass"]').click()
    page.get_by_role("button", name="确认通过").click()
    expect(page.get_by_role("heading", name=mixed["doubtful"].receipt_no)).to_be_visible()
    mixed["clean"].refresh_from_db()
    assert mixed["clean"].state == "MUNICIPAL_REVIEW"


def test_decision_bar_is_whole_at_1366_by_768(mixed: dict[str, Case], desk: Desk, enter: Enter, page: Page) -> None:
    visit("doubtful case", mixed, desk, enter, page)
    box = page.locator("#dec").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] == pytest.approx(768, abs=1)
    assert page.evaluate("document.documentElement.scrollHeight") <= 768


def test_finding_opens_its_document_and_marks_what_differs(
    mixed: dict[str, Case], desk: Desk, enter: Enter, page: Page
) -> None:
    visit("doubtful case", mixed, desk, enter, page)
    page.keyboard.press("1")
    expect(page.locator(".f.is-current")).to_contain_text("V-C-08")
    expect(page.locator("#pane-1 [data-name]")).to_have_text("发票")
    expect(page.locator("#pane-1 img")).to_be_visible()
    expect(page.locator(".f.is-current mark").first).to_have_text("119,800.50")


def test_viewer_zooms_turns_and_compares_by_keys(mixed: dict[str, Case], desk: Desk, enter: Enter, page: Page) -> None:
    visit("doubtful case", mixed, desk, enter, page)
    image = page.locator("#pane-1 img")
    before = image.bounding_box()
    page.keyboard.press("+")
    larger = image.bounding_box()
    assert before is not None
    assert larger is not None
    assert larger["width"] == pytest.approx(before["width"] * 1.25, rel=0.02)
    page.keyboard.press("z")
    turned = image.bounding_box()
    assert turned is not None
    assert turned["width"] / turned["height"] == pytest.approx(before["height"] / before["width"], rel=0.05)
    expect(page.locator("#pane-2")).to_be_hidden()
    page.keyboard.press("v")
    expect(page.locator("#pane-2")).to_be_visible()


def test_letters_do_nothing_in_a_text_box_and_escape_keeps_the_text(
    mixed: dict[str, Case], desk: Desk, enter: Enter, page: Page
) -> None:
    visit("doubtful case", mixed, desk, enter, page)
    page.keyboard.press("r")
    comment = page.locator("#return-comment")
    comment.click()
    page.keyboard.type("prjbnv123?")
    assert comment.input_value() == "prjbnv123?"
    expect(page.get_by_role("dialog", name="退回补正")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="退回补正")).to_be_hidden()
    expect(page.locator('[data-face-open="return"]')).to_be_focused()
    page.keyboard.press("r")
    assert page.locator("#return-comment").input_value() == "prjbnv123?"


def test_queue_is_walked_by_keys(mixed: dict[str, Case], desk: Desk, enter: Enter, page: Page) -> None:
    visit("queue", mixed, desk, enter, page)
    cursor = page.locator("tr.is-cursor a.no")
    first = cursor.inner_text()
    page.keyboard.press("ArrowDown")
    second = cursor.inner_text()
    assert second != first
    page.keyboard.press("g")
    page.keyboard.press("3")
    expect(page.locator(".chip[aria-current]")).to_contain_text("无异常")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type(mixed["doubtful"].receipt_no)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=mixed["doubtful"].receipt_no)).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="待办")).to_be_visible()


def test_help_keeps_the_focus_and_gives_it_back(mixed: dict[str, Case], desk: Desk, enter: Enter, page: Page) -> None:
    visit("queue", mixed, desk, enter, page)
    page.keyboard.press("ArrowDown")
    before = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="全部快捷键")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="全部快捷键")).to_be_hidden()
    assert page.evaluate("document.activeElement.textContent") == before


def test_lost_network_says_so_and_keeps_what_was_typed(
    mixed: dict[str, Case], desk: Desk, enter: Enter, page: Page
) -> None:
    visit("doubtful case", mixed, desk, enter, page)
    page.keyboard.press("r")
    page.locator("#return-comment").fill("内容")
    page.context.set_offline(True)
    page.locator("#return-comment").press("Control+Enter")
    expect(page.locator("#banner")).to_contain_text("网络中断")
    assert page.locator("#return-comment").input_value() == "内容"
    page.context.set_offline(False)


def test_full_number_is_shown_after_a_purpose(mixed: dict[str, Case], desk: Desk, enter: Enter, page: Page) -> None:
    visit("clean case", mixed, desk, enter, page)
    number = builders.scrappage(1)["applicant"]["id_number"]
    assert number not in page.content()
    page.get_by_role("button", name="显示全号").click()
    page.get_by_label("查看目的").select_option("核对申请材料")
    page.get_by_role("button", name="显示", exact=True).click()
    expect(page.locator("#revealed")).to_contain_text(number)


def test_a_foreign_script_is_refused(mixed: dict[str, Case], desk: Desk, enter: Enter, complaints: Complaints) -> None:
    page = enter(desk.district())
    page.goto("/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.stolen = 1\">')")
    page.wait_for_timeout(200)
    assert page.evaluate("window.stolen") is None
    assert any("Content Security Policy" in found for found in complaints.found)
    complaints.found.clear()
