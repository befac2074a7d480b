"""Reads: which roles an account holds, who the organisations are."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from policy import clock
from staff.models import Organisation, RoleAssignment, User


def held(user: Any, on: date | None = None) -> frozenset[tuple[str, str]]:
    """The `(role, organisation code)` pairs an account holds on a day (default: today).

    Read once per account object and day; services that change roles call `forget`. Nobody signed in and a disabled
    account hold nothing.
    """
    if not isinstance(user, User) or user.pk is None or not user.is_active:
        return frozenset()
    day = on or clock.today()
    cache: dict[date, frozenset[tuple[str, str]]] = user.__dict__.setdefault("_held", {})
    if day not in cache:
        cache[day] = frozenset(assignments_on(day).filter(user=user).values_list("role", "organisation__code"))
    return cache[day]


def forget(user: User) -> None:
    """Read the roles of this account object again next time."""
    user.__dict__.pop("_held", None)


def assignments_on(day: date) -> QuerySet[RoleAssignment]:
    """The assignments in force on a day; the end is exclusive."""
    return RoleAssignment.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)


def roles(user: Any, on: date | None = None) -> frozenset[str]:
    """The role codes an account holds on a day."""
    return frozenset(role for role, _ in held(user, on))


def organisation(code: str) -> Organisation:
    """The organisation with this code; LookupError if there is none."""
    found = Organisation.objects.filter(code=code).first()
    if found is None:
        raise LookupError(f"no organisation {code!r}")
    return found


def districts() -> dict[str, str]:
    """The 17 district bodies: code -> Chinese name, in the official order."""
    return dict(Organisation.objects.filter(kind=Organisation.Kind.DISTRICT).values_list("code", "name"))
