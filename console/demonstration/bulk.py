"""Applications by the hundred thousand, for load tests: consistent rows, written side by side with COPY.

A few sample applications go through the portal's own services. Each further one is a sample under another name: its
person, cars, account, numbers and time are its own in every place where the sample's stand, so that judging it again
gives the findings that are stored. No evidence pictures, no questions to authorities.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from django.db import transaction

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


def write(wanted: int, *, first: int, seed: int, now: datetime, note: Note, say: Say) -> None:
    """Write `wanted` more applications, the first of them number `first`; each chunk in a transaction of its own.

    `note(cases, seed, at)` is called in each transaction, so that what is there is always known. Every fifth case has
    passed the district.
    """
    window = Window(now, regulation.calendar())
    random = Random(f"{seed}:{first}")
    samples, made = _samples(min(wanted, len(_SAMPLES)), first, window, random, note, seed, now)
    _provide_money(wanted, first, now)
    times = Clock(window, regulation.calendar())
    districts = [*DISTRICTS, *("chaoyang",) * 4, *("haidian",) * 2]
    while made < wanted:
        size = min(CHUNK, wanted - made)
        with transaction.atomic():
            chunk = Chunk(first=first + made, random=random, samples=samples, times=times, districts=districts)
            chunk.write(size, at=now)
            note(size, seed, now)
        made += size
        if made // CHUNK % 5 == 0 or made == wanted:
            say(f"已写入 {made} / {wanted} 件")


def _samples(
    count: int, first: int, window: Window, random: Random, note: Note, seed: int, now: datetime
) -> tuple[list[Sample], int]:
    """The samples, filed through the services; they count."""
    author = Author(random, serial=700_000 + first)
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


