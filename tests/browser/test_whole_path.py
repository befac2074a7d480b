"""The whole path in a real Chromium: sign in, pass by keyboard, approve, the trail; return with reasons."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from documents import services as documents
from policy import clock
from review import services as review
from review.models import Case
from staff import services as staff
from staff import totp
from staff.models import User
from tests import builders, scene
from tests.actors import HIRED, Desk
from tests.builders import when
from tests.pictures import jpeg

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("office")]

Enter = Callable[[User], Page]
PASSWORD = "Correct-horse-battery-9"


def enrolled(user: User) -> str:
    """Give an account the password PASSWORD and a dynamic password; its secret."""
    staff.set_password(user, PASSWORD, by="system:test", at=HIRED)
    return staff.enrol_totp(user, by="system:test", at=HIRED)


def sign_in(page: Page, user: User, secret: str) -> None:
    """Three fields and Enter, by keyboard alone."""
    page.goto("/sign-in/")
    expect(page.locator("#login")).to_be_focused()
    page.keyboard.type(user.login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(totp.code_at(secret, clock.now()))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="待办")).to_be_visible()
    page.wait_for_load_state("load")


def clean(desk: Desk, n: int = 1) -> Case:
    """A clean case that the third party has passed, with two evidence pages."""
    case = scene.assessed(scene.file(builders.scrappage(n)), desk)
    for kind in ("INV", "REGN"):
        documents.store(jpeg(), case_ref=case.pk, doc_type=kind, page=1, at=scene.FILED, actor="channel:test")
    return case


def test_district_passes_and_bureau_approves_by_keyboard_and_the_trail_shows_it(page: Page, desk: Desk) -> None:
    case = clean(desk)
    reviewer, approver = desk.district(), desk.municipal()
    first_secret, second_secret = enrolled(reviewer), enrolled(approver)

    sign_in(page, reviewer, first_secret)
    page.keyboard.press("t")
    expect(page.get_by_role("heading", name=case.receipt_no)).to_be_visible()
    page.wait_for_load_state("load")
    expect(page.get_by_text("我已锁定")).to_be_visible()
    page.keyboard.press("p")
    expect(page.locator("#dec").get_by_text("通过并送市级复审，16,777.00 元")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("待办已全部办完")).to_be_visible()
    page.wait_for_load_state("load")
    page.get_by_role("button", name="退出登录").click()

    sign_in(page, approver, second_secret)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=case.receipt_no)).to_be_visible()
    page.wait_for_load_state("load")
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    expect(page.get_by_text("待办已全部办完")).to_be_visible()
    case.refresh_from_db()
    assert case.state == "APPROVED"

    page.goto(f"/cases/{case.receipt_no}/")
    trail = page.locator(".hist li").all_inner_texts()
    wanted = ["市级复审通过", "区级初审通过", "领取并锁定", "第三方审核通过", "提交申请"]
    assert [next((line for line in trail if word in line), None) is not None for word in wanted] == [True] * 5
    assert "市级复审通过" in trail[0]


def test_clean_cases_take_two_keystrokes_each_and_no_page_load(enter: Enter, desk: Desk) -> None:
    cases = [clean(desk, n) for n in range(1, 7)]
    page = enter(desk.district())
    page.goto("/")
    page.keyboard.press("t")
    expect(page.get_by_role("heading", name=cases[0].receipt_no)).to_be_visible()
    page.wait_for_load_state("load")
    loads: list[str] = []
    page.on("load", lambda opened: loads.append(opened.url))
    for decided, following in itertools.pairwise(cases):
        page.keyboard.press("p")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=following.receipt_no)).to_be_visible()
        assert page.url.endswith(f"/cases/{following.receipt_no}/")
        assert page.evaluate("document.activeElement !== document.body"), "focus is lost"
        decided.refresh_from_db()
        assert decided.state == "MUNICIPAL_REVIEW"
    assert loads == []


def test_return_takes_the_reasons_of_the_findings_with_two_keystrokes(enter: Enter, desk: Desk) -> None:
    filed = builders.scrappage()
    case = scene.assessed(scene.file(filed, said=builders.answers(filed, {"tax.total_incl_tax": "119800.50"})), desk)
    page = enter(desk.district())
    page.goto(f"/cases/{case.receipt_no}/")
    page.keyboard.press("r")
    drawer = page.get_by_role("dialog", name="退回补正")
    expect(drawer).to_be_visible()
    chosen = drawer.locator("input:checked").evaluate_all("boxes => boxes.map((box) => box.value)")
    assert "V25" in chosen
    expect(drawer.get_by_text("补正告知书")).to_be_visible()
    expect(drawer.get_by_text("请于2026年12月10日24时前补正")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("待办已全部办完")).to_be_visible()
    case.refresh_from_db()
    assert case.state == "RETURNED"
    assert [reason["code"] for reason in case.decisions.get(event="return").reasons] == chosen


def test_letter_follows_what_is_chosen_and_typed(enter: Enter, desk: Desk) -> None:
    case = clean(desk)
    page = enter(desk.district())
    page.goto(f"/cases/{case.receipt_no}/")
    page.keyboard.press("r")
    letter = page.locator("#letter-return")
    page.get_by_label("V24").check()
    expect(letter.get_by_text("银行卡不是本人一类卡")).to_be_visible()
    page.get_by_label("给申请人的补充说明").first.fill("请提供一类卡照片")
    expect(letter.get_by_text("请提供一类卡照片")).to_be_visible()


def test_another_district_finds_no_such_page(enter: Enter, desk: Desk) -> None:
    case = clean(desk)
    page = enter(desk.district("haidian"))
    response = page.goto(f"/cases/{case.receipt_no}/")
    assert response is not None
    assert response.status == 404
    expect(page.get_by_role("heading", name="找不到这个页面")).to_be_visible()
    page.goto("/all/")
    assert case.receipt_no not in page.content()


def test_manual_finding_is_settled_in_place_and_then_passed(enter: Enter, desk: Desk) -> None:
    filed = builders.scrappage()
    case = scene.assessed(scene.file(filed, said=builders.answers(filed, {"police_answered": False})), desk)
    page = enter(desk.district())
    page.goto(f"/cases/{case.receipt_no}/")
    page.keyboard.press("p")
    blocked = page.locator('[data-face-open="pass"]')
    expect(blocked).to_be_focused()
    expect(page.locator("#why")).to_contain_text("公安")
    page.get_by_label("核查情况和依据").fill("已电话核实")
    page.get_by_role("button", name="核查通过").click()
    expect(page.get_by_text("已核查：通过")).to_be_visible()
    page.keyboard.press("p")
    expect(page.locator("#dec").get_by_text("通过并送市级复审")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("待办已全部办完")).to_be_visible()


def test_stale_page_explains_and_keeps_what_was_typed(enter: Enter, desk: Desk) -> None:
    case = clean(desk)
    page = enter(desk.district())
    page.goto(f"/cases/{case.receipt_no}/")
    page.keyboard.press("r")
    page.get_by_label("V24").check()
    comment = page.locator("#return-comment")
    comment.fill("请更换银行卡")
    scene.assessed(case, desk, at=when("03-16 09:59"))
    comment.press("Control+Enter")
    banner = page.locator("#banner")
    expect(banner).to_contain_text("本件已更新，没有办理")
    assert comment.input_value() == "请更换银行卡"
    banner.get_by_role("button", name="用新版继续").click()
    expect(banner).to_be_empty()
    assert page.locator("#return-comment").input_value() == "请更换银行卡"
    expect(page.get_by_label("V24")).to_be_checked()
    page.locator("#return-comment").press("Control+Enter")
    expect(page.get_by_text("待办已全部办完")).to_be_visible()
    case.refresh_from_db()
    assert case.state == "RETURNED"


def test_two_reviewers_see_each_other_and_one_decides(enter: Enter, desk: Desk) -> None:
    case = clean(desk)
    colleague = desk.district(number=2)
    review.take(case.pk, by=colleague, at=when("03-16 09:55"))
    page = enter(desk.district())
    page.goto(f"/cases/{case.receipt_no}/")
    expect(page.locator("#presence")).to_contain_text(f"{colleague.display_name}已锁定")
    page.keyboard.press("p")
    expect(page.locator("#why")).to_contain_text("已锁定本件至10:25")
    page.keyboard.press("Enter")
    case.refresh_from_db()
    assert case.state == "DISTRICT_REVIEW"
