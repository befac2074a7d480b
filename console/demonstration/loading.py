"""Load the demonstration: once, whole, and never beside real data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.conf import settings
from django.db import connection, transaction

from audit import services as trail
from audit.models import Event
from console.demonstration import accounts, bulk, credentials, reference, stories
from console.demonstration.accounts import ACTOR, PERSON_PREFIX
from console.demonstration.moments import Window
from console.demonstration.playing import POOL, TOTAL, Player
from console.demonstration.writing import draw, write
from ledger import services as ledger
from people.models import Person
from policy import clock
from policy.errors import Refused
from policy.money import parse_yuan
from regulation import selectors as regulation
from review.models import Case
from staff.models import User

SEED = 20260316
_LOADED = "demo.loaded"
_LOCK = 7_269_044

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: cases there now, how many of them are new."""

    cases: int
    fresh: int
    seed: int


def load(*, cases: int, seed: int, now: datetime, say: Say) -> Loaded:
    """Bring the demonstration to `cases` applications; what is there already stays.

    The first `stories.CASES` are told through the portal's own services in one transaction, so that a load that is
    interrupted leaves nothing. More than those are written in bulk, for load tests. Raises Refused("state") where real
    data is, or where the portal is not a demonstration.
    """
    if not settings.PORTAL_DEMO:
        raise Refused("state", "本系统不是演示环境（PORTAL_ENV），不能载入演示数据。")
    with _alone():
        there, known_seed = _there()
        if there >= cases:
            return Loaded(there, 0, known_seed)
        _refuse_real_data(there)
        fresh = 0
        if there == 0:
            fresh = _tell(min(cases, stories.CASES), seed, now, say)
            known_seed = seed
        wanted = cases - there - fresh
        if wanted > 0 and there + fresh >= stories.CASES:
            say(f"另以批量方式写入 {wanted} 件，仅供压力测试（无材料图像）")
            bulk.write(wanted, first=there + fresh, seed=known_seed, now=now, note=note, say=say)
            fresh += wanted
        return Loaded(there + fresh, fresh, known_seed)


def _tell(cases: int, seed: int, now: datetime, say: Say) -> int:
    """Write, draw and play the first stories; gives how many."""
    window = Window(now, regulation.calendar())
    random = Random(seed)
    told = stories.stories(random)[:cases]
    written = write(told, window, random)
    say(f"绘制 {len(written)} 件申请的材料")
    draw(written, random)
    hashes = credentials.password_hashes([account.login for account in accounts.ACCOUNTS])
    say("建立账号，按时间顺序办理")
    opened = window.start - timedelta(days=3)
    with transaction.atomic(), clock.frozen(opened):
        users = lay_ground(opened, hashes)
        Player(window, users, random).play(written)
        note(len(written), seed, now)
    return len(written)


def lay_ground(opened: datetime, hashes: Mapping[str, str]) -> dict[str, User]:
    """Accounts, reference tables and money: what every application stands on. Belongs into a transaction."""
    users = accounts.create_all(hashes=hashes, at=opened)
    reference.load(at=opened)
    ledger.open_pool(POOL, title="2026年汽车以旧换新补贴资金", year=opened.year)
    ledger.allot(
        POOL, parse_yuan(TOTAL), key="demo:allot", at=opened, actor=ACTOR, document_no="京财经建〔2026〕演示26号"
    )
    return users


def note(cases: int, seed: int, at: datetime) -> None:
    """Write to the trail that so many applications are demonstration data; in the transaction that made them."""
    trail.record(_LOADED, actor=ACTOR, at=at, object_type="demonstration", object_id=str(seed), data={"cases": cases})


def _there() -> tuple[int, int]:
    """How many applications earlier loads made, and by which seed."""
    events = list(Event.objects.filter(object_type="demonstration", verb=_LOADED).values_list("object_id", "data"))
    return sum(int(data["cases"]) for _, data in events), int(events[0][0]) if events else SEED


def _refuse_real_data(there: int) -> None:
    """Refused("state") if anything exists that no demonstration made."""
    staff = User.objects.exclude(natural_person__code__startswith=PERSON_PREFIX).count()
    cases = Case.objects.count() - there
    people = 0 if there else Person.objects.count()
    if staff or cases or people:
        raise Refused(
            "state", f"数据库中已有非演示数据（账号 {staff}、申请 {cases}、申请人 {people}），不能载入演示数据。"
        )


@contextmanager
def _alone() -> Iterator[None]:
    """Keep a second load out while one is at work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise Refused("locked", "另一个演示数据载入正在进行。")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
