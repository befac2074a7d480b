"""The import page: template, trial with the result of each row, then the import, in turns with a progress bar."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from desk import importing
from desk.access import needs, signed_in
from desk.frame import page
from exchange.spreadsheets import write_template
from policy import clock
from policy.errors import InputError
from review.schemes import all_reviewed
from staff.models import User

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
Turn = Callable[..., list[importing.Line]]


@needs("case.import")
def page_of_import(request: HttpRequest) -> HttpResponse:
    """Choose a scheme, fetch its template, upload a file."""
    schemes = [{"code": scheme.code, "title": scheme.title} for scheme in all_reviewed()]
    context = {"schemes": schemes, "most": importing.MOST_ROWS}
    return page(request, "imports/page.html", context, current="import")


@needs("case.import")
def template(request: HttpRequest, scheme: str, ending: str) -> FileResponse:
    """An empty template of a scheme."""
    if scheme not in {found.code for found in all_reviewed()}:
        raise Http404
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    name = f"{scheme}.{ending}"
    write_template(file, importing.filed_section(scheme), name=name)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=_TYPES[ending])


@needs("case.import", methods=("POST",))
def check(request: HttpRequest) -> HttpResponse:
    """A turn of the trial."""
    return _turn(request, importing.trial, "check")


@needs("case.import", methods=("POST",))
def run(request: HttpRequest) -> HttpResponse:
    """A turn of the import."""
    return _turn(request, importing.store, "run")


def _turn(request: HttpRequest, work: Turn, step: str) -> HttpResponse:
    user, at = signed_in(request), clock.now()
    start = int(request.POST["start"]) if request.POST.get("start", "").isdigit() else 0
    try:
        sheet = _sheet(request)
    except InputError as error:
        problem = "；".join(message for messages in error.fields.values() for message in messages)
        return render(request, "imports/_failed.html", {"problem": problem}, status=422)
    context = _context(work, sheet, step, start, user, at, request)
    return render(request, "imports/_first.html" if start == 0 else "imports/_more.html", context)


def _sheet(request: HttpRequest) -> importing.Sheet:
    scheme = request.POST.get("scheme", "")
    upload = request.FILES.get("file")
    if scheme not in {found.code for found in all_reviewed()}:
        raise InputError.of("scheme", "请选择方案")
    if upload is None:
        raise InputError.of("file", "请选择文件")
    sheet = importing.read(upload, name=upload.name or "", scheme=scheme)
    if request.POST.get("digest") and request.POST["digest"] != sheet.digest:
        raise InputError.of("file", "文件与检查时的不同，请重新检查")
    return sheet


def _context(
    work: Turn, sheet: importing.Sheet, step: str, start: int, user: User, at: datetime, request: HttpRequest
) -> dict[str, Any]:
    lines = work(sheet, start, by=user, at=at)
    done = start + len(lines)
    figures = {
        kind: _carried(request, kind) + sum(line.kind == kind for line in lines) for kind in ("good", "same", "bad")
    }
    return {
        "step": step,
        "lines": lines,
        "done": done,
        "total": len(sheet.rows),
        "finished": done >= len(sheet.rows),
        **figures,
        "digest": sheet.digest,
        "url": reverse(f"desk:import-{step}"),
        "run_url": reverse("desk:import-run"),
    }


def _carried(request: HttpRequest, name: str) -> int:
    """A figure of the turns before; it is only shown, so nothing hangs on the browser's word."""
    text = request.POST.get(name, "")
    return int(text) if text.isdigit() and len(text) < 6 and request.POST.get("start", "0") != "0" else 0
