"""Which decisions stand open to this person on this case, and what each of them asks for.

Permissions come from the role × action table, refusals from the review's own guards: nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from desk import places
from desk.presenters.bar import (
    WORDS,
    Action,
    Bar,
    Drawer,
    Next,
    headline,
    origin_of,
    reasons_for,
    recommended,
    with_primary,
)
from desk.presenters.findings import FindingsView, short_clause
from desk.presenters.letter import Letter, compose, end_of_day
from desk.presenters.queue import money
from policy.errors import Refused
from review import selectors, states, workflow
from review.models import Case
from review.schemes import reviewed
from review.services.assessment import ASSESSABLE
from review.services.decisions import suggested
from review.services.guards import GUARDS, Attempted
from review.services.locks import refuse_if_locked_by_other
from staff import permissions
from staff.models import User

if TYPE_CHECKING:
    from desk.loading import Loaded

# What has an effect of its own is left to the decision itself.
_ASKED = ("not_recused", "four_eyes", "assessed", "findings_allow", "curable")
_TARGETS = {"district": "通过并送市级复审", "municipal": "核定通过，转待拨付"}


def bar_and_drawers(loaded: Loaded, findings: FindingsView) -> tuple[Bar, tuple[Drawer, ...]]:
    """The decision bar of this page with its drawers."""
    case = loaded.case
    refusals: dict[tuple[str, str], str] = {}
    found = [_action(loaded, event, refusals) for event in workflow.STAFF_EVENTS]
    offered = [action for action in found if action] + _assessment(loaded)
    allowed = [action.event for action in offered]
    shown = with_primary(offered, recommended(case.outcome, case.open_manual, allowed))
    drawers = [_drawer(loaded, findings, action) for action in shown if not action.simple and not action.blocked]
    may_recuse = bool(offered) and permissions.allowed(loaded.user, "case.recuse", district=case.district)
    if may_recuse:
        drawers.append(_recusal(case))
    return _bar(loaded, shown, may_recuse), tuple(drawers)


def _action(loaded: Loaded, event: str, refusals: dict[tuple[str, str], str]) -> Action | None:
    case, user = loaded.case, loaded.user
    row = workflow.find(case.state, event)
    if row is None or not permissions.allowed(user, row.action, district=case.district):
        return None
    key, word, icon, tone = WORDS[(event, row.stage)]
    return Action(
        event=event,
        key=key,
        word=word,
        icon=icon,
        tone=tone,
        post_url=reverse("desk:decide", args=(case.receipt_no,)),
        simple=event == "pass",
        blocked=_refusal(loaded, row, refusals),
        confirm=f"{_TARGETS[row.stage]}，{money(case.amount_fen)} 元" if event == "pass" else "",
        confirm_word=f"确认{word}",
        remark=_remark(loaded) if event == "pass" else "",
    )


def _refusal(loaded: Loaded, row: workflow.Transition, known: dict[tuple[str, str], str]) -> str:
    """The first reason why this person may not do this now; each guard is asked once a page."""
    attempt = Attempted(loaded.case, row, loaded.user, loaded.at, list(loaded.evaluation.findings))
    try:
        refuse_if_locked_by_other(loaded.case, loaded.user, loaded.at)
    except Refused as refused:
        return refused.message
    for name in row.guards:
        if name not in _ASKED:
            continue
        if (name, row.stage) not in known:
            try:
                GUARDS[name](attempt)
            except Refused as refused:
                known[(name, row.stage)] = refused.message
            else:
                known[(name, row.stage)] = ""
        if known[(name, row.stage)]:
            return known[(name, row.stage)]
    return ""


def _remark(loaded: Loaded) -> str:
    case = loaded.case
    parts = [f"核查 {sum(case.counts.values())} 项"]
    if loaded.held:
        parts.append(f"人工核查通过 {len(loaded.held)} 项")
    if case.opinion == "pass":
        parts.append("第三方建议通过")
    return "　".join(parts)


def _assessment(loaded: Loaded) -> list[Action]:
    """The third party's two buttons (V-C-17)."""
    case, user = loaded.case, loaded.user
    if case.state not in ASSESSABLE or not permissions.allowed(user, "case.assess", district=case.district):
        return []
    blocked = ""
    try:
        refuse_if_locked_by_other(case, user, loaded.at)
    except Refused as refused:
        blocked = refused.message
    made = []
    for event in ("assess-pass", "assess-fail"):
        key, word, icon, tone = WORDS[(event, states.THIRD_PARTY)]
        made.append(
            Action(
                event=event,
                key=key,
                word=word,
                icon=icon,
                tone=tone,
                post_url=reverse("desk:assess", args=(case.receipt_no,)),
                simple=event == "assess-pass",
                blocked=blocked,
                confirm="第三方审核通过，交区级初审决定" if event == "assess-pass" else "",
                confirm_word=f"确认{word}",
            )
        )
    return made


def _bar(loaded: Loaded, shown: Sequence[Action], may_recuse: bool) -> Bar:
    case, user = loaded.case, loaded.user
    following = selectors.next_case(user, at=loaded.at, after=case) if selectors.waiting_states(user) else None
    coming = (
        Next(following.receipt_no, reverse("desk:next", args=(case.receipt_no,)), f"{money(following.computed_fen)} 元")
        if following
        else None
    )
    if not shown:
        where = f"本件处于“{states.TITLES[case.state]}”"
        return Bar((), f"{where}，您可以查看，不需要您办理", "", coming, may_recuse)
    blocked = next((action for action in shown if action.event in ("pass", "assess-pass") and action.blocked), None)
    text = headline(case.outcome, case.counts, case.open_manual)
    if blocked and case.outcome in ("pass", "manual") and not case.open_manual:
        text = blocked.blocked
    return Bar(tuple(shown), text, "", coming, may_recuse)


def _drawer(loaded: Loaded, findings: FindingsView, action: Action) -> Drawer:
    case = loaded.case
    if action.event == "assess-fail":
        return Drawer(
            action.event,
            "reject",
            action.tone,
            action.icon,
            "不通过",
            "第三方审核不通过",
            action.confirm_word,
            action.post_url,
            "不通过的情况和依据",
            comment_required=True,
        )
    if action.event == "back":
        return Drawer(
            action.event,
            "state",
            action.tone,
            action.icon,
            "退区级",
            "退回区级重审",
            action.confirm_word,
            action.post_url,
            "给区级的意见",
            comment_required=True,
            note="退回后由区级重新初审，本轮意见保留在经过中。",
        )
    scheme = reviewed(case.scheme)
    chosen = suggested(case, action.event, list(loaded.evaluation.findings))
    wanted = set("BNM") if action.event == "return" else set("RNK")
    codes = [code for code in scheme.reason_codes.values() if set(code.kinds) & wanted]
    reasons = reasons_for(
        [(code.code, code.title, short_clause(code.clause)) for code in codes],
        chosen,
        {code.code: code.rules for code in codes},
        findings.attention,
    )
    returning = action.event == "return"
    close = scheme.correction_close(case)
    return Drawer(
        event=action.event,
        kind=action.event,
        tone=action.tone,
        icon=action.icon,
        word=action.word,
        title="退回补正" if returning else action.word,
        confirm=action.confirm_word,
        post_url=action.post_url,
        comment_label="给申请人的补充说明",
        origin=origin_of(reasons),
        reasons=reasons,
        deadline=f"{end_of_day(close)}前" if returning else "",
        deadline_note="《方案》二(三)1、三(三)1。期间时限暂停，按期补正的不重新排队。" if returning else "",
        note="" if returning else _rejection_note(case),
        letter_url=reverse("desk:letter", args=(case.receipt_no, action.event)),
        letter=letter(loaded, action.event, chosen, ""),
    )


def _rejection_note(case: Case) -> str:
    if case.stage == states.DISTRICT:
        return "区级提出，由市级确认后生效；确认前资金预留不变。"
    return "确认后本件办结，预留资金释放。"


def _recusal(case: Case) -> Drawer:
    return Drawer(
        "recuse",
        "state",
        "back",
        "user",
        "回避",
        "回避本件",
        "确认回避",
        reverse("desk:decide", args=(case.receipt_no,)),
        "回避原因",
        note="回避后不能再办理本件，由同岗位其他人员办理。",
    )


def letter(loaded: Loaded, event: str, codes: Sequence[str], comment: str) -> Letter:
    """The letter that these reasons make; unknown codes are left out."""
    case = loaded.case
    scheme = reviewed(case.scheme)
    known: Mapping[str, Any] = scheme.reason_codes
    failing = {
        found.rule: found.message for found in loaded.findings if found.outcome.value not in ("pass", "flag", "manual")
    }
    return compose(
        event,
        applicant=case.applicant_label,
        receipt_no=case.receipt_no,
        scheme_title=scheme.title.removesuffix("补贴"),
        submitted_at=case.submitted_at,
        reasons=[
            {"code": code, "title": known[code].title, "clause": short_clause(known[code].clause)}
            for code in codes
            if code in known
        ],
        sentences={
            code: [failing[rule] for rule in known[code].rules if rule in failing] for code in codes if code in known
        },
        comment=comment,
        correct_before=scheme.correction_close(case),
        body=places.body_of(case),
        at=loaded.at,
    )


def next_for(user: User, at: datetime, wanted: str, after: Case) -> Case | None:
    """The case that was announced as the next one if it is still free, else the next of the queue."""
    if wanted:
        rows = selectors.queue(user, {"view": "todo"}, at=at).filter(receipt_no=wanted)
        case = rows.first()
        if case and (not case.lock_by_id or case.lock_by_id == user.pk or not case.lock_until or case.lock_until <= at):
            return case
    return selectors.next_case(user, at=at, after=after)
