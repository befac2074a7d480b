"""Names of organisations, and which districts somebody sees."""

from __future__ import annotations

from django.core.cache import cache

from review import states
from review.models import Case
from staff import scope
from staff.models import Organisation, User

_KEY = "desk:organisations"
# Organisations change a few times a year; a page need not ask each time.
_KEPT_SECONDS = 300

# (primary key, code, name, whether it is a district) in the official order
Rows = list[tuple[int, str, str, bool]]


def _organisations() -> Rows:
    rows: Rows | None = cache.get(_KEY)
    if rows is None:
        rows = [
            (pk, code, name, kind == Organisation.Kind.DISTRICT)
            for pk, code, name, kind in Organisation.objects.values_list("pk", "code", "name", "kind")
        ]
        cache.set(_KEY, rows, _KEPT_SECONDS)
    return rows


def home_of(user: User) -> str:
    """The name of the organisation an account belongs to."""
    return next((name for pk, _, name, _ in _organisations() if pk == user.organisation_id), "")


def district_names() -> dict[str, str]:
    """Code to name of every district, in the official order."""
    return {code: name for _, code, name, is_district in _organisations() if is_district}


def visible_districts(user: User) -> dict[str, str]:
    """The districts whose cases `user` may see."""
    seen = scope.districts(user, "case.view")
    return {code: name for code, name in district_names().items() if seen is None or code in seen}


def body_of(case: Case) -> str:
    """Who signs a letter: the body of the stage the case is in."""
    name = district_names().get(case.district, "")
    return f"北京市{name}" if case.stage == states.DISTRICT and name else "北京市商务局"
