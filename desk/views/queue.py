"""Lists of cases: what waits, what is mine, all; search; taking the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from desk import places
from desk.access import needs, signed_in
from desk.counting import capped_counts, said
from desk.forms import CHIP_FILTERS, SORT_WORDS, Conditions, read_conditions
from desk.frame import nav_querysets, page, post_of
from desk.presenters.queue import Chip, Column, Condition, Empty, PoolView, Row, address, rows_of, sort_columns
from desk.views.pool import pool_strip
from desk.views.start import STARTING_ACTIONS, first_page
from policy import clock
from policy.clock import local
from policy.workdays import MissingYear
from regulation import selectors as regulation
from review import selectors
from review.models import Case
from review.schemes import all_reviewed
from review.services import take
from staff import permissions
from staff.models import User

PAGE_SIZE = 50
CASE_URL = "/cases/{}/"


@dataclass(frozen=True, slots=True)
class ListView:
    """Everything the list template shows."""

    title: str
    subtitle: str
    path: str
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    chips: tuple[Chip, ...]
    conditions: tuple[Condition, ...]
    fields: tuple[Any, ...]
    kept: tuple[tuple[str, str], ...]
    sorted_by: str
    empty: Empty
    may_take: bool
    may_export: bool
    export_url: str
    show_state: bool
    show_district: bool
    position: str
    earlier: str
    later: str
    pool: PoolView | None
    search: str = ""


@needs(*STARTING_ACTIONS)
def queue(request: HttpRequest) -> HttpResponse:
    """待办: what waits for somebody in this post. Posts that decide nothing start at 全部 or a page of their own."""
    user = signed_in(request)
    elsewhere = first_page(user)
    if elsewhere is not None:
        return elsewhere
    if not selectors.waiting_states(user):
        return HttpResponseRedirect(reverse("desk:all"))
    return _list(request, user, "todo", "queue", "待办")


@needs("case.view")
def mine(request: HttpRequest) -> HttpResponse:
    """我的: what this person has claimed."""
    return _list(request, signed_in(request), "mine", "mine", "我的")


@needs("case.view")
def every(request: HttpRequest) -> HttpResponse:
    """全部: every case this person may see."""
    return _list(request, signed_in(request), "all", "all", "全部案件")


@needs("case.view", methods=("POST",))
def search(request: HttpRequest) -> HttpResponse:
    """Find by receipt number, VIN or its last six, external number, exact name; a name belongs into no address."""
    user, at = signed_in(request), clock.now()
    text = request.POST.get("q", "").strip()[:40]
    if not text:
        return HttpResponseRedirect(reverse("desk:queue"))
    cases = list(selectors.queue(user, {"view": "all", "text": text}, at=at, sort="-age")[:PAGE_SIZE])
    if len(cases) == 1:
        return HttpResponseRedirect(CASE_URL.format(cases[0].receipt_no))
    empty = Empty(
        "没有找到", "受理号、识别代号和姓名须完整；识别代号也可只输后六位。", reverse("desk:all"), "看全部案件"
    )
    count = f"{len(cases)} 件" if len(cases) < PAGE_SIZE else f"前 {PAGE_SIZE} 件"
    conditions = read_conditions({}, districts=places.visible_districts(user))
    view = _view(
        user,
        at,
        conditions,
        cases,
        title="查找结果",
        subtitle=count,
        path=reverse("desk:all"),
        empty=empty,
        search=text,
    )
    return page(request, "queue/page.html", {"view": view}, current="all")


@needs("case.take", "case.assess", methods=("POST",))
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim the next unclaimed case of the queue and open it."""
    user, at = signed_in(request), clock.now()
    case = selectors.next_case(user, at=at)
    if case is None:
        return HttpResponseRedirect(reverse("desk:queue"))
    take(case.pk, by=user, at=at)
    return HttpResponseRedirect(CASE_URL.format(case.receipt_no))


def chosen_cases(user: User, view: str, conditions: Conditions, at: datetime) -> QuerySet[Case]:
    """The cases of a list with its conditions and chip, in its order."""
    filters: dict[str, Any] = {**conditions.filters, "view": view, **_chip(conditions.chip, at)}
    rows = selectors.queue(user, filters, at=at, sort=conditions.sort)
    days = conditions.filters.get("days_old")
    return rows.filter(queue_at__lt=at - timedelta(days=days)) if days else rows


def _chip(chip: str, at: datetime) -> dict[str, Any]:
    if chip == "late":
        try:
            return {"due_before": regulation.calendar().due(at, 1)}
        except MissingYear:
            return {"due_before": at}
    return dict(CHIP_FILTERS[chip][1]) if chip else {}


def _list(request: HttpRequest, user: User, view: str, name: str, title: str) -> HttpResponse:
    at = clock.now()
    districts = places.visible_districts(user)
    conditions = read_conditions(request.GET.dict(), districts=districts)
    rows = chosen_cases(user, view, conditions, at)
    counts, chips = _counts(user, view, conditions, rows, at, reverse(f"desk:{name}"))
    start = (conditions.page - 1) * PAGE_SIZE
    cases = list(rows[start : start + PAGE_SIZE + 1])
    total = counts["shown"]
    shown = _view(
        user,
        at,
        conditions,
        cases[:PAGE_SIZE],
        title=title,
        subtitle=f"{said(total)} 件 · {post_of(user)}",
        path=reverse(f"desk:{name}"),
        empty=_empty(view, conditions, counts),
        chips=chips,
        more=len(cases) > PAGE_SIZE,
        total=total,
        kind=view,
        pool=pool_strip(user, at),
    )
    return page(request, "queue/page.html", {"view": shown, "counts": counts}, current=name)


def _counts(
    user: User, view: str, conditions: Conditions, rows: QuerySet[Case], at: datetime, path: str
) -> tuple[dict[str, int], tuple[Chip, ...]]:
    """Every figure of the page in one statement: navigation, this list, its chips."""
    named = {**nav_querysets(user, at), "shown": rows}
    base = {"view": view}
    if view == "todo":
        named |= {f"chip:{chip}": selectors.queue(user, {**base, **_chip(chip, at)}, at=at) for chip in CHIP_FILTERS}
        named |= {
            f"scheme:{scheme.code}": selectors.queue(user, {**base, "scheme": scheme.code}, at=at)
            for scheme in all_reviewed()
        }
    counts = capped_counts(named)
    if view != "todo":
        return counts, ()
    plain = not conditions.query.get("chip") and not conditions.filters
    chips = [Chip("全部待办", path, plain, said(counts["todo"]))]
    for chip, (word, _) in CHIP_FILTERS.items():
        chips.append(Chip(word, address(path, {"chip": chip}), conditions.chip == chip, said(counts[f"chip:{chip}"])))
    for index, scheme in enumerate(all_reviewed()):
        current = conditions.filters.get("scheme") == scheme.code and not conditions.chip
        figure = said(counts[f"scheme:{scheme.code}"])
        chips.append(
            Chip(f"{scheme.short_title}更新", address(path, {"scheme": scheme.code}), current, figure, index == 0)
        )
    return counts, tuple(chips)


def _empty(view: str, conditions: Conditions, counts: dict[str, int]) -> Empty:
    if view == "mine":
        return Empty("手上没有案件", "领取后的案件在这里，锁定到期会自动放回待办。", reverse("desk:queue"), "看待办")
    if conditions.query:
        word = CHIP_FILTERS[conditions.chip][0] if conditions.chip else "符合条件"
        return Empty(
            f"没有{word}的案件",
            "可以去掉条件，或看全部。",
            reverse("desk:queue" if view == "todo" else "desk:all"),
            f"看全部{'待办 ' + said(counts['todo']) + ' 件' if view == 'todo' else '案件'}",
            others=bool(counts["todo"]),
        )
    if view == "todo":
        return Empty("待办已全部办完", "新提交、补正回来的案件会出现在这里。", reverse("desk:all"), "看全部案件")
    return Empty("还没有案件", "申请提交或导入后会出现在这里。")


def _position(number: int, shown: int, total: int, at: datetime) -> str:
    """Which cases the page shows, of how many, as of when; nothing for an empty page."""
    if not shown:
        return ""
    first = (number - 1) * PAGE_SIZE + 1
    return f"第 {first}–{first + shown - 1} 件，共 {said(total)} 件 · 截至 {local(at):%H:%M}"


def _view(
    user: User,
    at: datetime,
    conditions: Conditions,
    cases: list[Case],
    *,
    title: str,
    subtitle: str,
    path: str,
    empty: Empty,
    chips: tuple[Chip, ...] = (),
    more: bool = False,
    total: int = 0,
    kind: str = "all",
    pool: PoolView | None = None,
    search: str = "",
) -> ListView:
    districts = places.district_names()
    several = len(places.visible_districts(user)) > 1
    several_stages = kind != "todo" or len(selectors.waiting_states(user)) > 1
    query = conditions.query
    here = query | ({"page": str(conditions.page)} if conditions.page > 1 else {})
    export = permissions.allowed(user, "case.export")
    return ListView(
        title=title,
        subtitle=subtitle,
        path=path,
        rows=rows_of(
            cases,
            user_id=user.pk,
            at=at,
            calendar=regulation.calendar(),
            schemes={scheme.code: scheme for scheme in all_reviewed()},
            districts=districts,
            url=CASE_URL,
        ),
        columns=sort_columns(path, query, conditions.sort, state=several_stages, district=several),
        chips=chips,
        conditions=_in_force(conditions, path),
        fields=conditions.fields,
        kept=tuple((name, query[name]) for name in ("chip", "sort") if name in query),
        sorted_by=SORT_WORDS[conditions.sort],
        empty=empty,
        may_take=bool(selectors.waiting_states(user)),
        may_export=export and bool(cases),
        export_url=address(reverse("desk:export"), query | {"view": kind}) if export and not search else "",
        show_state=several_stages,
        show_district=several,
        position=_position(conditions.page, len(cases), total, at),
        earlier=address(path, here, page=str(conditions.page - 1)) if conditions.page > 1 else "",
        later=address(path, here, page=str(conditions.page + 1)) if more and conditions.page < 20 else "",
        pool=pool,
        search=search,
    )


def _in_force(conditions: Conditions, path: str) -> tuple[Condition, ...]:
    """The conditions that narrow the list, each with the address without it."""
    return tuple(
        Condition(field.label, field.said, address(path, conditions.query, **{field.name: None}))
        for field in conditions.fields
        if field.value and not field.error
    )
