"""What stands around every page: who is signed in and where one can go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from desk import places
from desk.access import signed_in
from desk.counting import capped_counts, said
from policy import clock
from review import selectors
from staff import permissions
from staff.models import User


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the navigation; `group` starts a new group with that heading."""

    url: str
    icon: str
    word: str
    current: bool
    count: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """Who is signed in, in which post, and the navigation."""

    name: str
    post: str
    items: tuple[NavItem, ...]


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, current: str, status: int = 200
) -> HttpResponse:
    """A whole page in the frame."""
    frame = frame_of(signed_in(request), current=current, at=clock.now(), counts=context.pop("counts", None))
    return render(request, template, {**context, "frame": frame}, status=status)


def frame_of(user: User, *, current: str, at: datetime, counts: dict[str, int] | None = None) -> Frame:
    """The frame for `user`; `counts` may bring the figures of todo and mine."""
    works = bool(selectors.waiting_states(user))
    if counts is None:
        counts = capped_counts(nav_querysets(user, at)) if works else {}
    items: list[NavItem] = []

    def add(name: str, icon: str, word: str, *, count: int = 0, group: str = "") -> None:
        items.append(NavItem(reverse(f"desk:{name}"), icon, word, name == current, said(count) if count else "", group))

    if works:
        add("queue", "inbox", "待办", count=counts.get("todo", 0))
        add("mine", "user", "我的", count=counts.get("mine", 0))
    if permissions.allowed(user, "case.view"):
        add("all", "list", "全部")
    elif permissions.allowed(user, "case.status"):
        add("status", "search", "进度查询")
    others = [
        (name, icon, word)
        for name, icon, word, actions in (
            ("pool", "pool", "资金池", ("pool.view",)),
            ("import", "upload", "导入", ("case.import",)),
            ("duties", "gear", "本岗事务", ("job.view", "staff.view", "audit.view")),
        )
        if any(permissions.allowed(user, action) for action in actions)
    ]
    for index, (name, icon, word) in enumerate(others):
        add(name, icon, word, group="统计与管理" if index == 0 else "")
    return Frame(user.display_name, post_of(user), tuple(items))


def nav_querysets(user: User, at: datetime) -> dict[str, Any]:
    """What the navigation counts."""
    return {
        "todo": selectors.queue(user, {"view": "todo"}, at=at),
        "mine": selectors.queue(user, {"view": "mine"}, at=at),
    }


def post_of(user: User) -> str:
    """Where and as what somebody works: 朝阳区 · 区级初审."""
    words = "、".join(permissions.titles_of(user))
    return " · ".join(filter(None, (places.home_of(user), words)))
