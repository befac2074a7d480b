"""How a refusal is shown: in a banner beside the decision bar, with its rule and clause; nothing typed is lost."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from policy.errors import InputError, Refused
from review.models import Case

_TITLES = {
    "rule": "不符合规定，没有办理",
    "state": "本件状态已变，没有办理",
    "locked": "他人正在办理本件",
    "conflict": "本件已更新，没有办理",
    "funds": "资金不足，没有办理",
    "recused": "您已回避本件",
    "four_eyes": "两级审核须由不同人员办理",
    "duplicate": "重复办理",
    "permission": "没有权限",
}


@dataclass(frozen=True, slots=True)
class Banner:
    """A message beside the decision bar. `reload_url` offers to go on with the present version."""

    tone: str
    icon: str
    title: str
    text: str
    rule: str = ""
    clause: str = ""
    reload_url: str = ""


def refusal(request: HttpRequest, refused: Refused, case: Case) -> HttpResponse:
    """409 with the banner alone; what is "not found" or not permitted is for the guard of the view."""
    if refused.code in ("not_found", "permission"):
        raise refused
    stale = refused.code in ("conflict", "state", "locked")
    banner = Banner(
        tone="warn" if stale else "bad",
        icon={"locked": "lock"}.get(refused.code, "alert"),
        title=_TITLES[refused.code],
        text=refused.message,
        rule=refused.rule or "",
        clause=refused.clause or "",
        reload_url=reverse("desk:case", args=(case.receipt_no,)) if stale else "",
    )
    return _banner(request, banner, 409)


def malformed(request: HttpRequest, error: InputError) -> HttpResponse:
    """422 with the messages, each with its field's path where it has one."""
    text = "；".join("、".join(messages) for messages in error.fields.values())
    return _banner(request, Banner("bad", "alert", "请先改正", text), 422)


def _banner(request: HttpRequest, banner: Banner, status: int) -> HttpResponse:
    response = render(request, "case/_banner.html", {"banner": banner}, status=status)
    response["HX-Retarget"] = "#banner"
    response["HX-Reswap"] = "innerHTML"
    return response
