"""What a filing costs through the service, beside a naive peer that stores the same rows. Prints JSON lines.

    .venv/bin/python bench/submission.py [--filings 150]

The peer is what a plain view would do: read the dossier, look the person up, lock the pool row, insert person, case
and encrypted content. It judges nothing, keeps no frozen findings, no search keys, no double entry and no trail. Both
file the same kind of dossier in turns in one scratch database, one transaction each.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator
from random import Random
from typing import Any

import _scratch
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from applications.vehicles import content
from applications.vehicles import services as vehicles
from applications.vehicles.dossier import REPLACEMENT, SCRAPPAGE
from applications.vehicles.models import VehicleApplication
from config import database
from config.embedded import templates_db
from console.demonstration.dossiers import Author, Filing
from ledger.models import Pool
from people.models import Person
from people.services import find_or_create, lookup_digest
from policy import clock
from review.models import Case

RATIO = 6.0
AT = clock.start_of(clock.today()).replace(year=2026, month=10, day=20, hour=11)


def filings(count: int) -> Iterator[Filing]:
    """Applications of both schemes in turn, with what the authorities say."""
    author = Author(Random(7), serial=900_000)
    for number in range(count):
        yield author.write((SCRAPPAGE, REPLACEMENT)[number % 2], "chaoyang", AT.date())


def through_service(filing: Filing) -> None:
    """The portal's own way."""
    answers = {**(filing.police or {}), "tax": filing.tax}
    vehicles.submit(filing.filed, at=AT, actor="channel:bench", answers=answers)


def through_peer(filing: Filing) -> None:
    """The plain way."""
    filed = content.read_filed(filing.filed, at=AT)
    with transaction.atomic():
        applicant = filed["applicant"]
        person = find_or_create(
            applicant["id_type"], applicant["id_number"], applicant["name"], applicant["phone"], at=AT
        )
        pool = Pool.objects.select_for_update().get(code="vehicles-2026")
        case = _peer_case(filed, person)
        VehicleApplication.objects.create(
            case=case, filed=filed, answers={}, old_vin=filed["old_vehicle"]["vin"], new_vin=filed["new_vehicle"]["vin"]
        )
        pool.reserved_fen += 1_500_000
        pool.save(update_fields=["reserved_fen"])


def _peer_case(filed: dict[str, Any], person: Person) -> Case:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('review_receipt_no')")
        number = cursor.fetchone()[0]
    return Case.objects.create(
        receipt_no=f"P-261020-{number:05d}",
        scheme=filed["scheme"],
        district=filed["district"],
        state="DISTRICT_REVIEW",
        content_digest=lookup_digest("content", json.dumps(filed)).hex(),
        exclusive_key=f"vehicles:{person.pk}",
        person=person,
        outcome="pass",
        submitted_at=AT,
        queue_at=AT,
        stage_at=AT,
    )


def measure(count: int) -> dict[str, Any]:
    """Milliseconds and queries of a filing on both sides."""
    sides = {"service": through_service, "peer": through_peer}
    times: dict[str, list[float]] = {name: [] for name in sides}
    queries: dict[str, int] = {}
    for number, filing in enumerate(filings(2 * count + 4)):
        name = ("service", "peer")[number // 2 % 2]
        with CaptureQueriesContext(connection) as captured:
            took = _scratch.elapsed(lambda: sides[name](filing))  # noqa: B023 - called at once
        if number >= 4:
            times[name].append(took)
        queries[name] = len(captured)
    service, peer = (statistics.median(times[name]) for name in sides)
    return {
        "bench": "submission",
        "filings": count,
        "ms": {"service": round(service * 1000, 2), "peer": round(peer * 1000, 2)},
        "queries": queries,
        "ratio": round(service / peer, 2),
        "ratio_target": RATIO,
        "ok": service / peer <= RATIO,
    }


def main() -> int:
    """Print the figures; 1 if the target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--filings", type=int, default=150)
    options = parser.parse_args()
    _scratch.ready()
    with _scratch.scratch() as name:
        _scratch.fill(name, 0)
        with templates_db.pointed_at(name, database.runtime()), clock.frozen(AT):
            figures = measure(options.filings)
    print(json.dumps(figures))
    return 0 if figures["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
