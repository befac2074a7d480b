"""What a filing leads to: states of contract §3, one live application per person (V-C-03), money, the attempt kept."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection

from applications.vehicles import services
from applications.vehicles.models import FilingAttempt, VehicleApplication
from audit.models import Event
from exchange.models import AuthorityQuestion
from ledger.models import Hold
from people.models import Person
from policy.errors import InputError, Refused
from review.models import Case
from tests import builders, scene
from tests.actors import Desk
from tests.builders import REPLACEMENT, SCRAPPAGE, when

AT = when("03-02 09:00")


def submit(filed: Mapping[str, Any], *, said: Mapping[str, Any] | None = None, **more: Any) -> services.Submission:
    more.setdefault("at", AT)
    known = builders.answers(filed) if said is None else said
    return services.submit(filed, actor="channel:test", answers=known, **more)


def refusal_of(filed: Mapping[str, Any], **more: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        submit(filed, **more)
    return refusal.value


@pytest.mark.usefixtures("funded")
class TestStates:
    @pytest.mark.parametrize(
        ("filed", "changes", "state", "outcome"),
        [
            (builders.scrappage(), {}, "DISTRICT_REVIEW", "pass"),
            (builders.replacement(), {}, "DISTRICT_REVIEW", "pass"),
            (builders.scrappage(), {"tax": None}, "DISTRICT_REVIEW", "manual"),
            (builders.scrappage(), {"new_owner_id_now": builders.resident_id(9)}, "DISTRICT_REVIEW", "reject"),
            (builders.without_page(builders.scrappage(), "RECYC"), {}, "RETURNED", "return"),
            (builders.without_page(builders.replacement(), "UCINV"), {}, "NOT_ACCEPTED", "not_accepted"),
        ],
    )
    def test_state_follows_the_worst_finding(
        self, filed: dict[str, Any], changes: dict[str, Any], state: str, outcome: str
    ) -> None:
        done = submit(filed, said=builders.answers(filed, changes))
        assert (done.state, done.case.state, done.case.outcome) == (state, state, outcome)

    def test_answer_holds_every_finding_and_the_amount(self) -> None:
        done = submit(builders.scrappage())
        assert done.amount_fen == builders.SCRAPPAGE_FEN
        assert {"V-C-03", "V-C-04", "V-S-08"} <= {finding.rule for finding in done.findings}

    def test_nothing_is_payable_while_rejected_but_the_sum_is_known_and_held(self) -> None:
        done = submit(builders.scrappage(), said=builders.answers(builders.scrappage(), {"new_owner_id_now": "1" * 18}))
        assert (done.amount_fen, done.case.amount_fen, done.case.computed_fen) == (None, None, builders.SCRAPPAGE_FEN)
        assert scene.money()["reserved"] == builders.SCRAPPAGE_FEN

    def test_silent_authorities_are_asked(self) -> None:
        case = submit(builders.scrappage(), said={}).case
        kinds = AuthorityQuestion.objects.filter(case_ref=case.pk, state="open").values_list("kind", flat=True)
        assert sorted(kinds) == ["police", "tax"]

    def test_who_answered_is_not_asked(self) -> None:
        case = submit(builders.scrappage()).case
        assert not AuthorityQuestion.objects.filter(case_ref=case.pk).exists()

    def test_receipt_numbers_tell_scheme_and_day_and_never_repeat(self) -> None:
        first, second = submit(builders.scrappage(1)).case, submit(builders.replacement(2)).case
        assert first.receipt_no.startswith("S-260302-")
        assert second.receipt_no.startswith("R-260302-")
        assert first.receipt_no[-5:] != second.receipt_no[-5:]

    def test_the_national_systems_time_counts_where_it_is_passed(self) -> None:
        case = submit(builders.scrappage(), submitted_at=when("03-01 08:00")).case
        assert (case.submitted_at, case.queue_at) == (when("03-01 08:00"), when("03-01 08:00"))
        assert case.receipt_no.startswith("S-260301-")


@pytest.mark.usefixtures("funded")
class TestInput:
    @pytest.mark.parametrize(
        ("path", "value", "field"),
        [
            ("applicant.id_number", "11010119800101002", "applicant.id_number"),
            ("invoice.total_incl_tax", "139800.505", "invoice.total_incl_tax"),
            ("new_vehicle.vin", "LGXCE6CD0T0000002", "new_vehicle.vin"),
            ("district", "pudong", "district"),
            ("scheme", "vehicle-rental", "scheme"),
            ("correction_submitted_at", "2026-03-09T10:00:00+08:00", "correction_submitted_at"),
        ],
    )
    def test_what_cannot_be_read_names_its_field_and_stores_nothing(self, path: str, value: str, field: str) -> None:
        filed = builders.changed({**builders.scrappage(), "correction_submitted_at": None}, {path: value})
        before = scene.snapshot()
        with pytest.raises(InputError) as error:
            submit(filed, said={})
        assert field in error.value.fields
        assert value not in str(error.value.fields)
        assert scene.snapshot() == before
        assert not Person.objects.exists()

    def test_facts_and_unknown_fields_are_not_the_applicants_to_send(self) -> None:
        for extra in ({"facts": {}}, {"colour": "red"}):
            with pytest.raises(InputError) as error:
                submit({**builders.scrappage(), **extra})
            assert set(error.value.fields) == set(extra)

    @pytest.mark.parametrize("id_type", ["passport", "hk_macao_permit", "taiwan_permit", "foreign_permanent_resident"])
    def test_every_kind_of_identity_document_can_file(self, id_type: str) -> None:
        filed = builders.scrappage(changes={"applicant.id_type": id_type, "applicant.id_number": "E12345678"})
        assert submit(filed).case.person is not None

    @pytest.mark.parametrize("value", [None, [], "text", 5])
    def test_something_that_is_no_object_is_an_input_error(self, value: Any) -> None:
        with pytest.raises(InputError):
            services.submit(value, at=AT, actor="channel:test")


@pytest.mark.proves("V-C-03")
@pytest.mark.usefixtures("funded")
class TestOnePerPerson:
    @pytest.mark.parametrize("second", [SCRAPPAGE, REPLACEMENT])
    @pytest.mark.parametrize("first", [SCRAPPAGE, REPLACEMENT])
    def test_a_second_live_filing_is_refused_and_leaves_only_the_attempt(self, first: str, second: str) -> None:
        submit(builders.FILINGS[first](1))
        before = scene.snapshot()
        refusal = refusal_of(builders.FILINGS[second](2, person=1))
        assert (refusal.code, refusal.rule) == ("rule", "V-C-03")
        after = scene.snapshot()
        changed = {name for name in after if after[name] != before[name]}
        assert changed == {"vehicles_filingattempt", "events"}
        attempt = FilingAttempt.objects.get()
        assert (attempt.rule, attempt.code, attempt.scheme) == ("V-C-03", "rule", second)
        assert Event.objects.filter(verb="filing.refused", object_id=str(attempt.pk)).count() == 1

    def test_the_attempt_keeps_nobodys_number(self) -> None:
        filed = builders.scrappage(2, person=1)
        submit(builders.scrappage(1))
        refusal_of(filed)
        kept = str(list(FilingAttempt.objects.values())) + str(list(Event.objects.values("data", "object_id")))
        for secret in (filed["applicant"]["id_number"], filed["applicant"]["name"], filed["bank_account"]["number"]):
            assert secret not in kept

    @pytest.mark.parametrize("end", ["WITHDRAWN", "REJECTED"])
    def test_after_an_end_without_money_a_new_filing_passes(self, end: str, desk: Desk) -> None:
        case = submit(builders.scrappage(1)).case
        if end == "WITHDRAWN":
            case = services.withdraw(case.pk, at=AT, actor="applicant")
        else:
            case = reject_twice(case, desk)
        assert case.state == end
        again = submit(builders.replacement(2, person=1), at=when("03-09 09:00"))
        assert (again.state, again.case.outcome) == ("DISTRICT_REVIEW", "pass")

    @pytest.mark.parametrize("state", ["NOT_ACCEPTED_FINAL", "CLOSED_NO_FUNDS"])
    def test_after_the_other_ends_too(self, state: str) -> None:
        Case.objects.filter(pk=submit(builders.scrappage(1)).case.pk).update(state=state)
        assert submit(builders.scrappage(2, person=1)).state == "DISTRICT_REVIEW"

    def test_after_a_payment_a_filing_is_stored_as_reject(self) -> None:
        Case.objects.filter(pk=submit(builders.scrappage(1)).case.pk).update(state="PAID")
        done = submit(builders.replacement(2, person=1))
        assert (done.state, done.case.outcome, done.amount_fen) == ("DISTRICT_REVIEW", "reject", None)
        assert [finding.rule for finding in done.findings if finding.outcome == "reject"] == ["V-C-03"]

    def test_the_database_refuses_a_second_live_case_and_a_second_paid_one(self) -> None:
        from django.db import IntegrityError, transaction

        first, second = submit(builders.scrappage(1)).case, submit(builders.scrappage(2)).case
        rows = Case.objects.filter(pk=second.pk)
        with pytest.raises(IntegrityError, match="one_live_application_per_person"), transaction.atomic():
            rows.update(exclusive_key=first.exclusive_key)
        Case.objects.filter(pk=first.pk).update(state="PAID")
        rows.update(exclusive_key=first.exclusive_key)
        with pytest.raises(IntegrityError, match="one_subsidy_per_person"), transaction.atomic():
            rows.update(state="RECOVERED")

    def test_an_external_number_is_one_case(self) -> None:
        submit(builders.scrappage(1))
        filed = builders.scrappage(2, {"external_no": builders.scrappage(1)["external_no"]})
        assert refusal_of(filed).code == "duplicate"


def reject_twice(case: Case, desk: Desk) -> Case:
    from review.services import decide

    decide(case.pk, "reject", by=desk.district(case.district), at=AT, reasons=["V27"])
    return decide(case.pk, "reject", by=desk.municipal(), at=AT, reasons=["V27"])


@pytest.mark.proves("V-C-04")
@pytest.mark.usefixtures("funded")
class TestWindow:
    @pytest.mark.parametrize("scheme", [SCRAPPAGE, REPLACEMENT])
    @pytest.mark.parametrize("at", ["02-09 09:59:59", "12-01 00:00:00"])
    def test_outside_the_window_only_the_attempt_is_stored(self, scheme: str, at: str) -> None:
        refusal = refusal_of(builders.FILINGS[scheme](), at=when(at))
        assert (refusal.code, refusal.rule) == ("rule", "V-C-04")
        assert (Case.objects.count(), Hold.objects.count(), Person.objects.count()) == (0, 0, 0)
        assert FilingAttempt.objects.get().at == when(at)

    @pytest.mark.parametrize("at", ["02-09 10:00:00", "11-30 23:59:59"])
    def test_inside_the_window_it_is_stored(self, at: str) -> None:
        # On the first day the example's registration still lies ahead; only acceptance is asked here.
        assert submit(builders.scrappage(), at=when(at)).case.pk


@pytest.mark.usefixtures("funded")
class TestImport:
    def test_the_same_row_twice_is_one_case(self, desk: Desk) -> None:
        filed = builders.scrappage()
        kind, case = services.import_row(filed, by=desk.district(), at=AT)
        again, same = services.import_row(filed, by=desk.district(), at=when("03-03 09:00"))
        assert (kind, again, same.pk) == ("created", "same", case.pk)
        assert Case.objects.count() == 1

    def test_a_row_of_another_district_is_refused_and_nothing_is_kept(self, desk: Desk) -> None:
        reviewer, before = desk.district("haidian"), scene.snapshot()
        with pytest.raises(Refused) as refusal:
            services.import_row(builders.scrappage(), by=reviewer, at=AT)
        assert refusal.value.code == "permission"
        assert scene.snapshot() == before

    def test_a_bad_row_stores_nothing(self, desk: Desk) -> None:
        reviewer, before = desk.district(), scene.snapshot()
        with pytest.raises(InputError):
            services.import_row(builders.scrappage(changes={"invoice.total_incl_tax": "1.005"}), by=reviewer, at=AT)
        assert scene.snapshot() == before

    def test_a_role_without_the_action_is_refused(self, desk: Desk) -> None:
        with pytest.raises(Refused) as refusal:
            services.import_row(builders.scrappage(), by=desk.holder("auditor"), at=AT)
        assert refusal.value.code == "permission"


class TestStored:
    def test_the_content_is_ciphertext_in_the_table(self, funded: None) -> None:
        filed = builders.scrappage()
        case = submit(filed).case
        with connection.cursor() as cursor:
            cursor.execute("SELECT filed::text, answers::text FROM vehicles_vehicleapplication")
            raw = str(cursor.fetchall())
        assert filed["applicant"]["id_number"] not in raw
        assert filed["applicant"]["id_number"].encode().hex() not in raw
        assert VehicleApplication.objects.get(case=case).filed["applicant"] == filed["applicant"]

    def test_commits_on_its_own_and_keeps_the_attempt_of_a_refusal(self, fresh_db: str) -> None:
        """In autocommit, as a job or command calls it: what a test's transaction would hide."""
        scene.allot(10**9)
        submit(builders.scrappage(1))
        refusal_of(builders.scrappage(2, person=1))
        assert (Case.objects.count(), FilingAttempt.objects.count()) == (1, 1)

    @pytest.mark.proves("V-C-03")
    def test_eight_threads_for_one_person_make_exactly_one_case(self, fresh_db: str) -> None:
        scene.allot(10**9)
        start, results = threading.Barrier(8), []

        def race(n: int) -> None:
            filed = builders.FILINGS[SCRAPPAGE if n % 2 else REPLACEMENT](n, person=1)
            start.wait()
            try:
                results.append(submit(filed).state)
            except Refused as refusal:
                results.append(refusal.rule)
            finally:
                connection.close()

        threads = [threading.Thread(target=race, args=(n,)) for n in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == ["DISTRICT_REVIEW", *["V-C-03"] * 7]
        assert (Case.objects.count(), Person.objects.count(), FilingAttempt.objects.count()) == (1, 1, 7)
        assert Hold.objects.count() == 1
