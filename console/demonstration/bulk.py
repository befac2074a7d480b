"""Applications by the hundred thousand, for load tests: consistent rows, written side by side with COPY.

A few sample applications go through the portal's own services. Each further one is a sample under another name: its
person, cars, account, numbers and time are its own in every place where the sample's stand, so that judging it again
gives the findings that are stored. No evidence pictures, no questions to authorities.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from random import Random

from django.db import connection, transaction

from applications.vehicles import services as vehicles
from applications.vehicles.dossier import DISTRICTS, REPLACEMENT, SCRAPPAGE
from console.demonstration.accounts import ACTOR
from console.demonstration.copies import Chunk, Clock, Sample
from console.demonstration.dossiers import Author, Filing
from console.demonstration.moments import SPAN, Window
from console.demonstration.playing import POOL
from console.demonstration.problems import PROBLEMS
from ledger import services as ledger
from policy import clock
from regulation import selectors as regulation
from review.models import Case

CHUNK = 4_000
# Fen a case may need at most: the highest cap.
_MOST_FEN = 2_000_000
_SAMPLES = (
    *((SCRAPPAGE, "clean"),) * 5,
    *((REPLACEMENT, "clean"),) * 5,
    (SCRAPPAGE, "fuel"),
    (SCRAPPAGE, "fuel"),
    (SCRAPPAGE, "capped"),
    (REPLACEMENT, "first_day"),
    (SCRAPPAGE, "tax_amount"),
    (REPLACEMENT, "tax_date"),
    (SCRAPPAGE, "special_class"),
    (SCRAPPAGE, "old_nev_new_fuel"),
)

Note = Callable[[int, int, datetime], None]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Task:
    """A chunk to write: its first number, its size, and what all chunks share."""

    first: int
    size: int
    seed: int
    now: datetime
    samples: list[Sample]
    note: Note


def write(
    wanted: int, *, first: int, seed: int, now: datetime, note: Note, say: Say, processes: int | None = None
) -> None:
    """Write `wanted` more applications, the first of them number `first`; each chunk in a transaction of its own.

    `note(cases, seed, at)` is called in each transaction, so that what is there is always known. Every fifth case has
    passed the district. `processes` write side by side (default: one a processor, at most 8).
    """
    window = Window(now, regulation.calendar())
    samples, made = _samples(min(wanted, len(_SAMPLES)), first, window, note, seed, now)
    _provide_money(wanted, first, now)
    tasks = [
        _Task(first + start, min(CHUNK, wanted - start), seed, now, samples, note)
        for start in range(made, wanted, CHUNK)
    ]
    for number, size in enumerate(_written(tasks, min(processes or os.cpu_count() or 1, 8, len(tasks))), start=1):
        made += size
        if number % 5 == 0 or made == wanted:
            say(f"已写入 {made} / {wanted} 件")


def _written(tasks: list[_Task], processes: int) -> Iterator[int]:
    """The size of each chunk as it is written."""
    if processes <= 1:
        yield from map(_write_chunk, tasks)
        return
    with get_context("fork").Pool(processes, initializer=_leave_connection) as pool:
        yield from pool.imap_unordered(_write_chunk, tasks)


# Keeps what a forked process inherited from being closed: the connection belongs to its parent.
_inherited: list[object] = []


def _leave_connection() -> None:
    """In a forked process: open a connection of its own when one is needed."""
    _inherited.append(connection.connection)
    connection.connection = None


def _write_chunk(task: _Task) -> int:
    """Write one chunk in a transaction of its own; gives its size."""
    calendar = regulation.calendar()
    times = Clock(Window(task.now, calendar), calendar)
    districts = [*DISTRICTS, *("chaoyang",) * 4, *("haidian",) * 2]
    with transaction.atomic():
        chunk = Chunk(
            first=task.first,
            random=Random(f"{task.seed}:{task.first}"),
            samples=task.samples,
            times=times,
            districts=districts,
        )
        chunk.write(task.size, at=task.now)
        task.note(task.size, task.seed, task.now)
    return task.size


def _samples(count: int, first: int, window: Window, note: Note, seed: int, now: datetime) -> tuple[list[Sample], int]:
    """The samples, filed through the services; they count."""
    author = Author(Random(f"{seed}:{first}"), serial=700_000 + first)
    at = window.at(SPAN - 1)
    samples: list[Sample] = []
    with transaction.atomic(), clock.frozen(at):
        for scheme, problem in _SAMPLES[:count]:
            known = PROBLEMS[scheme][problem]
            # A rare surname: its masked form stands nowhere else in the findings.
            filing = author.write(scheme, "chaoyang", at.date(), old=known.old, model=known.model, name="灥样例")
            known.change(filing)
            samples.append(Sample.of(_file(filing, at), filing.filed))
        note(count, seed, now)
    return samples, count


def _file(filing: Filing, at: datetime) -> Case:
    answers = {**(filing.police or {}), "tax": filing.tax}
    actor = "channel:national" if filing.scheme == SCRAPPAGE else "channel:city"
    return vehicles.submit(filing.filed, at=at, actor=actor, answers=answers).case


def _provide_money(wanted: int, first: int, at: datetime) -> None:
    """Enough in the pool for all of them."""
    with transaction.atomic():
        missing = wanted * _MOST_FEN - ledger.pool(POOL).left_fen
        if missing > 0:
            ledger.allot(
                POOL, missing, key=f"demo:bulk:{first}:{wanted}", at=at, actor=ACTOR, document_no="压力测试下达"
            )
