"""Run a job once for a business date, whoever asks and however often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from audit import services as audit
from nightly.models import JobRun
from nightly.registry import Counts, job, jobs
from policy.clock import end_of, local, start_of
from policy.errors import Refused


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of asking for a run: `fresh` is False where the date was done before and nothing changed."""

    job: str
    business_date: date
    fresh: bool
    counts: Counts


def run(code: str, business_date: date, *, at: datetime, actor: str) -> Ran:
    """Run the job `code` for `business_date` unless it was done; Refused("not_found") for an unknown job.

    A day that has not begun is refused ("state"): done ahead of time, its night would be skipped when it comes.
    An advisory lock of the session keeps a second runner out while one is at work: it is refused with "locked".
    A run that died leaves `running` behind; the next one takes it over, because the lock died with it.
    """
    try:
        job(code)
    except KeyError:
        raise Refused("not_found", f"没有编号为 {code} 的作业。") from None
    if business_date > local(at).date():
        raise Refused("state", f"{business_date} 尚未开始，不能提前办理作业 {code}。")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"job:{code}:{business_date}"])
        if not cursor.fetchone()[0]:
            raise Refused("locked", f"作业 {code} 正在办理 {business_date}，请稍后查看结果。")
    try:
        return _run(code, business_date, at, actor)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"job:{code}:{business_date}"])


def _run(code: str, business_date: date, at: datetime, actor: str) -> Ran:
    row, fresh = JobRun.objects.get_or_create(
        job=code, business_date=business_date, defaults={"state": "running", "started_at": at, "actor": actor}
    )
    if row.state == "done":
        return Ran(code, business_date, False, row.counts)
    if not fresh:
        row.attempts += 1
        row.state, row.started_at, row.actor, row.error = "running", at, actor, ""
        row.save()
    try:
        counts = job(code).work(business_date, at)
    except Exception as error:
        row.state, row.error, row.finished_at = "failed", type(error).__name__, at
        row.save()
        raise
    with transaction.atomic():
        row.state, row.counts, row.finished_at = "done", counts, at
        row.save()
        audit.record(
            "job.done",
            actor=actor,
            at=at,
            object_type="job",
            object_id=f"{code}:{business_date}",
            data={"counts": counts},
        )
    return Ran(code, business_date, True, counts)


def due(at: datetime, *, days: int = 7) -> list[tuple[str, date]]:
    """Runs of the last `days` nights whose time has passed and which are not done, oldest first."""
    today = local(at).date()
    wanted = [
        (job.code, today - timedelta(days=back))
        for back in range(days, -1, -1)
        for job in jobs()
        if start_of(today - timedelta(days=back)).replace(hour=job.daily_at.hour, minute=job.daily_at.minute) <= at
    ]
    done = set(
        JobRun.objects.filter(business_date__gte=today - timedelta(days=days), state="done").values_list(
            "job", "business_date"
        )
    )
    return [run for run in wanted if run not in done]


def end_of_business(business_date: date) -> datetime:
    """The exclusive end of a business date (24:00 in Asia/Shanghai)."""
    return end_of(business_date)
