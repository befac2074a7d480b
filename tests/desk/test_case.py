"""The case page: what it shows, what it refuses, what a decision leads to."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from audit.models import Event
from documents import services as documents
from review import services as review
from review.models import Case, Presence
from staff.models import User
from tests import builders, scene
from tests.actors import Desk
from tests.builders import when
from tests.pictures import jpeg

pytestmark = pytest.mark.usefixtures("funded")

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
MOST_QUERIES = 15


def silent(n: int = 1) -> Case:
    """A case whose police question is open: one manual finding."""
    filed = builders.scrappage(n)
    return scene.file(filed, said=builders.answers(filed, {"police_answered": False}))


def text(response: Any) -> str:
    return str(response.content.decode())


def post(client: Client, case: Case, name: str, **values: Any) -> Any:
    return client.post(f"/cases/{case.receipt_no}/{name}/", values, headers=HTMX)


def test_page_shows_findings_with_clause_and_inputs_masked(desk: Desk, signed_in: SignIn) -> None:
    case = silent()
    page = text(signed_in(desk.district()).get(f"/cases/{case.receipt_no}/"))
    assert "V-C-18" in page
    assert "《方案》四" in page
    assert "16,777.00" in page
    applicant = builders.scrappage()["applicant"]
    for secret in (applicant["id_number"], applicant["name"], applicant["phone"]):
        assert secret not in page


@pytest.mark.parametrize("partial", [False, True])
def test_page_takes_few_queries(
    partial: bool, desk: Desk, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    case = scene.assessed(silent(), desk)
    for n in range(2, 6):
        scene.file(builders.scrappage(n))
    for kind in ("ID", "INV", "REGN"):
        documents.store(jpeg(), case_ref=case.pk, doc_type=kind, page=1, at=scene.FILED, actor="channel:test")
    client = signed_in(desk.district())
    client.get("/all/")
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(f"/cases/{case.receipt_no}/", headers=HTMX if partial else {}).status_code == 200


def test_partial_request_gets_the_main_part_alone(desk: Desk, signed_in: SignIn) -> None:
    case = scene.file()
    page = text(signed_in(desk.district()).get(f"/cases/{case.receipt_no}/", headers=HTMX))
    assert page.startswith('<main class="case"')
    assert "<html" not in page


def test_pass_is_blocked_with_the_reason_and_focusable(desk: Desk, signed_in: SignIn) -> None:
    case = scene.assessed(silent(), desk)
    page = text(signed_in(desk.district()).get(f"/cases/{case.receipt_no}/"))
    button = re.search(r'<button[^>]*data-face-open="pass"[^>]*>', page)
    assert button is not None
    assert 'aria-disabled="true"' in button[0]
    assert " disabled" not in button[0]
    reason = re.search(r'id="why-pass">([^<]+)<', page)
    assert reason is not None
    assert "公安" in reason[1]


@pytest.mark.parametrize(
    ("who", "keys"),
    [("own", ["p", "r", "j"]), ("municipal", []), ("third_party", ["p", "j"]), ("auditor", [])],
)
def test_bar_offers_what_the_post_may_decide_now(who: str, keys: list[str], desk: Desk, signed_in: SignIn) -> None:
    case = scene.file()
    accounts: dict[str, Callable[[], User]] = {
        "own": desk.district,
        "municipal": desk.municipal,
        "third_party": desk.third_party,
        "auditor": lambda: desk.holder("auditor"),
    }
    account = accounts[who]()
    page = text(signed_in(account).get(f"/cases/{case.receipt_no}/"))
    assert re.findall(r'data-face-open="[^"]+" data-key="(\w)"', page) == keys


def test_district_pass_opens_the_next_case_claimed(desk: Desk, signed_in: SignIn) -> None:
    first, second = (scene.assessed(scene.file(builders.scrappage(n)), desk) for n in (1, 2))
    client = signed_in(desk.district())
    response = post(client, first, "decide", event="pass", version=first.version, next=second.receipt_no)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.state == "MUNICIPAL_REVIEW"
    assert response["HX-Push-Url"] == f"/cases/{second.receipt_no}/"
    assert second.lock_by == desk.district()
    page = text(response)
    assert f'data-case="{second.receipt_no}"' in page
    assert f'data-done="{first.receipt_no} 已通过，送市级复审"' in page


def test_last_case_leads_back_to_the_queue(desk: Desk, signed_in: SignIn) -> None:
    case = scene.assessed(scene.file(), desk)
    response = post(signed_in(desk.district()), case, "decide", event="pass", version=case.version)
    assert response["HX-Redirect"] == "/"


def test_announced_next_case_that_somebody_took_is_passed_over(desk: Desk, signed_in: SignIn) -> None:
    cases = [scene.assessed(scene.file(builders.scrappage(n)), desk) for n in (1, 2, 3)]
    review.take(cases[1].pk, by=desk.district(number=2), at=when("03-16 09:59"))
    response = post(
        signed_in(desk.district()), cases[0], "decide", event="pass", version=cases[0].version, next=cases[1].receipt_no
    )
    assert response["HX-Push-Url"] == f"/cases/{cases[2].receipt_no}/"


def test_refusal_stands_beside_the_bar_with_rule_and_clause(desk: Desk, signed_in: SignIn) -> None:
    case = scene.assessed(silent(), desk)
    response = post(signed_in(desk.district()), case, "decide", event="pass", version=case.version)
    case.refresh_from_db()
    assert (response.status_code, response["HX-Retarget"], case.state) == (409, "#banner", "DISTRICT_REVIEW")
    assert "V-C-18" in text(response)
    assert "京商流通字〔2026〕2号" in text(response)
    assert "<main" not in text(response), "the page with what was typed stays"


def test_stale_page_cannot_decide_and_offers_the_new_version(desk: Desk, signed_in: SignIn) -> None:
    case = scene.assessed(scene.file(), desk)
    response = post(signed_in(desk.district()), case, "decide", event="return", version=case.version - 1, comment="x")
    case.refresh_from_db()
    assert (response.status_code, case.state) == (409, "DISTRICT_REVIEW")
    assert "没有丢失" in text(response)
    assert f'hx-get="/cases/{case.receipt_no}/"' in text(response)


def test_case_locked_by_a_colleague_says_who_and_until_when(desk: Desk, signed_in: SignIn) -> None:
    case = scene.assessed(scene.file(), desk)
    review.take(case.pk, by=desk.district(number=2), at=when("03-16 09:50"))
    client = signed_in(desk.district())
    page = text(client.get(f"/cases/{case.receipt_no}/"))
    name = desk.district(number=2).display_name
    assert f"{name}已锁定" in page
    assert "至 10:20" in page
    response = post(client, case, "decide", event="pass", version=case.version)
    assert response.status_code == 409
    assert name in text(response)


def test_return_uses_the_reasons_that_findings_bring(desk: Desk, signed_in: SignIn) -> None:
    filed = builders.scrappage()
    case = scene.file(filed, said=builders.answers(filed, {"tax.status": "unknown", "police_answered": False}))
    client = signed_in(desk.district())
    response = post(
        client, case, "decide", event="return", version=case.version, reasons=["V25"], comment="请核对发票。"
    )
    case.refresh_from_db()
    assert (response.status_code, case.state) == (200, "RETURNED")
    decision = case.decisions.get(event="return")
    assert [reason["code"] for reason in decision.reasons] == ["V25"]
    page = text(client.get(f"/cases/{case.receipt_no}/"))
    assert "区级初审退回补正" in page
    assert "请核对发票。" in page
    assert "待补正" in page or "停" in page


@pytest.mark.parametrize(
    ("reasons", "comment", "status"), [(["V99"], "", 422), ([], "", 422), (["V22"], "", 422), (["V01"], "", 200)]
)
def test_reject_needs_a_ground_that_rejects(
    reasons: list[str], comment: str, status: int, desk: Desk, signed_in: SignIn
) -> None:
    case = scene.file()
    values = {"event": "reject", "version": case.version, "reasons": reasons, "comment": comment}
    response = post(signed_in(desk.district()), case, "decide", **values)
    case.refresh_from_db()
    assert response.status_code == status, text(response)
    assert case.state == ("PROPOSED_REJECT" if status == 200 else "DISTRICT_REVIEW")


def test_municipal_approver_passes_and_the_trail_shows_both(desk: Desk, signed_in: SignIn) -> None:
    case = scene.at_municipal(desk)
    client = signed_in(desk.municipal())
    response = post(client, case, "decide", event="pass", version=case.version)
    case.refresh_from_db()
    assert (response["HX-Redirect"], case.state) == ("/", "APPROVED")
    page = text(client.get(f"/cases/{case.receipt_no}/"))
    for line in ("区级初审通过", "市级复审通过", "第三方审核通过", "核定补贴"):
        assert line in page, line


def test_back_to_the_district_needs_no_reason_code(desk: Desk, signed_in: SignIn) -> None:
    case = scene.at_municipal(desk)
    post(signed_in(desk.municipal()), case, "decide", event="back", version=case.version, comment="请再核对发票")
    case.refresh_from_db()
    assert (case.state, case.round) == ("DISTRICT_REVIEW", 2)


def test_recused_person_sees_every_button_blocked(desk: Desk, signed_in: SignIn) -> None:
    case = scene.assessed(scene.file(), desk)
    client = signed_in(desk.district())
    assert post(client, case, "decide", event="recuse", comment="亲属").status_code == 200
    page = text(client.get(f"/cases/{case.receipt_no}/"))
    assert page.count("您已回避本件，不能办理。") >= 3


def test_manual_finding_is_settled_with_a_reason_and_opens_the_pass(desk: Desk, signed_in: SignIn) -> None:
    case = scene.assessed(silent(), desk)
    client = signed_in(desk.district())
    without = post(client, case, "clear", rule="V-C-18", result="pass", comment=" ")
    assert (without.status_code, "请写明核查情况和依据" in text(without)) == (422, True)
    response = post(client, case, "clear", rule="V-C-18", result="pass", comment="已电话核实公安交管")
    page = text(response)
    assert response.status_code == 200
    assert "已电话核实公安交管" in page
    assert "已核查：通过" in page
    assert 'data-face="pass"' in page


def test_third_party_says_pass_or_why_not(desk: Desk, signed_in: SignIn) -> None:
    case = scene.file()
    client = signed_in(desk.third_party())
    assert post(client, case, "assess", event="assess-fail", comment="").status_code == 422
    assert post(client, case, "assess", event="assess-fail", comment="发票影像不清").status_code == 200
    case.refresh_from_db()
    assert case.opinion == "fail"
    assert "发票影像不清" in text(client.get(f"/cases/{case.receipt_no}/"))
    assert post(client, case, "assess", event="assess-pass").status_code == 200
    case.refresh_from_db()
    assert case.opinion == "pass"


def test_answer_on_paper_is_entered_and_judged_again(desk: Desk, signed_in: SignIn) -> None:
    case = silent()
    client = signed_in(desk.district())
    response = post(client, case, "answers/police", police_answered="true")
    case.refresh_from_db()
    assert (response.status_code, case.outcome, case.open_manual) == (200, "pass", 0)
    bad = post(client, case, "answers/tax", total_incl_tax="12x")
    assert bad.status_code == 422
    assert client.post(f"/cases/{case.receipt_no}/answers/bank/", headers=HTMX).status_code == 404


def test_page_found_illegible_by_staff_returns_the_case_to_the_rules(desk: Desk, signed_in: SignIn) -> None:
    case = scene.file()
    page = documents.store(
        jpeg(), case_ref=case.pk, doc_type="INV", page=1, at=scene.FILED, actor="channel:test", legible=True
    )
    client = signed_in(desk.district())
    response = post(client, case, f"documents/{page.pk}", verdict="illegible")
    case.refresh_from_db()
    assert (response.status_code, case.outcome) == (200, "return")
    assert "已核对不清晰" in text(response)
    assert post(client, case, f"documents/{page.pk}", verdict="").status_code == 422
    foreign = scene.file(builders.scrappage(2))
    assert post(client, foreign, f"documents/{page.pk}", verdict="good").status_code == 404


def test_full_data_needs_a_purpose_and_leaves_an_event(desk: Desk, signed_in: SignIn) -> None:
    case = scene.file()
    client = signed_in(desk.district())
    number = builders.scrappage()["applicant"]["id_number"]
    without = post(client, case, "reveal", purpose="")
    assert (without.status_code, number in text(without)) == (422, False)
    assert not Event.objects.filter(verb="person.revealed").exists()
    shown = post(client, case, "reveal", purpose="核对申请材料")
    assert number in text(shown)
    event = Event.objects.get(verb="person.revealed")
    assert event.data["purpose"] == "核对申请材料"
    assert number not in str(event.data)


def test_letter_follows_the_chosen_reasons(desk: Desk, signed_in: SignIn) -> None:
    case = scene.file()
    client = signed_in(desk.district())
    page = text(post(client, case, "letter/return", reasons=["V22", "V24"], comment="请尽快"))
    assert page.count('<p class="ind">') == 5
    for piece in (
        "补正告知书",
        "申报材料缺少或不清晰",
        "银行卡不是本人一类卡",
        "请尽快",
        "2026年12月10日24时前",
        "朝阳区",
    ):
        assert piece in page, piece
    assert client.post(f"/cases/{case.receipt_no}/letter/back/", headers=HTMX).status_code == 404


def test_watchers_and_a_moved_case_are_shown(desk: Desk, signed_in: SignIn) -> None:
    case = scene.file()
    colleague = desk.district(number=2)
    Presence.objects.create(case=case, user=colleague, seen_at=when("03-16 09:59:30"))
    client = signed_in(desk.district())
    page = text(post(client, case, "watch", version=case.version))
    assert f"{colleague.display_name}" in page
    assert "正在看" in page
    assert "已更新到版本" not in page
    scene.assessed(case, desk)
    assert "已更新到版本 2" in text(post(client, case, "watch", version=1))


def test_evidence_is_a_drawn_picture_nobody_may_keep(desk: Desk, signed_in: SignIn) -> None:
    case = scene.file()
    page = documents.store(jpeg(), case_ref=case.pk, doc_type="INV", page=1, at=scene.FILED, actor="channel:test")
    client = signed_in(desk.district())
    response: Any = client.get(f"/documents/{page.pk}/1/")
    assert b"".join(response.streaming_content).startswith(b"\xff\xd8")
    assert response["Content-Type"] == "image/jpeg"
    assert "no-store" in response["Cache-Control"]
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.get(f"/documents/{page.pk}/2/").status_code == 404


def test_next_releases_this_claim_and_takes_another(desk: Desk, signed_in: SignIn) -> None:
    first, second = (scene.file(builders.scrappage(n)) for n in (1, 2))
    client = signed_in(desk.district())
    post(client, first, "take")
    response = post(client, first, "next")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.lock_by, second.lock_by) == (None, desk.district())
    assert response["HX-Push-Url"] == f"/cases/{second.receipt_no}/"
    assert post(client, second, "release").status_code == 200
    second.refresh_from_db()
    assert second.lock_by is None
