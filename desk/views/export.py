"""Export of what a list shows, masked; who exported how many rows is in the trail."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.http import FileResponse, HttpRequest

from audit import services as audit
from desk import places
from desk.access import needs, signed_in
from desk.exporting import HEADINGS, MOST_ROWS, lines
from desk.forms import read_conditions
from desk.views.queue import chosen_cases
from exchange.spreadsheets import write_table
from policy import clock
from policy.clock import local
from review import selectors
from review.models import Case
from review.schemes import all_reviewed
from staff.models import User

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_CHOSEN = 500


@needs("case.export")
def listed(request: HttpRequest) -> FileResponse:
    """The cases of a list with its conditions, in its order."""
    user, at = signed_in(request), clock.now()
    conditions = read_conditions(request.GET.dict(), districts=places.visible_districts(user))
    view = request.GET.get("view", "")
    rows = chosen_cases(user, view if view in ("todo", "mine") else "all", conditions, at)[:MOST_ROWS]
    return _file(user, rows.iterator(chunk_size=500), at, sorted(conditions.query))


@needs("case.export", methods=("POST",))
def chosen(request: HttpRequest) -> FileResponse:
    """The rows chosen in a list; those outside this person's reach are not there."""
    user, at = signed_in(request), clock.now()
    wanted = request.POST.getlist("case")[:_MOST_CHOSEN]
    rows = selectors.visible(user, "case.export").select_related("lock_by").filter(receipt_no__in=wanted)
    return _file(user, rows.order_by("receipt_no"), at, ["chosen"])


def _file(user: User, cases: Iterable[Case], at: datetime, conditions: list[str]) -> FileResponse:
    schemes = {scheme.code: scheme.short_title for scheme in all_reviewed()}
    counted = _Counted(cases)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    name = f"cases-{local(at):%Y%m%d-%H%M}.xlsx"
    rows = lines(counted, schemes=schemes, districts=places.district_names(), at=at)
    write_table(file, HEADINGS, rows, name=name)
    file.seek(0)
    with transaction.atomic():
        audit.record(
            "case.exported",
            actor=user.actor,
            at=at,
            object_type="export",
            object_id=f"{local(at):%Y%m%d%H%M%S}",
            data={"rows": counted.number, "conditions": conditions},
        )
    return FileResponse(file, as_attachment=True, filename=name, content_type=_XLSX)


class _Counted:
    """Counts the rows as they pass."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self._cases = cases
        self.number = 0

    def __iter__(self) -> Iterator[Case]:
        for case in self._cases:
            self.number += 1
            yield case
