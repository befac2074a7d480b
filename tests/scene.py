"""What a test of the review starts from: a pool with money, filings in any state, and a look at all that changed.

Fixtures are made of these by the `conftest.py` of the directories that need them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from applications.vehicles import services as vehicles
from applications.vehicles.models import FilingAttempt, VehicleApplication
from audit.models import Event
from exchange.models import AuthorityAnswer, AuthorityQuestion, OutboxMessage
from ledger import services as ledger
from ledger.models import Entry, Hold, Pool, Posting
from review import services as review
from review.models import Case, Clearance, Decision, Evaluation, Recusal
from tests import builders
from tests.actors import Desk
from tests.builders import when

POOL = "vehicles-2026"
ALLOTTED = when("01-20 09:00")
FILED = when("03-02 09:00")
ASSESSED = when("03-02 10:00")
DISTRICT_PASSED = when("03-03 10:00")
MUNICIPAL_PASSED = when("03-04 10:00")

_allotments = itertools.count(1)


def allot(fen: int, code: str = POOL) -> None:
    """Give a pool money."""
    ledger.allot(code, fen, key=f"test:allot:{next(_allotments)}", at=ALLOTTED, actor="system:test")


def file(
    filed: Mapping[str, Any] | None = None,
    *,
    at: datetime = FILED,
    said: Mapping[str, Any] | None = None,
    actor: str = "channel:test",
) -> Case:
    """File an application with all authorities' answers (or those `said`); the stored case."""
    dossier = builders.scrappage() if filed is None else filed
    known = builders.answers(dossier) if said is None else said
    return vehicles.submit(dossier, at=at, actor=actor, answers=known).case


def assessed(case: Case, desk: Desk, *, at: datetime = ASSESSED, opinion: str = "pass") -> Case:
    """The third party's opinion on a case."""
    return review.assess(case.pk, opinion=opinion, by=desk.third_party(), at=at)


def at_municipal(desk: Desk, filed: Mapping[str, Any] | None = None) -> Case:
    """A case that the third party and the district have passed."""
    case = assessed(file(filed), desk)
    return review.decide(case.pk, "pass", by=desk.district(case.district), at=DISTRICT_PASSED)


def approved(desk: Desk, filed: Mapping[str, Any] | None = None) -> Case:
    """A case that all have passed."""
    case = at_municipal(desk, filed)
    return review.decide(case.pk, "pass", by=desk.municipal(), at=MUNICIPAL_PASSED)


def snapshot() -> dict[str, str]:
    """Every row a refused step must leave alone, in one query: a count of what only grows, a digest of the rest."""
    # Accounts that a test makes on first use have events of their own.
    parts = [f"SELECT 'events', count(*)::text FROM {Event._meta.db_table} WHERE object_type <> 'account'"]
    growing: tuple[type[Model], ...] = (Evaluation, Clearance, Decision, Recusal, Posting, Entry)
    growing += (FilingAttempt, AuthorityAnswer)
    changing: tuple[type[Model], ...] = (Case, VehicleApplication, Hold, Pool, AuthorityQuestion, OutboxMessage)
    for table in (model._meta.db_table for model in growing):
        parts.append(f"SELECT '{table}', count(*)::text FROM {table}")
    for table in (model._meta.db_table for model in changing):
        parts.append(f"SELECT '{table}', md5(string_agg(r::text, '|' ORDER BY r::text)) FROM {table} r")
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def money(code: str = POOL) -> dict[str, int]:
    """The counters of a pool in fen."""
    row = Pool.objects.get(code=code)
    return {"total": row.total_fen, "reserved": row.reserved_fen, "committed": row.committed_fen, "left": row.left_fen}
