"""What people write onto a case: decisions, clearances, the third party's opinion, answers, confirmations."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse

from applications.vehicles import services as vehicles
from desk import answers
from desk.access import needs, signed_in
from desk.views.answering import malformed, refusal
from desk.views.case import fresh, open_next, show
from documents import services as documents
from documents.selectors import for_case
from policy import clock
from policy.errors import InputError, Refused
from review import services
from review.models import Case
from staff import permissions
from staff.models import User

_DONE = {
    ("pass", "DISTRICT_REVIEW"): "已通过，送市级复审",
    ("pass", "MUNICIPAL_REVIEW"): "已核定通过，转待拨付",
    ("return", ""): "已退回补正",
    ("reject", "DISTRICT_REVIEW"): "已提出不予补贴，待市级确认",
    ("reject", ""): "已决定不予补贴",
    ("back", ""): "已退回区级",
    ("recuse", ""): "已回避",
}
_ANY_DECISION = (
    "case.pass_district",
    "case.return_district",
    "case.reject_district",
    "case.pass_municipal",
    "case.return_municipal",
    "case.reject_municipal",
    "case.back",
    "case.recuse",
)


@needs(*_ANY_DECISION, methods=("POST",))
def decide(request: HttpRequest, receipt_no: str) -> HttpResponse:
    """Pass, return, reject, send back or recuse; then the next case."""
    user = signed_in(request)
    case = fresh(user, receipt_no)
    event, before = request.POST.get("event", ""), case.state
    version = request.POST.get("version", "")
    try:
        services.decide(
            case.pk,
            event,
            by=user,
            at=clock.now(),
            version=int(version) if version.isdigit() else None,
            reasons=request.POST.getlist("reasons"),
            comment=request.POST.get("comment", "")[:1000],
        )
    except Refused as refused:
        return refusal(request, refused, case)
    except InputError as error:
        return malformed(request, error)
    word = _DONE.get((event, before)) or _DONE.get((event, ""), "已办理")
    return open_next(request, user, case, wanted=request.POST.get("next", ""), done=f"{receipt_no} {word}")


@needs("case.assess", methods=("POST",))
def assess(request: HttpRequest, receipt_no: str) -> HttpResponse:
    """The third party's opinion; a negative one says why."""
    user = signed_in(request)
    case = fresh(user, receipt_no)
    good = request.POST.get("event") == "assess-pass"
    comment = request.POST.get("comment", "")[:1000]
    if not good and not comment.strip():
        return malformed(request, InputError.of("comment", "审核不通过的，请写明情况和依据。"))
    try:
        services.assess(case.pk, opinion="pass" if good else "fail", by=user, at=clock.now(), comment=comment)
    except Refused as refused:
        return refusal(request, refused, case)
    done = f"{receipt_no} 第三方审核{'通过' if good else '不通过'}"
    return open_next(request, user, case, wanted=request.POST.get("next", ""), done=done)


@needs("case.clear", methods=("POST",))
def clear(request: HttpRequest, receipt_no: str) -> HttpResponse:
    """Settle one manual finding with a reason."""
    user = signed_in(request)
    case = fresh(user, receipt_no)

    def write() -> object:
        return services.clear(
            case.pk,
            rule=request.POST.get("rule", ""),
            result=request.POST.get("result", "pass"),
            comment=request.POST.get("comment", "")[:1000],
            by=user,
            at=clock.now(),
        )

    return _written(request, case, user, write, "已记录核查结论")


@needs("facts.answer", methods=("POST",))
def answer(request: HttpRequest, receipt_no: str, kind: str) -> HttpResponse:
    """Enter an authority's answer that came on paper; the case is judged again."""
    user = signed_in(request)
    case = fresh(user, receipt_no)
    if not answers.known(kind):
        raise Http404
    permissions.require(user, "facts.answer", district=case.district)

    def write() -> object:
        return vehicles.answer(case.pk, kind, answers.read(kind, request.POST.dict()), at=clock.now(), actor=user.actor)

    return _written(request, case, user, write, "已录入答复并重新核查")


@needs("document.confirm", methods=("POST",))
def confirm(request: HttpRequest, receipt_no: str, document_id: int) -> HttpResponse:
    """Staff's word on a page: legible original, illegible, or no original; the case is judged again."""
    user, at = signed_in(request), clock.now()
    case = fresh(user, receipt_no)
    permissions.require(user, "document.confirm", district=case.district)
    if not for_case(case.pk).filter(pk=document_id).exists():
        raise Http404
    said = {"good": (True, True), "illegible": (False, None), "copy": (True, False)}.get(
        request.POST.get("verdict", "")
    )
    if said is None:
        return malformed(request, InputError.of("verdict", "请选择核对结果。"))

    def write() -> object:
        with transaction.atomic():
            documents.confirm(document_id, legible=said[0], original=said[1], by=user.actor, at=at)
            return vehicles.documents_changed(case.pk, at=at, actor=user.actor)

    return _written(request, case, user, write, "已记录材料核对结果")


def _written(request: HttpRequest, case: Case, user: User, write: Callable[[], object], done: str) -> HttpResponse:
    """Perform a write that leaves the case where it is, and draw it anew."""
    try:
        write()
    except Refused as refused:
        return refusal(request, refused, case)
    except InputError as error:
        return malformed(request, error)
    return show(request, fresh(user, case.receipt_no), user, done=done)
