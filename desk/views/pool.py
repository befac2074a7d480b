"""The pool of money, read only."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from desk.access import needs
from desk.frame import page
from desk.presenters.letter import day
from desk.presenters.queue import PoolView, pool_view
from ledger import selectors as ledger
from policy import clock
from policy.clock import local
from staff import permissions
from staff.models import User


@needs("pool.view")
def pools(request: HttpRequest) -> HttpResponse:
    """Every pool with total, reserved, committed, paid and left."""
    at = clock.now()
    context = {"pools": pool_views(at), "as_of": f"{local(at):%Y-%m-%d %H:%M}"}
    return page(request, "pool/page.html", context, current="pool")


def pool_strip(user: User, at: datetime) -> PoolView | None:
    """The first pool for the head of the queue, for those who may see it."""
    if not permissions.allowed(user, "pool.view"):
        return None
    return next(iter(pool_views(at)), None)


def pool_views(at: datetime) -> list[PoolView]:
    """All pools as of `at`, in order of their codes."""
    return [
        pool_view(
            title=pool.title,
            year=pool.year,
            total=pool.total_fen,
            reserved=pool.reserved_fen,
            committed=pool.committed_fen,
            paid=pool.paid_fen,
            as_of=f"{local(at):%H:%M}",
            closed=f"{day(pool.closed_at)}起停止受理" if pool.closed_at else "",
        )
        for pool in ledger.pools()
    ]
