"""Reads: what each person sees, finds and counts, and that every order has its index."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from policy.errors import Refused
from review import selectors, services
from review.models import Case
from staff.models import User
from tests import builders, scene
from tests.actors import Desk
from tests.builders import when

AT = when("03-16 10:00")
pytestmark = pytest.mark.usefixtures("funded")


def listed(user: User, sort: str = "age", **filters: Any) -> list[int]:
    return [case.pk for case in selectors.queue(user, filters, at=AT, sort=sort)]


class TestScope:
    @pytest.fixture
    def chaoyang(self) -> Case:
        return scene.file(builders.scrappage(1))

    def test_another_district_sees_nothing_by_any_door(self, chaoyang: Case, desk: Desk) -> None:
        outsider = desk.district("haidian")
        assert not selectors.visible(outsider).exists()
        for view in ("todo", "mine", "all"):
            assert listed(outsider, view=view) == []
        for text in (chaoyang.receipt_no, builders.scrappage(1)["new_vehicle"]["vin"], chaoyang.external_no):
            assert listed(outsider, view="all", text=text) == []
        assert listed(outsider, view="all", district="chaoyang") == []
        assert listed(outsider, state="DISTRICT_REVIEW") == []
        assert selectors.counted(selectors.queue(outsider, {"view": "all"}, at=AT)) == (0, False)
        assert selectors.next_case(outsider, at=AT) is None
        assert not selectors.may_see_documents(chaoyang.pk, outsider)
        assert not selectors.may_see_person(chaoyang.receipt_no, chaoyang.person_id or 0, outsider)

    def test_the_door_says_the_same_of_none_and_of_not_theirs(self, chaoyang: Case, desk: Desk) -> None:
        answers = []
        for user, receipt in ((desk.district("haidian"), chaoyang.receipt_no), (desk.district(), "S-260101-00000")):
            with pytest.raises(Refused) as refusal:
                selectors.access_case(user, receipt)
            answers.append(refusal.value.as_dict())
        assert answers[0] == answers[1]
        assert answers[0]["code"] == "not_found"

    def test_the_district_and_those_above_see_it(self, chaoyang: Case, desk: Desk) -> None:
        for user in (desk.district(), desk.municipal(), desk.third_party(), desk.holder("auditor")):
            assert selectors.access_case(user, chaoyang.receipt_no) == chaoyang
            assert listed(user, view="all") == [chaoyang.pk]

    @pytest.mark.parametrize("role", ["hotline", "system_admin", "security_admin", "audit_admin"])
    def test_roles_that_do_not_view_cases_see_none(self, role: str, chaoyang: Case, desk: Desk) -> None:
        assert listed(desk.holder(role), view="all") == []

    def test_of_a_person_only_the_one_of_the_case_may_be_shown(self, chaoyang: Case, desk: Desk) -> None:
        other = scene.file(builders.scrappage(2))
        assert selectors.may_see_person(chaoyang.receipt_no, chaoyang.person_id or 0, desk.district())
        assert not selectors.may_see_person(chaoyang.receipt_no, other.person_id or 0, desk.district())


class TestTodo:
    def test_each_stage_has_its_own(self, desk: Desk) -> None:
        fresh = scene.file(builders.scrappage(1))
        checked = scene.assessed(scene.file(builders.scrappage(2)), desk)
        passed = scene.at_municipal(desk, builders.scrappage(3))
        proposed = scene.file(builders.scrappage(4))
        services.decide(proposed.pk, "reject", by=desk.district(), at=AT, reasons=["V27"])
        scene.file(builders.without_page(builders.scrappage(5), "INV"))
        assert listed(desk.district()) == [fresh.pk, checked.pk]
        assert listed(desk.municipal()) == [passed.pk, proposed.pk]
        assert listed(desk.third_party()) == [fresh.pk]
        assert listed(desk.holder("auditor")) == []

    def test_mine_is_what_i_hold_now(self, desk: Desk) -> None:
        case = scene.file()
        services.take(case.pk, by=desk.district(), at=AT)
        assert listed(desk.district(), view="mine") == [case.pk]
        assert listed(desk.district(number=2), view="mine") == []
        Case.objects.update(lock_until=AT)
        assert listed(desk.district(), view="mine") == []

    def test_the_next_case_is_one_nobody_holds_and_i_may_work_on(self, desk: Desk) -> None:
        held, stayed_out, free = (scene.file(builders.scrappage(n)) for n in (1, 2, 3))
        services.take(held.pk, by=desk.district(number=2), at=AT)
        services.recuse(stayed_out.pk, by=desk.district(), at=AT)
        assert selectors.next_case(desk.district(), at=AT) == free
        assert selectors.next_case(desk.district(), at=AT, after=free) is None
        assert selectors.next_case(desk.district(number=2), at=AT) == held


class TestFilters:
    def test_each_narrows(self, desk: Desk) -> None:
        clean = scene.file(builders.scrappage(1))
        doubtful = scene.file(builders.scrappage(2), said={})
        other = scene.file(builders.replacement(3))
        everyone = desk.municipal()
        for filters, expected in (
            ({"scheme": builders.REPLACEMENT}, [other]),
            ({"district": "chaoyang"}, [clean, doubtful]),
            ({"outcome": "manual"}, [doubtful]),
            ({"clean": True}, [clean, other]),
            ({"manual": True}, [doubtful]),
            ({"corrected": True}, []),
            ({"amount_from": builders.SCRAPPAGE_FEN}, [clean, doubtful]),
            ({"amount_to": builders.SCRAPPAGE_FEN - 1}, [other]),
            ({"due_before": when("03-02 09:00")}, []),
            ({"due_before": when("03-06 09:00")}, [clean, doubtful, other]),
            ({"state": ["RETURNED", "APPROVED"]}, []),
            ({"state": "DISTRICT_REVIEW", "clean": True}, [clean, other]),
        ):
            assert listed(everyone, **{"view": "all", **filters}) == [case.pk for case in expected], filters


class TestSearch:
    @pytest.fixture
    def target(self) -> Case:
        scene.file(builders.scrappage(2))
        return scene.file(builders.scrappage(4711))

    def test_finds_by_everything_that_people_read_out(self, target: Case, desk: Desk) -> None:
        filed = builders.scrappage(4711)
        number = target.receipt_no.rsplit("-", 1)[1]
        old, new = filed["old_vehicle"]["vin"], filed["new_vehicle"]["vin"]
        for text in (
            target.receipt_no,
            target.receipt_no.lower(),
            number,
            number.lstrip("0"),
            old,
            new.lower(),
            f"  {new}  ",
            new[-6:],
            filed["external_no"],
        ):
            assert listed(desk.district(), view="all", text=text) == [target.pk], text

    def test_finds_by_the_whole_name_only(self, target: Case, desk: Desk) -> None:
        name = builders.scrappage(4711)["applicant"]["name"]
        assert listed(desk.district(), view="all", text=name) == [target.pk]
        assert listed(desk.district(), view="all", text=name[:2]) == []

    def test_the_tail_of_a_long_number_is_not_a_vin(self, target: Case, desk: Desk) -> None:
        for text in ("QG20260301" + "004711", "LSVAA49J9K2004711"):
            assert listed(desk.district(), view="all", text=text) == []

    @pytest.mark.parametrize("text", ["0", "000", "%", "_", "' OR 1=1 --", "x" * 500, "\U0001f697"])
    def test_odd_texts_find_nothing_and_break_nothing(self, text: str, target: Case, desk: Desk) -> None:
        assert listed(desk.district(), view="all", text=text) == []

    def test_no_personal_value_stands_in_the_keys(self, target: Case) -> None:
        filed = builders.scrappage(4711)
        kept = str(list(target.keys.values("kind", "value")))
        for secret in (filed["applicant"]["name"], filed["applicant"]["id_number"], filed["bank_account"]["number"]):
            assert secret not in kept


def test_a_count_stops_at_its_cap(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "COUNT_CAP", 2)
    rows = selectors.queue(desk.district(), {}, at=AT)
    for n, expected in ((1, (1, False)), (2, (2, False)), (3, (2, True)), (4, (2, True))):
        scene.file(builders.scrappage(n))
        assert selectors.counted(rows) == expected


class TestIndexes:
    """With sorting forbidden the planner walks an index, or shows that there is none for this order."""

    @pytest.mark.parametrize("sort", selectors.SORTS)
    @pytest.mark.parametrize("view", ["todo", "all"])
    @pytest.mark.parametrize("role", ["district", "municipal", "third_party"])
    def test_every_order_of_every_desk_is_served_by_one(self, sort: str, role: str, view: str, desk: Desk) -> None:
        rows = selectors.queue(getattr(desk, role)(), {"view": view}, at=AT, sort=sort)
        assert "Sort" not in self.plan(rows[:50])

    @pytest.mark.parametrize("text", ["004711", "S-260302-00001", "测试甲"])
    def test_a_search_goes_from_the_keys_to_the_cases_and_never_walks_the_cases(self, text: str, desk: Desk) -> None:
        plan = self.plan(selectors.queue(desk.municipal(), {"view": "all", "text": text}, at=AT)[:50], "seqscan")
        # A SubPlan beside another condition is a filter over every case; a join starts from what was found.
        assert "SubPlan" not in plan
        assert "Seq Scan" not in plan

    def plan(self, rows: Any, *forbidden: str) -> str:
        with connection.cursor() as cursor:
            for step in forbidden or ("sort", "seqscan"):
                cursor.execute(f"SET LOCAL enable_{step} = off")
        return str(rows.explain())
