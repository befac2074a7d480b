"""`manage.py jobs`: runs and their counts; a repeated date changes nothing and says so; failures are one line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, datetime, time

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from nightly import registry
from nightly.models import JobRun
from policy import clock
from tests.builders import when

CODE = "J-TEST"


class Probe:
    """A job that counts how often it worked."""

    def __init__(self) -> None:
        self.days: list[date] = []
        self.fails = False

    def work(self, business_date: date, at: datetime) -> dict[str, int]:
        if self.fails:
            raise LookupError("110101198001010029")
        self.days.append(business_date)
        return {"seen": len(self.days)}


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Probe]:
    """The only job there is, due at three at night; the clock stands at 2026-03-16 10:00."""
    made = Probe()
    monkeypatch.setattr(registry, "_JOBS", {CODE: registry.Job(CODE, "试验作业", time(3, 0), made.work)})
    with clock.frozen(when("03-16 10:00")):
        yield made


def run(*arguments: str) -> tuple[str, str]:
    out, said = io.StringIO(), io.StringIO()
    call_command("jobs", *arguments, stdout=out, stderr=said)
    return out.getvalue(), said.getvalue()


def test_a_run_prints_its_counts_and_a_repeated_one_changes_nothing(probe: Probe) -> None:
    out, said = run("run", CODE, "--date", "2026-03-15")
    assert out == f"{CODE}\t2026-03-15\tseen=1\n"
    assert said == ""
    out, said = run("run", CODE, "--date", "2026-03-15")
    assert out == f"{CODE}\t2026-03-15\tseen=1\n"
    assert "未作任何改动" in said
    assert probe.days == [date(2026, 3, 15)]


def test_without_a_date_today_is_meant_and_json_is_data_alone(probe: Probe) -> None:
    out, _ = run("run", CODE, "--json")
    assert json.loads(out) == {"job": CODE, "date": "2026-03-16", "fresh": True, "counts": {"seen": 1}}


def test_list_shows_jobs_and_runs(probe: Probe) -> None:
    run("run", CODE)
    out, _ = run("list")
    assert out.splitlines() == [
        f"{CODE}\t03:00\t试验作业",
        f"{CODE}\t2026-03-16\tdone\tseen=1\tattempts=1",
    ]
    found = json.loads(run("list", "--json")[0])
    assert [row["job"] for row in found["jobs"]] == [CODE]
    assert [(row["date"], row["state"], row["actor"]) for row in found["runs"]] == [
        ("2026-03-16", "done", "system:console")
    ]


def test_catch_up_runs_what_was_missed_once(probe: Probe) -> None:
    run("run", CODE, "--date", "2026-03-15")
    out, _ = run("catch-up", "--days", "2")
    assert probe.days == [date(2026, 3, 15), date(2026, 3, 14), date(2026, 3, 16)]
    assert len(out.splitlines()) == 2
    out, said = run("catch-up", "--days", "2")
    assert (out, "没有漏跑" in said) == ("", True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "J-99"), "J-99"),
        (("run", CODE, "--date", "yesterday"), "--date"),
        (("run", CODE, "--date", "2026-03-17"), "尚未到来"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(probe: Probe, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.returncode == 1
    assert not JobRun.objects.exists()


def test_a_failing_job_is_named_without_what_it_died_of(probe: Probe) -> None:
    probe.fails = True
    with pytest.raises(CommandError) as caught:
        run("run", CODE)
    assert "LookupError" in str(caught.value)
    assert "110101198001010029" not in str(caught.value)
    assert JobRun.objects.get().state == "failed"
    probe.fails = False
    run("run", CODE)
    assert (JobRun.objects.get().state, JobRun.objects.get().attempts) == ("done", 2)
