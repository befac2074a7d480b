"""Names of the districts, and which of them somebody sees."""

from __future__ import annotations

from review import states
from review.models import Case
from staff import scope, selectors
from staff.models import User

_KEPT = "_desk_districts"


def district_names(user: User) -> dict[str, str]:
    """Code to name of every district, in the official order; read once per account object."""
    names: dict[str, str] = user.__dict__.get(_KEPT) or selectors.districts()
    user.__dict__[_KEPT] = names
    return names


def visible_districts(user: User) -> dict[str, str]:
    """The districts whose cases `user` may see."""
    seen = scope.districts(user, "case.view")
    return {code: name for code, name in district_names(user).items() if seen is None or code in seen}


def body_of(case: Case, user: User) -> str:
    """Who signs a letter: the body of the stage the case is in."""
    name = district_names(user).get(case.district, "")
    return f"北京市{name}" if case.stage == states.DISTRICT and name else "北京市商务局"
