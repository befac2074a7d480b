"""The one scoping method: which districts an account sees. Every view, API door and export goes through it."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from staff import permissions, selectors

M = TypeVar("M", bound=Model)


def districts(user: Any, action: str = "case.view", *, on: date | None = None) -> frozenset[str] | None:
    """The districts in which the account may do this: None for all, the empty set for none.

    District staff reach the districts in which they hold their role; the roles of bureau, finance, third party and
    audit reach all.
    """
    roles = permissions.action_of(action).roles
    granting = [(role, code) for role, code in selectors.held(user, on) if role in roles]
    if any(role not in permissions.DISTRICT_BOUND for role, _ in granting):
        return None
    return frozenset(code for _, code in granting)


def restrict(
    queryset: QuerySet[M], user: Any, action: str = "case.view", field: str = "district", *, on: date | None = None
) -> QuerySet[M]:
    """The rows of a queryset that the account may see; `field` is the path to the district code."""
    reach = districts(user, action, on=on)
    if reach is None:
        return queryset
    if not reach:
        return queryset.none()
    return queryset.filter(**{f"{field}__in": sorted(reach)})
