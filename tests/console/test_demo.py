"""`manage.py demo`: one whole load through the services, looked at from every side; refusals; the bulk path."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import Sum

from applications.vehicles.dossier import DISTRICTS, REPLACEMENT, SCRAPPAGE
from audit import services as audit
from config.embedded import services, templates_db
from console.demonstration import (
    accounts,
    bulk,
    dossiers,
    loading,
    numbers,
    pictures,
    playing,
    problems,
    stories,
    writing,
)
from console.demonstration.moments import Window
from documents import services as documents
from documents import storage
from documents.models import Document
from exchange.models import AuthorityAnswer
from ledger.models import Hold, Pool
from people.models import Person
from policy import clock
from policy.clock import SHANGHAI
from policy.errors import Refused
from policy.identifiers import is_organisation_code, is_resident_id, is_vin_alphabet, vin_check_digit_ok
from policy.workdays import WorkCalendar
from review import services as review
from review import states
from review.models import Case, Evaluation
from review.schemes import reviewed
from staff import services as staff
from staff import totp
from staff.models import User
from tests.actors import Desk

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=SHANGHAI)
CLEAN = {"clean", "fuel", "capped", "old_nev", "passport", "first_day", "bought_used"}


def run(*arguments: str) -> tuple[str, str]:
    out, said = io.StringIO(), io.StringIO()
    call_command("demo", *arguments, stdout=out, stderr=said)
    return out.getvalue(), said.getvalue()


@pytest.fixture(scope="module")
def one_picture() -> Iterator[None]:
    """Each kind of page is drawn and judged once for all applications: drawing has its own tests."""
    known: dict[Any, documents.Admitted] = {}
    judged = writing._judged

    def once(filing: dossiers.Filing, sheet: writing.Sheet) -> documents.Admitted:
        if sheet not in known:
            known[sheet] = judged(filing, sheet)
        return known[sheet]

    patch = pytest.MonkeyPatch()
    patch.setattr(writing, "_judged", once)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def whole(django_db_blocker: Any, one_picture: None) -> Iterator[str]:
    """The default demonstration, loaded once for the tests that only look, in a database of their own."""
    services.ensure()
    with django_db_blocker.unblock(), templates_db.scratch_database() as name, clock.frozen(NOW):
        run("load")
        yield name


@pytest.fixture
def loaded(whole: str) -> Iterator[None]:
    with clock.frozen(NOW):
        yield


def rows_by_table() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


def test_every_state_reached_today_is_there(loaded: None) -> None:
    found = Counter(Case.objects.values_list("state", flat=True))
    assert sum(found.values()) == stories.CASES
    assert set(found) == {
        states.DISTRICT_REVIEW,
        states.MUNICIPAL_REVIEW,
        states.RETURNED,
        states.NOT_ACCEPTED,
        states.PROPOSED_REJECT,
        states.APPROVED,
        states.REJECTED,
        states.WITHDRAWN,
        states.CLOSED_NO_FUNDS,
    }


def test_every_failing_outcome_waits_on_the_desk(loaded: None) -> None:
    outcomes = {
        record["outcome"] for findings in Evaluation.objects.values_list("findings", flat=True) for record in findings
    }
    assert outcomes >= {"pass", "flag", "manual", "return", "not_accepted", "reject"}


def test_six_in_ten_are_in_order(loaded: None) -> None:
    told = stories.stories(Random(1))
    assert len(told) == stories.CASES
    assert sum(story.problem in CLEAN for story in told) >= 0.6 * len(told)
    assert Case.objects.filter(outcome="pass").count() >= 0.6 * stories.CASES


def test_chaoyang_has_both_schemes_and_every_urgency(loaded: None) -> None:
    own = Case.objects.filter(district="chaoyang")
    assert own.count() >= 45
    assert min(own.filter(scheme=scheme).count() for scheme in (SCRAPPAGE, REPLACEMENT)) >= 10
    waiting = own.filter(state=states.DISTRICT_REVIEW)
    late = waiting.filter(due_at__lt=NOW).count()
    soon = waiting.filter(due_at__gte=NOW, due_at__lt=NOW + timedelta(days=1)).count()
    fresh = waiting.filter(due_at__gte=NOW + timedelta(days=1)).count()
    assert min(late, soon, fresh) >= 3
    assert set(Case.objects.values_list("district", flat=True)) == set(DISTRICTS)


def test_nothing_happened_after_now_or_before_filing_began(loaded: None) -> None:
    assert not Case.objects.filter(submitted_at__gt=NOW).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(at), max(at) FROM audit_event")
        first, last = cursor.fetchone()
    assert last <= NOW
    assert first > NOW - timedelta(days=60)


def test_the_pool_is_the_sum_of_its_holds(loaded: None) -> None:
    pool = Pool.objects.get()
    sums = Hold.objects.aggregate(reserved=Sum("reserved_fen"), committed=Sum("committed_fen"))
    assert (pool.reserved_fen, pool.committed_fen) == (sums["reserved"], sums["committed"])
    assert pool.total_fen == playing.parse_yuan(playing.TOTAL)
    approved = Case.objects.filter(state=states.APPROVED).aggregate(sum=Sum("amount_fen"))["sum"]
    assert pool.committed_fen == approved


def test_the_trail_is_whole(loaded: None) -> None:
    audit.seal(NOW)
    report = audit.verify()
    assert report.breaks == []
    assert report.counts["sealed"] > 2000


def test_a_second_load_changes_nothing_and_says_so(loaded: None) -> None:
    before = rows_by_table()
    out, said = run("load", "--seed", "7")
    assert json.loads(out) == {"cases": stories.CASES, "fresh": 0, "seed": loading.SEED}
    assert "未作任何改动" in said
    assert rows_by_table() == before


def test_no_personal_value_stands_in_a_table_in_the_clear(loaded: None) -> None:
    people = list(Person.objects.all())
    secrets = {person.id_number for person in people} | {person.phone for person in people if person.phone}
    secrets |= {person.name for person in people if len(person.name) > 3}
    assert len(secrets) > 300
    found: list[str] = []
    with connection.cursor() as cursor:
        for table, count in rows_by_table().items():
            if count:
                cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')
                text = cursor.fetchone()[0] or ""
                found += [table for secret in secrets if secret in text]
    # What an authority answered about owners is kept as it was answered, encrypted or not, by its own table.
    assert sorted(set(found)) == []
    assert AuthorityAnswer.objects.exists()


def test_every_open_case_has_its_evidence(loaded: None) -> None:
    for case in Case.objects.exclude(state=states.CLOSED_NO_FUNDS):
        rows = Document.objects.filter(case_ref=case.pk, superseded_at__isnull=True)
        assert rows.count() >= 6, case.receipt_no
    for digest in set(Document.objects.values_list("digest", flat=True)):
        assert storage.original(digest).is_file()


def test_every_account_signs_in_with_what_is_printed(loaded: None) -> None:
    rows = json.loads(run("logins", "--json")[0])
    assert len(rows) == len(accounts.ACCOUNTS)
    assert len({row["password"] for row in rows} | {row["totp_secret"] for row in rows}) == 2 * len(rows)
    for row in rows:
        code = totp.code_at(row["totp_secret"], NOW)
        user = staff.sign_in(row["login"], row["password"], code, address="127.0.0.1", at=NOW)
        assert user.login == row["login"]
    reviewers = Counter(district for row in rows for district in row["districts"])
    assert set(reviewers) == set(DISTRICTS)
    assert reviewers["chaoyang"] >= 2
    assert reviewers["haidian"] == 2
    held = Counter(role for row in rows for role in row["roles"])
    assert held["municipal_approver"] >= 3
    assert held["fund_officer"] == held["third_party_auditor"] == 2
    assert [held[role] for role in ("system_admin", "security_admin", "audit_admin")] == [1, 1, 1]


def test_the_person_with_two_roles_cannot_make_both_passes(loaded: None) -> None:
    both = User.objects.get(login="SJ-M058")
    case = Case.objects.filter(
        district="chaoyang", state=states.DISTRICT_REVIEW, opinion="pass", outcome="pass", lock_by__isnull=True
    )[0]
    review.decide(case.pk, "pass", by=both, at=NOW)
    with pytest.raises(Refused) as refused:
        review.decide(case.pk, "pass", by=both, at=NOW)
    assert refused.value.code == "four_eyes"
    review.decide(case.pk, "pass", by=User.objects.get(login="SJ-M021"), at=NOW)
    case.refresh_from_db()
    assert case.state == states.APPROVED


@pytest.mark.parametrize("scheme", [SCRAPPAGE, REPLACEMENT])
def test_the_same_seed_writes_the_same(scheme: str) -> None:
    def filed(seed: int) -> list[dict[str, Any]]:
        random = Random(seed)
        window = Window(NOW, WorkCalendar())
        return [row.filing.filed for row in writing.write(stories.stories(random), window, random)]

    assert filed(1) == filed(1)
    assert filed(1) != filed(2)


def test_numbers_are_well_formed() -> None:
    random = Random(3)
    for number in range(500):
        assert is_resident_id(numbers.resident_id(random))
        assert is_resident_id(numbers.numbered_resident_id(number * 1009))
        assert is_organisation_code(numbers.organisation_code(random))
        vin = numbers.vin(random, 2026, number * 7919)
        assert is_vin_alphabet(vin)
        assert vin_check_digit_ok(vin)
    assert len({numbers.numbered_resident_id(number) for number in range(100_000)}) == 100_000


@pytest.mark.parametrize("scheme", [SCRAPPAGE, REPLACEMENT])
def test_every_problem_and_every_page_can_be_written_and_drawn(scheme: str) -> None:
    author = dossiers.Author(Random(5))
    for name, problem in problems.PROBLEMS[scheme].items():
        filing = author.write(scheme, "chaoyang", NOW.date(), old=problem.old, model=problem.model, name=problem.name)
        before = json.dumps([filing.filed, filing.police, filing.tax])
        problem.change(filing)
        changed = json.dumps([filing.filed, filing.police, filing.tax]) != before
        assert changed or problem.old or problem.model or problem.name or name == "clean", name
    for page in filing.filed["documents"]:
        assert len(pictures.page(filing, page["type"], page["page"])) > 5_000


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-23T14:30", "2026-11-23T14:30"),
        ("2026-11-22T23:00", "2026-11-22T23:00"),
        ("2027-03-01T09:00", "2026-11-27T17:30"),
        ("2026-02-10T09:30", "2026-03-16T17:00"),
        ("2025-06-01T09:30", "2026-03-16T17:00"),
    ],
)
def test_the_story_fits_into_the_time_of_filing_whatever_the_day(now: str, end: str) -> None:
    window = Window(datetime.fromisoformat(now).replace(tzinfo=SHANGHAI), WorkCalendar())
    assert window.end == datetime.fromisoformat(end).replace(tzinfo=SHANGHAI)
    moments = [window.at(step / 10) for step in range(260)]
    assert moments == sorted(moments, reverse=True)
    assert moments[0] <= window.end
    assert window.start >= datetime(2026, 2, 9, 10, tzinfo=SHANGHAI)


def test_refused_where_real_data_is(db: None) -> None:
    with clock.frozen(NOW):
        Desk().district()
        before = rows_by_table()
        with pytest.raises(CommandError, match="非演示数据") as caught:
            run("load")
    assert caught.value.returncode == 1
    assert rows_by_table() == before


def test_refused_in_production(db: None, settings: Any) -> None:
    settings.PORTAL_DEMO = False
    for arguments in (("load",), ("logins",)):
        with pytest.raises(CommandError, match="不是演示环境"):
            run(*arguments)
    assert not User.objects.exists()


def test_logins_need_a_load(db: None) -> None:
    with pytest.raises(CommandError, match="demo load"):
        run("logins")


def test_an_interrupted_load_leaves_nothing(fresh_db: str, one_picture: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(playing.Player, "_tax", die)
    with clock.frozen(NOW), pytest.raises(KeyboardInterrupt):
        run("load", "--cases", "3")
    assert not User.objects.exists()
    assert not Case.objects.exists()
    monkeypatch.undo()
    with clock.frozen(NOW):
        assert json.loads(run("load", "--cases", "3")[0])["fresh"] == 3


@pytest.mark.parametrize("processes", [1, 2])
def test_bulk_rows_are_those_the_services_would_write(
    fresh_db: str, one_picture: None, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setattr(stories, "CASES", 4)
    monkeypatch.setattr(bulk, "CHUNK", 25)
    monkeypatch.setattr(os, "cpu_count", lambda: processes)
    with clock.frozen(NOW):
        run("load", "--cases", "4")
        out, said = run("load", "--cases", "104")
        assert json.loads(out) == {"cases": 104, "fresh": 100, "seed": loading.SEED}
        assert "压力测试" in said
        assert json.loads(run("load", "--cases", "104")[0])["fresh"] == 0
        check_bulk()
        Desk().municipal()
        with pytest.raises(CommandError, match="非演示数据"):
            run("load", "--cases", "105")


def check_bulk() -> None:
    """Judged again, each case gives what is stored; money, trail and people add up."""
    assert Case.objects.count() == Person.objects.count() == 104
    passed = 0
    for case in Case.objects.order_by("-pk")[:80]:
        evaluated = reviewed(case.scheme).refresh(case, at=NOW)
        stored = case.evaluations.get()
        assert [finding.as_record() for finding in evaluated.result.findings] == stored.findings
        assert evaluated.content_digest == case.content_digest == stored.content_digest
        assert evaluated.result.amount_fen == case.amount_fen
        passed += case.decisions.count() == 2
    assert passed >= 5
    pool, sums = Pool.objects.get(), Hold.objects.aggregate(reserved=Sum("reserved_fen"))
    assert pool.reserved_fen == sums["reserved"]
    audit.seal(NOW)
    assert audit.verify().breaks == []
