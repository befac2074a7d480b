"""A job runs once for a business date, whoever asks, however often, whatever died (DESIGN §3)."""

from __future__ import annotations

import threading
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection

from audit.models import Event
from nightly import registry, schedule, services, tasks
from nightly.models import JobRun
from policy import clock
from policy.errors import Refused
from tests.builders import when

DAY = date(2026, 3, 16)
AT = when("03-16 10:00")
ACTOR = "system:test"


class Probe:
    """A job that counts its work, and can be told to fail or to wait."""

    def __init__(self) -> None:
        self.done: list[date] = []
        self.fails: set[date] = set()
        self.started, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def work(self, business_date: date, at: datetime) -> dict[str, int]:
        self.started.set()
        assert self.go_on.wait(timeout=60)
        if business_date in self.fails:
            raise LookupError("made to fail")
        self.done.append(business_date)
        return {"done": len(self.done)}


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Probe:
    """The only registered job, T-1 at 03:00."""
    monkeypatch.setattr(registry, "_JOBS", {})
    made = Probe()
    registry.register("T-1", "试验", time(3, 0))(made.work)
    return made


@pytest.mark.usefixtures("db")
class TestOnce:
    def test_a_second_run_of_a_date_changes_nothing_and_says_so(self, probe: Probe) -> None:
        first = services.run("T-1", DAY, at=AT, actor=ACTOR)
        again = services.run("T-1", DAY, at=AT + timedelta(hours=1), actor=ACTOR)
        assert (first.fresh, again.fresh, again.counts) == (True, False, {"done": 1})
        assert probe.done == [DAY]
        row = JobRun.objects.get()
        assert (row.state, row.attempts, row.counts, row.finished_at) == ("done", 1, {"done": 1}, AT)
        assert Event.objects.filter(verb="job.done", object_id=f"T-1:{DAY}").count() == 1

    def test_another_date_is_another_run(self, probe: Probe) -> None:
        services.run("T-1", DAY, at=AT, actor=ACTOR)
        assert services.run("T-1", DAY - timedelta(days=1), at=AT, actor=ACTOR).fresh
        assert JobRun.objects.count() == 2

    def test_a_run_that_died_is_taken_over(self, probe: Probe) -> None:
        JobRun.objects.create(job="T-1", business_date=DAY, state="running", started_at=AT, actor=ACTOR)
        assert services.run("T-1", DAY, at=AT, actor=ACTOR).fresh
        assert (JobRun.objects.get().state, JobRun.objects.get().attempts, probe.done) == ("done", 2, [DAY])

    def test_a_run_that_failed_says_why_and_is_tried_again(self, probe: Probe) -> None:
        probe.fails.add(DAY)
        with pytest.raises(LookupError):
            services.run("T-1", DAY, at=AT, actor=ACTOR)
        row = JobRun.objects.get()
        assert (row.state, row.error, row.finished_at) == ("failed", "LookupError", AT)
        probe.fails.clear()
        assert services.run("T-1", DAY, at=AT, actor=ACTOR).fresh
        row.refresh_from_db()
        assert (row.state, row.error, row.attempts) == ("done", "", 2)

    def test_a_failed_run_keeps_nothing_personal_of_its_error(self, probe: Probe) -> None:
        probe.fails.add(DAY)
        with pytest.raises(LookupError):
            services.run("T-1", DAY, at=AT, actor=ACTOR)
        assert "made to fail" not in str(list(JobRun.objects.values()))

    def test_an_unknown_job_is_refused(self, probe: Probe) -> None:
        with pytest.raises(Refused) as refusal:
            services.run("T-9", DAY, at=AT, actor=ACTOR)
        assert refusal.value.code == "not_found"

    def test_a_day_that_has_not_begun_is_refused(self, probe: Probe) -> None:
        with pytest.raises(Refused) as refusal:
            services.run("T-1", DAY + timedelta(days=1), at=when("03-16 23:59:59"), actor=ACTOR)
        assert refusal.value.code == "state"
        assert not JobRun.objects.exists()


def test_two_threads_at_once_have_one_effect(fresh_db: str, probe: Probe) -> None:
    probe.go_on.clear()
    results: list[str] = []

    def first() -> None:
        try:
            results.append(f"fresh {services.run('T-1', DAY, at=AT, actor=ACTOR).fresh}")
        finally:
            connection.close()

    runner = threading.Thread(target=first)
    runner.start()
    assert probe.started.wait(timeout=60)
    # The first is in the middle of its work: whoever comes now is sent away.
    with pytest.raises(Refused) as refusal:
        services.run("T-1", DAY, at=AT, actor=ACTOR)
    assert refusal.value.code == "locked"
    probe.go_on.set()
    runner.join()
    assert (results, probe.done) == (["fresh True"], [DAY])
    assert services.run("T-1", DAY, at=AT, actor=ACTOR).fresh is False


def test_a_worker_that_is_gone_leaves_no_lock_behind(fresh_db: str, probe: Probe) -> None:
    def die() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"job:T-1:{DAY}"])
        JobRun.objects.create(job="T-1", business_date=DAY, state="running", started_at=AT, actor=ACTOR)
        connection.close()

    worker = threading.Thread(target=die)
    worker.start()
    worker.join()
    # The server notices a closed session on its own time.
    for _ in range(100):
        try:
            assert services.run("T-1", DAY, at=AT, actor=ACTOR).fresh
            break
        except Refused:
            threading.Event().wait(0.05)
    assert JobRun.objects.get().state == "done"


@pytest.mark.usefixtures("db")
class TestCatchUp:
    def test_runs_what_the_last_nights_missed_oldest_first(self, probe: Probe) -> None:
        for back in (0, 2, 3):
            services.run("T-1", DAY - timedelta(days=back), at=AT, actor=ACTOR)
        probe.done.clear()
        assert tasks.catch_up() == 5
        assert probe.done == [DAY - timedelta(days=back) for back in (7, 6, 5, 4, 1)]
        assert (tasks.catch_up(), len(probe.done)) == (0, 5)

    def test_what_is_not_yet_due_today_waits(self, probe: Probe) -> None:
        with clock.frozen(when("03-16 02:59:59")):
            tasks.catch_up()
        assert max(probe.done) == DAY - timedelta(days=1)
        with clock.frozen(when("03-16 03:00")):
            tasks.catch_up()
        assert max(probe.done) == DAY

    def test_a_night_that_fails_does_not_keep_the_others_from_theirs(self, probe: Probe) -> None:
        probe.fails.add(DAY - timedelta(days=7))
        with pytest.raises(RuntimeError, match="T-1 2026-03-09"):
            tasks.catch_up()
        assert probe.done == [DAY - timedelta(days=back) for back in range(6, -1, -1)]

    def test_a_failed_night_is_caught_up_later(self, probe: Probe) -> None:
        probe.fails.add(DAY)
        with pytest.raises(LookupError):
            services.run("T-1", DAY, at=AT, actor=ACTOR)
        probe.fails.clear()
        tasks.catch_up()
        assert DAY in probe.done


@pytest.mark.usefixtures("db")
class TestTasks:
    def test_the_scheduled_task_runs_today_and_redelivery_is_harmless(self, probe: Probe) -> None:
        assert tasks.run_job("T-1") == tasks.run_job("T-1") == {"done": 1}
        assert probe.done == [DAY]

    def test_an_unknown_job_fails_aloud(self, probe: Probe) -> None:
        with pytest.raises(Refused):
            tasks.run_job("T-9")


def test_a_job_that_is_running_elsewhere_is_left_to_it(fresh_db: str, probe: Probe) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [f"job:T-1:{DAY}"])
            held.set()
            release.wait(timeout=60)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(timeout=60)
    assert tasks.run_job("T-1") == {"running_elsewhere": 1}
    release.set()
    other.join()
    assert not JobRun.objects.exists()


class TestRegistry:
    def test_a_code_is_one_job(self, probe: Probe) -> None:
        with pytest.raises(ValueError, match="twice"):
            registry.register("T-1", "别的", time(4, 0))(Probe().work)

    def test_every_job_stands_on_the_schedule_at_its_time(self) -> None:
        entries = schedule.beat_schedule()
        for job in registry.jobs():
            at = entries[job.code]["schedule"]
            assert (at.hour, at.minute) == ({job.daily_at.hour}, {job.daily_at.minute})
            assert entries[job.code]["args"] == (job.code,)
        assert {"J-12", "J-13", "catch-up"} <= set(entries)
