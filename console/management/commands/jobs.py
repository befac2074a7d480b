"""`manage.py jobs`: the scheduled jobs, their runs, a run by hand, and the nights that were missed."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from nightly import registry, services
from nightly.models import JobRun
from policy import clock
from policy.errors import Refused

ACTOR = "system:console"


class Command(BaseCommand):
    """Data goes to standard output, messages to standard error; a failure is one clear line."""

    help = "List the scheduled jobs and their runs, run one for a business date, catch up on missed nights."

    def add_arguments(self, parser: CommandParser) -> None:
        """Three verbs, each with its own options."""
        verbs = parser.add_subparsers(dest="action", required=True, metavar="{list,run,catch-up}")
        listing = verbs.add_parser("list", help="print the latest runs with their counts, then the jobs there are")
        listing.add_argument("--last", type=int, default=20, metavar="N", help="how many runs (default 20)")
        listing.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
        listing.set_defaults(run=self.list_runs)
        one = verbs.add_parser("run", help="run a job; a date that was done before changes nothing")
        one.add_argument("name", help="the catalogue's id of the job, such as J-13")
        one.add_argument("--date", help="business date YYYY-MM-DD (default: today in Asia/Shanghai)")
        one.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
        one.set_defaults(run=self.run_one)
        missed = verbs.add_parser("catch-up", help="run what the last nights missed, oldest first")
        missed.add_argument("--days", type=int, default=7, help="how many nights back (default 7)")
        missed.set_defaults(run=self.catch_up)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb; a refusal ends with one line and a non-zero exit."""
        try:
            options["run"](**options)
        except Refused as refused:
            raise CommandError(refused.message) from None

    def list_runs(self, *, last: int, as_json: bool, **_: Any) -> None:
        """The jobs and their latest runs, newest first."""
        runs = [
            _run_row(row) for row in JobRun.objects.order_by("-business_date", "-started_at", "-pk")[: max(last, 0)]
        ]
        jobs = [{"job": job.code, "daily_at": f"{job.daily_at:%H:%M}", "title": job.title} for job in registry.jobs()]
        if as_json:
            self.stdout.write(json.dumps({"jobs": jobs, "runs": runs}, ensure_ascii=False))
            return
        for job in jobs:
            self.stdout.write(f"{job['job']}\t{job['daily_at']}\t{job['title']}")
        for run in runs:
            self.stdout.write(
                f"{run['job']}\t{run['date']}\t{run['state']}\t{_counts(run['counts'])}"
                f"\tattempts={run['attempts']}{' ' + run['error'] if run['error'] else ''}"
            )
        if not runs:
            self.stderr.write("尚无运行记录")

    def run_one(self, *, name: str, date: str | None, as_json: bool, **_: Any) -> None:
        """Run one job; says so where the date was done before."""
        business_date = _business_date(date)
        if business_date > clock.today():
            raise CommandError(f"{business_date} 尚未到来，不能运行")
        ran = self._run(name, business_date)
        if as_json:
            row = {"job": ran.job, "date": ran.business_date.isoformat(), "fresh": ran.fresh, "counts": ran.counts}
            self.stdout.write(json.dumps(row, ensure_ascii=False))
        else:
            self.stdout.write(f"{ran.job}\t{ran.business_date}\t{_counts(ran.counts)}")
        if not ran.fresh:
            self.stderr.write(f"{ran.job} 在 {ran.business_date} 已经运行过，本次未作任何改动")

    def catch_up(self, *, days: int, **_: Any) -> None:
        """Run what was missed; one failure does not keep the others from running, but it is told at the end."""
        failed: list[str] = []
        missed = services.due(clock.now(), days=max(days, 0))
        for code, business_date in missed:
            try:
                ran = self._run(code, business_date)
            except CommandError as error:
                failed.append(str(error))
                continue
            self.stdout.write(f"{ran.job}\t{ran.business_date}\t{_counts(ran.counts)}")
        if not missed:
            self.stderr.write("没有漏跑的作业")
        if failed:
            raise CommandError("；".join(failed))

    def _run(self, code: str, business_date: date) -> services.Ran:
        """The run; whatever the job itself dies of becomes one line, its traceback stays in the log of runs."""
        try:
            return services.run(code, business_date, at=clock.now(), actor=ACTOR)
        except Refused:
            raise
        except Exception as error:
            # The run is stored as failed; the command line says which one and of what.
            raise CommandError(f"作业 {code} 在 {business_date} 运行失败：{type(error).__name__}") from error


def _business_date(text: str | None) -> date:
    if text is None:
        return clock.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError("--date 须为日期，如 2026-12-11") from None


def _run_row(row: JobRun) -> dict[str, Any]:
    finished = clock.local(row.finished_at).isoformat() if row.finished_at else None
    return {
        "job": row.job,
        "date": row.business_date.isoformat(),
        "state": row.state,
        "counts": row.counts,
        "attempts": row.attempts,
        "started_at": clock.local(row.started_at).isoformat(),
        "finished_at": finished,
        "actor": row.actor,
        "error": row.error,
    }


def _counts(counts: dict[str, Any]) -> str:
    return " ".join(f"{name}={count}" for name, count in sorted(counts.items())) or "-"
