"""First pages of posts that have no queue: the hotline's status look-up, the administrators' overview."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from desk.access import needs, signed_in
from desk.frame import page
from desk.presenters.letter import end_of_day
from nightly import selectors as nightly
from policy.clock import local
from policy.errors import Refused
from review import selectors, states
from review.schemes import reviewed
from staff import permissions
from staff.models import User

# Any of these is enough to have a first page.
STARTING_ACTIONS = ("case.view", "case.status", "job.view", "staff.view", "audit.view")

# The agreed wording of the hotline (答复口径), by state.
_WORDING = {
    states.DISTRICT_REVIEW: "申请正在区级初审，请耐心等待。",
    states.MUNICIPAL_REVIEW: "申请正在市级复审，请耐心等待。",
    states.PROPOSED_REJECT: "申请正在市级复核，请耐心等待。",
    states.RETURNED: "申请需要补正，请按告知书在期限前通过原渠道补正。",
    states.NOT_ACCEPTED: "材料不齐全或不清晰，请在期限前通过原渠道补齐。",
    states.APPROVED: "申请已审核通过，等待拨付。",
    states.REJECTED: "申请不符合补贴条件，理由见告知书。",
    states.NOT_ACCEPTED_FINAL: "申请逾期未补齐，不予受理。",
    states.WITHDRAWN: "申请已由申请人撤回。",
    states.CLOSED_NO_FUNDS: "提交时年度补贴资金余额不足，未能受理。",
}


@dataclass(frozen=True, slots=True)
class Status:
    """What the hotline may say of an application: no identity, no amount, no document."""

    receipt_no: str
    scheme: str
    state: str
    submitted_on: str
    correct_by: str
    wording: str


def first_page(user: User) -> HttpResponseRedirect | None:
    """Where a post without cases begins; None for posts that see cases."""
    if permissions.allowed(user, "case.view"):
        return None
    name = "status" if permissions.allowed(user, "case.status") else "duties"
    return HttpResponseRedirect(reverse(f"desk:{name}"))


@needs("case.status")
def status(request: HttpRequest) -> HttpResponse:
    """进度查询: the state of one application by its receipt number."""
    asked = request.GET.get("receipt_no", "").strip().upper()[:24]
    found, missing = None, False
    if asked:
        try:
            found = _status(signed_in(request), asked)
        except Refused:
            missing = True
    context = {"asked": asked, "found": found, "missing": missing}
    return page(request, "start/status.html", context, current="status")


@needs("job.view", "staff.view", "audit.view")
def duties(request: HttpRequest) -> HttpResponse:
    """本岗事务: what an administrator looks after, and how the last nights went."""
    user = signed_in(request)
    runs = nightly.recent_runs() if permissions.allowed(user, "job.view") else None
    context = {
        "runs": runs,
        "staff": permissions.allowed(user, "staff.view"),
        "trail": permissions.allowed(user, "audit.view"),
    }
    return page(request, "start/duties.html", context, current="duties")


def _status(user: User, receipt_no: str) -> Status:
    case = selectors.access_case(user, receipt_no, "case.status")
    waiting = case.state in states.AWAITING_APPLICANT
    return Status(
        receipt_no=case.receipt_no,
        scheme=reviewed(case.scheme).title,
        state=case.get_state_display(),
        submitted_on=f"{local(case.submitted_at):%Y-%m-%d}",
        correct_by=end_of_day(reviewed(case.scheme).correction_close(case)) if waiting else "",
        wording=_WORDING.get(case.state, ""),
    )
