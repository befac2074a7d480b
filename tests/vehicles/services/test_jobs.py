"""J-12 and J-13 through the real job runner: what time does to applications (catalogue §10)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from applications.vehicles import jobs
from applications.vehicles import services as vehicles
from applications.vehicles.models import VehicleApplication
from audit.models import Event
from exchange import outbox
from exchange.models import AuthorityQuestion, OutboxMessage
from ledger.models import Posting
from nightly import services as nightly
from policy.clock import local
from policy.errors import Refused
from review.models import Case
from review.services import decide
from tests import builders, scene
from tests.actors import Desk
from tests.builders import REPLACEMENT, SCRAPPAGE, when

pytestmark = pytest.mark.usefixtures("funded")

MIDNIGHT = when("12-11 00:00")


def run(job: str, at: datetime, day: date | None = None) -> nightly.Ran:
    return nightly.run(job, day or local(at).date(), at=at, actor="system:test")


def incomplete(scheme: str, n: int = 1) -> Case:
    return scene.file(builders.without_page(builders.FILINGS[scheme](n), "INV"))


@pytest.mark.proves("V-C-05", "V-R-09")
class TestDeadline:
    def test_at_midnight_what_was_not_cured_ends_and_its_money_is_free(self, desk: Desk) -> None:
        returned, refused = incomplete(SCRAPPAGE, 1), incomplete(REPLACEMENT, 2)
        by_staff = decide(
            scene.file(builders.replacement(3)).pk,
            "return",
            by=desk.district("haidian"),
            at=when("12-09 09:00"),
            reasons=["V24"],
        )
        reviewed = scene.file(builders.scrappage(4))
        assert scene.money()["reserved"] == 2 * builders.SCRAPPAGE_FEN + builders.REPLACEMENT_FEN
        ran = run("J-13", MIDNIGHT)
        assert ran.counts == {"rejected": 2, "final_not_accepted": 1, "reminders": 0}
        states = [Case.objects.get(pk=case.pk).state for case in (returned, refused, by_staff, reviewed)]
        assert states == ["REJECTED", "NOT_ACCEPTED_FINAL", "REJECTED", "DISTRICT_REVIEW"]
        assert scene.money()["reserved"] == builders.SCRAPPAGE_FEN
        assert Posting.objects.filter(kind="release").count() == 2
        ended = Case.objects.get(pk=returned.pk)
        assert ended.closed_at == MIDNIGHT
        assert ended.decisions.get(event="expire").actor == "system:J-13"

    def test_a_second_before_nothing_ends(self) -> None:
        incomplete(SCRAPPAGE)
        ran = run("J-13", when("12-10 23:59:59"))
        assert ran.counts["rejected"] == 0
        assert Case.objects.get().state == "RETURNED"

    def test_twice_is_once_even_on_another_day(self) -> None:
        incomplete(SCRAPPAGE)
        run("J-13", MIDNIGHT)
        before = scene.snapshot()
        assert run("J-13", when("12-11 05:00")).fresh is False
        assert scene.snapshot() == before
        assert run("J-13", when("12-12 00:00")).counts["rejected"] == 0

    def test_an_applicant_may_file_no_more_but_also_is_free_of_the_old_case(self) -> None:
        case = incomplete(REPLACEMENT)
        run("J-13", MIDNIGHT)
        case.refresh_from_db()
        assert case.state == "NOT_ACCEPTED_FINAL"
        with pytest.raises(Refused, match="rule V-C-04"):
            scene.file(builders.replacement(2, person=1), at=MIDNIGHT)


class TestReminders:
    @pytest.mark.parametrize("day", ["11-16", "11-25", "12-05", "12-09"])
    def test_go_out_on_their_days_once(self, day: str) -> None:
        case = incomplete(SCRAPPAGE)
        at = when(f"{day} 00:00")
        assert run("J-13", at).counts["reminders"] == 1
        assert jobs.deadlines(local(at).date(), at)["reminders"] == 0
        message = OutboxMessage.objects.get(topic=jobs.REMINDER_TOPIC)
        assert message.payload == {"case": case.pk}
        assert outbox.dispatch(at=at).sent == 1
        assert Event.objects.filter(verb="notice.reminded", object_id=case.receipt_no).count() == 1

    @pytest.mark.parametrize("day", ["11-15", "11-17", "12-10"])
    def test_not_on_others(self, day: str) -> None:
        incomplete(SCRAPPAGE)
        assert run("J-13", when(f"{day} 00:00")).counts["reminders"] == 0

    def test_only_to_who_owes_something(self, desk: Desk) -> None:
        scene.file()
        assert run("J-13", when("12-05 00:00")).counts["reminders"] == 0

    def test_a_missed_night_is_reminded_of_later_under_its_own_day(self) -> None:
        incomplete(SCRAPPAGE)
        assert run("J-13", when("12-06 09:07"), date(2026, 12, 5)).counts["reminders"] == 1
        assert run("J-13", when("12-06 09:07")).counts["reminders"] == 0


@pytest.mark.proves("V-C-12", "V-R-07")
class TestOwnership:
    AT = when("03-20 03:30")

    def test_asks_the_police_about_open_files_and_not_about_ended_ones(self, desk: Desk) -> None:
        reviewed, passed = scene.file(builders.scrappage(1)), scene.approved(desk, builders.scrappage(2))
        gone = scene.file(builders.scrappage(3))
        vehicles.withdraw(gone.pk, at=when("03-19 09:00"), actor="applicant")
        assert run("J-12", self.AT).counts == {"checked": 2, "changed": 0, "asked": 2, "unreadable": 0}
        asked = AuthorityQuestion.objects.filter(state="open").values_list("case_ref", flat=True)
        assert set(asked) == {reviewed.pk, passed.pk}

    def test_does_not_ask_while_a_question_is_open(self) -> None:
        scene.file(said={})
        assert run("J-12", self.AT).counts["asked"] == 0

    def test_judges_by_what_is_known_now(self, desk: Desk) -> None:
        case = scene.approved(desk)
        self.whisper(case, {"new_owner_id_now": builders.resident_id(9)})
        assert run("J-12", self.AT).counts["changed"] == 1
        case.refresh_from_db()
        assert (case.state, case.outcome) == ("MUNICIPAL_REVIEW", "reject")

    def test_a_replaced_car_that_came_back_is_found(self, desk: Desk) -> None:
        case = scene.file(builders.replacement())
        self.whisper(case, {"old_owner_id_now": builders.resident_id(1)})
        run("J-12", self.AT)
        latest = Case.objects.get(pk=case.pk).evaluations.order_by("-seq")[0]
        assert [r["rule"] for r in latest.findings if r["outcome"] == "reject"] == ["V-R-07"]

    def test_a_file_that_cannot_be_judged_does_not_stop_the_others(self) -> None:
        first, second = scene.file(builders.scrappage(1)), scene.file(builders.scrappage(2))
        self.whisper(first, {"tax": {"status": "nonsense"}})
        self.whisper(second, {"new_owner_id_now": builders.resident_id(9)})
        counts = run("J-12", self.AT).counts
        assert (counts["unreadable"], counts["changed"]) == (1, 1)

    def test_nothing_new_changes_nothing(self) -> None:
        case = scene.file()
        run("J-12", self.AT)
        assert Case.objects.get(pk=case.pk).version == case.version

    def whisper(self, case: Case, values: dict[str, Any]) -> None:
        """What an authority's register says now, without anybody having looked."""
        application = VehicleApplication.objects.get(case=case)
        application.answers = {**application.answers, **values}
        application.save()
