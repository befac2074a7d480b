"""The case page and what does not decide: claim, presence, next, letter preview, evidence pages."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from desk import actions
from desk.access import needs, signed_in
from desk.frame import page
from desk.loading import case_view, load, lock_of, watchers
from desk.views.answering import malformed, refusal
from documents import access as document_door
from people import services as people
from policy import clock
from policy.errors import InputError, Refused
from review import selectors, services
from review.models import Case
from review.services import presence
from staff.models import User


@needs("case.view")
def case(request: HttpRequest, receipt_no: str) -> HttpResponse:
    """The page of one case; a partial request gets its main part alone."""
    user = signed_in(request)
    found = fresh(user, receipt_no)
    return show(request, found, user)


def show(
    request: HttpRequest, found: Case, user: User, *, done: str = "", pushed: bool = False, status: int = 200
) -> HttpResponse:
    """Draw a case whole or as the part that htmx swaps; `pushed` puts its address into the browser's bar."""
    context = {"view": case_view(found, user, clock.now()), "done": done}
    if not request.headers.get("HX-Request") or request.headers.get("HX-History-Restore-Request"):
        return page(request, "case/page.html", context, current="queue", status=status)
    response = render(request, "case/main.html", context, status=status)
    if pushed:
        response["HX-Push-Url"] = reverse("desk:case", args=(found.receipt_no,))
    return response


def fresh(user: User, receipt_no: str) -> Case:
    """The case through its door, as it is now."""
    return selectors.read_case(user, receipt_no)


@needs("case.take", "case.assess", methods=("POST",))
def take(request: HttpRequest, receipt_no: str) -> HttpResponse:
    """Claim this case."""
    user = signed_in(request)
    found = fresh(user, receipt_no)
    try:
        services.take(found.pk, by=user, at=clock.now())
    except Refused as refused:
        return refusal(request, refused, found)
    return show(request, fresh(user, receipt_no), user, done="已领取")


@needs("case.take", "case.assess", methods=("POST",))
def release(request: HttpRequest, receipt_no: str) -> HttpResponse:
    """Give the claim back."""
    user = signed_in(request)
    services.release(fresh(user, receipt_no).pk, by=user, at=clock.now())
    return show(request, fresh(user, receipt_no), user, done="已放回待办")


@needs("case.take", "case.assess", methods=("POST",))
def following(request: HttpRequest, receipt_no: str) -> HttpResponse:
    """Leave this case and claim the next one of the queue."""
    user, at = signed_in(request), clock.now()
    left = fresh(user, receipt_no)
    if left.lock_by_id == user.pk:
        services.release(left.pk, by=user, at=at)
    presence.leave(left, by=user)
    return open_next(request, user, left, wanted="")


def open_next(request: HttpRequest, user: User, after: Case, *, wanted: str, done: str = "") -> HttpResponse:
    """Claim and draw the next case; without one, back to the queue."""
    at = clock.now()
    coming = actions.next_for(user, at, wanted, after)
    if coming is not None:
        try:
            services.take(coming.pk, by=user, at=at)
        except Refused:
            # Somebody was quicker; the one after it is as good.
            coming = selectors.next_case(user, at=at, after=after)
    if coming is None:
        target = reverse("desk:queue")
        if not request.headers.get("HX-Request"):
            return HttpResponseRedirect(target)
        response = HttpResponse(status=200)
        response["HX-Redirect"] = target
        return response
    return show(request, fresh(user, coming.receipt_no), user, done=done, pushed=True)


@needs("case.view", methods=("POST",))
def watch(request: HttpRequest, receipt_no: str) -> HttpResponse:
    """Say that this person is looking; answers who else is, and whether the case has moved on."""
    user, at = signed_in(request), clock.now()
    found = fresh(user, receipt_no)
    presence.note(found, by=user, at=at)
    version = request.POST.get("version", "")
    stale = found.version if version.isdigit() and int(version) != found.version else None
    part = {"lock": lock_of(found, user, at), "watchers": watchers(found, user, at), "stale": stale}
    return render(request, "case/_presence.html", {"view": part})


@needs("case.view", methods=("POST",))
def letter(request: HttpRequest, receipt_no: str, event: str) -> HttpResponse:
    """The letter that the chosen reasons make."""
    user = signed_in(request)
    loaded = load(fresh(user, receipt_no), user, clock.now())
    comment = request.POST.get("comment", "")[:1000]
    made = actions.letter(loaded, event, request.POST.getlist("reasons"), comment)
    return render(request, "case/_letter.html", {"letter": made})


@needs("person.reveal", methods=("POST",))
def reveal(request: HttpRequest, receipt_no: str) -> HttpResponse:
    """Show the applicant's full data for a stated purpose; the service writes who saw it and why."""
    user = signed_in(request)
    found = fresh(user, receipt_no)
    if found.person is None:
        raise Http404
    purpose = request.POST.get("purpose", "")
    try:
        shown = people.reveal(found.person, by=user, purpose=purpose, at=clock.now(), case_ref=receipt_no)
    except InputError as error:
        return malformed(request, error)
    lines = [(label, shown[name]) for name, label in REVEALED if shown.get(name)]
    return render(request, "case/_revealed.html", {"purpose": purpose, "lines": lines})


REVEALED = (("name", "姓名"), ("id_number", "证件号码"), ("phone", "手机"))


@needs("document.view")
def evidence(request: HttpRequest, document_id: int, leaf: int) -> FileResponse:
    """One page of evidence, drawn by the portal, through the scoped door."""
    opened = document_door.open_for(signed_in(request), document_id, at=clock.now(), page=leaf)
    return FileResponse(opened.path.open("rb"), content_type=opened.media_type, headers=opened.headers)
