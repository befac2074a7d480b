"""The rows of a list of cases, its columns, chips and conditions, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from desk.presenters.clock import Clock, clock_of
from desk.presenters.outcomes import Tag, summary_tags
from policy.money import format_yuan
from policy.workdays import WorkCalendar
from review import states
from review.models import Case
from review.schemes import ReviewedScheme


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has claimed a case."""

    name: str
    me: bool
    live: bool
    word: str


@dataclass(frozen=True, slots=True)
class Row:
    """One case in a list; personal values are masked."""

    receipt_no: str
    url: str
    scheme: str
    state: str
    district: str
    applicant: str
    subject: str
    base: str
    amount: str
    amount_fen: int | None
    tags: tuple[Tag, ...]
    clock: Clock
    holder: Holder | None
    idle_word: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter one key away; `count` is said in words ("1000+" where there are more)."""

    word: str
    url: str
    current: bool
    count: str | None = None
    separated: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in force and the address without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head; only indexed columns have an address to sort by."""

    word: str
    url: str = ""
    direction: str = ""
    numeric: bool = False
    css: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty list says and where it sends one."""

    heading: str
    text: str
    url: str = ""
    word: str = ""
    others: bool = False


@dataclass(frozen=True, slots=True)
class PoolBar:
    """One part of a pool's meter, in per cent of its width."""

    css: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool's figures in yuan, as of a moment."""

    title: str
    year: int
    total: str
    reserved: str
    committed: str
    paid: str
    left: str
    used_percent: str
    bars: tuple[PoolBar, ...]
    as_of: str
    closed: str


def money(fen: int | None) -> str:
    """Fen in yuan with separators; a dash where there is no sum.

    >>> money(1677700), money(None)
    ('16,777.00', '—')
    """
    if fen is None:
        return "—"
    sign, digits = ("-", format_yuan(-fen)) if fen < 0 else ("", format_yuan(fen))
    whole, _, cents = digits.partition(".")
    return f"{sign}{int(whole):,}.{cents}"


def rows_of(
    cases: Iterable[Case],
    *,
    user_id: int,
    at: datetime,
    calendar: WorkCalendar,
    schemes: Mapping[str, ReviewedScheme],
    districts: Mapping[str, str],
    url: str,
) -> tuple[Row, ...]:
    """Rows in the given order; `url` is an address with {} for the receipt number."""
    return tuple(_row(case, user_id, at, calendar, schemes, districts, url) for case in cases)


def _row(
    case: Case,
    user_id: int,
    at: datetime,
    calendar: WorkCalendar,
    schemes: Mapping[str, ReviewedScheme],
    districts: Mapping[str, str],
    url: str,
) -> Row:
    scheme = schemes[case.scheme]
    shown = case.amount_fen is not None or case.outcome not in ("reject", "not_accepted", "block")
    fen = case.computed_fen if shown else None
    return Row(
        receipt_no=case.receipt_no,
        url=url.format(case.receipt_no),
        scheme=scheme.short_title,
        state=states.TITLES[case.state],
        district=districts.get(case.district, case.district).removesuffix("商务局"),
        applicant=case.applicant_label,
        subject=case.subject,
        base=money(case.base_fen),
        amount=money(fen),
        amount_fen=fen,
        tags=_tags(case),
        clock=clock_of(
            due_at=case.due_at,
            left_seconds=case.clock_left_seconds,
            days=stage_days(case, scheme),
            now=at,
            calendar=calendar,
            awaited=case.state in states.AWAITING_APPLICANT,
        ),
        holder=_holder(case, user_id, at),
        idle_word="未领取" if case.stage else "",
    )


def stage_days(case: Case, scheme: ReviewedScheme) -> int:
    """Working days of the stage the case is in, or returned from."""
    return scheme.clock_days.get(case.stage or states.STAGE_OF.get(case.returned_from, states.DISTRICT), 3)


def _tags(case: Case) -> tuple[Tag, ...]:
    counts = {kind: int(number) for kind, number in case.counts.items()}
    if case.state in states.AWAITING_APPLICANT and counts.get("return"):
        return (Tag("return", "待补正", counts["return"]),)
    return summary_tags(counts)


def _holder(case: Case, user_id: int, at: datetime) -> Holder | None:
    if not case.lock_by_id or not case.lock_until or case.lock_until <= at:
        return None
    me = case.lock_by_id == user_id
    name = case.lock_by.display_name if case.lock_by else ""
    return Holder(name, me, True, "处理中" if me else "已锁定")


def address(path: str, query: Mapping[str, str], **changes: str | None) -> str:
    """The address of a list with some of its query changed; None takes a name away, and the page starts anew.

    >>> address("/", {"chip": "late", "page": "3"}, sort="-due", page=None)
    '/?chip=late&sort=-due'
    """
    merged = {name: value for name, value in query.items() if value}
    for name, value in changes.items():
        if value:
            merged[name] = value
        else:
            merged.pop(name, None)
    return f"{path}?{urlencode(merged)}" if merged else path


def sort_columns(path: str, query: Mapping[str, str], sort: str, *, state: bool, district: bool) -> tuple[Column, ...]:
    """The heads of the table in order; those an index serves can be sorted by."""

    def sortable(word: str, key: str, numeric: bool = False) -> Column:
        down = sort == key
        direction = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
        target = f"-{key}" if down else key
        return Column(word, address(path, query, sort=None if target == "due" else target), direction, numeric)

    columns = [sortable("受理号", "age"), Column("方案"), Column("申请人"), Column("销售企业")]
    if state:
        columns.append(Column("环节"))
    if district:
        columns.append(Column("区", css="hide-s"))
    columns += [
        Column("新车价税合计", numeric=True, css="w-lg"),
        sortable("核算补贴（元）", "amount", numeric=True),
        Column("自动核查"),
        sortable("剩余时限", "due"),
        Column("承办"),
    ]
    return tuple(columns)


def pool_view(
    *,
    title: str,
    year: int,
    total: int,
    reserved: int,
    committed: int,
    paid: int,
    as_of: str,
    closed: str = "",
) -> PoolView:
    """A pool as a meter and figures; amounts in fen."""
    bars: list[PoolBar] = []
    start = 0.0
    for css, fen in (("m1", paid), ("m2", committed), ("m3", reserved)):
        width = 100 * fen / total if total else 0.0
        bars.append(PoolBar(css, f"{start:.3f}", f"{width:.3f}"))
        start += width
    return PoolView(
        title=title,
        year=year,
        total=money(total),
        reserved=money(reserved),
        committed=money(committed),
        paid=money(paid),
        left=money(total - reserved - committed - paid),
        used_percent=f"{start:.1f}",
        bars=tuple(bars),
        as_of=as_of,
        closed=closed,
    )
