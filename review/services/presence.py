"""Who looks at a case now: a courtesy to colleagues, no record and no lock."""

from __future__ import annotations

from datetime import datetime, timedelta

from review.models import Case, Presence
from staff.models import User

LOOKING_FOR = timedelta(seconds=75)


def note(case: Case, *, by: User, at: datetime) -> None:
    """Say that `by` is looking at the case."""
    Presence.objects.update_or_create(case=case, user=by, defaults={"seen_at": at})


def leave(case: Case, *, by: User) -> None:
    """Say that `by` has gone to another case."""
    Presence.objects.filter(case=case, user=by).delete()


def watchers(case: Case, *, besides: User, at: datetime) -> list[User]:
    """The others who looked at the case within the last minute or so."""
    rows = Presence.objects.filter(case=case, seen_at__gt=at - LOOKING_FOR).exclude(user=besides)
    return [row.user for row in rows.select_related("user__organisation").order_by("user__login")]
