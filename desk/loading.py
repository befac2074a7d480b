"""Gather what the case page shows in a fixed number of queries, and turn it into plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from audit import verbs
from audit.models import Event
from desk import actions, answers
from desk.presenters.case import (
    CaseView,
    DocumentTab,
    FactLine,
    Lock,
    Opinion,
    Page,
    Step,
    Watcher,
    document_tabs,
    said_of,
    step,
)
from desk.presenters.clock import Clock, clock_of
from desk.presenters.findings import FindingsView, Settled, key_fields, present_findings
from desk.presenters.outcomes import Tag
from desk.presenters.queue import money, stage_days
from documents import selectors as documents
from people.services import PURPOSES
from policy.clock import local
from policy.finding import Finding
from policy.scheme import PAYS_NOTHING
from regulation import selectors as regulation
from review import selectors, states
from review.models import Case, Clearance, Decision, Evaluation
from review.schemes import Presentation, reviewed
from review.services import presence
from review.services.content import settled as clearances_held
from staff import permissions
from staff.models import User

_PAYS_NOTHING = frozenset(outcome.value for outcome in PAYS_NOTHING)
_HIDDEN_VERBS = ("case.released", "evaluation.frozen", "clearance.signed", "decision.signed")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rows behind a case page."""

    case: Case
    user: User
    at: datetime
    evaluation: Evaluation
    findings: tuple[Finding, ...]
    held: Mapping[str, Clearance]
    decisions: Sequence[Decision]
    presentation: Presentation


def load(case: Case, user: User, at: datetime) -> Loaded:
    """Read the latest evaluation, what people settled, the decisions and the content."""
    evaluation = selectors.latest_evaluation(case)
    return Loaded(
        case=case,
        user=user,
        at=at,
        evaluation=evaluation,
        findings=tuple(Finding.from_record(record) for record in evaluation.findings),
        held=clearances_held(case, evaluation.findings),
        decisions=selectors.history(case),
        presentation=reviewed(case.scheme).present(case),
    )


def case_view(case: Case, user: User, at: datetime) -> CaseView:
    """The whole page for this user at this moment."""
    loaded = load(case, user, at)
    district = case.district
    works = case.state in states.UNDER_REVIEW
    findings = _findings(loaded, may_clear=works and permissions.allowed(user, "case.clear", district=district))
    lock = _lock(loaded)
    bar, drawers = actions.bar_and_drawers(loaded, findings)
    may_reveal = permissions.allowed(user, "person.reveal", district=district)
    return CaseView(
        receipt_no=case.receipt_no,
        version=case.version,
        scheme_title=reviewed(case.scheme).short_title + "更新",
        state_title=states.TITLES[case.state],
        clock=_clock(loaded),
        lock=lock,
        amount=money(None if case.outcome in _PAYS_NOTHING else case.computed_fen),
        amount_label=_amount_label(case),
        findings=findings,
        documents=_documents(loaded, findings),
        facts=tuple(FactLine(fact.label, fact.values, fact.mono, fact.note) for fact in loaded.presentation.facts),
        formula=loaded.presentation.formula,
        formula_note=loaded.presentation.formula_note,
        policy_version=loaded.evaluation.policy_version,
        opinion=_opinion(loaded.decisions),
        answers=answers.present(loaded),
        history=_history(loaded),
        bar=bar,
        drawers=drawers,
        back_url=reverse("desk:queue"),
        decide_url=_url("decide", case),
        clear_url=_url("clear", case),
        watch_url=_url("watch", case),
        release_url=_url("release", case) if lock.kind == "mine" else "",
        reveal_url=_url("reveal", case) if may_reveal else "",
        purposes=PURPOSES if may_reveal else (),
        key_fields=key_fields(loaded.presentation.comparisons),
    )


def watchers(case: Case, user: User, at: datetime) -> tuple[Watcher, ...]:
    """Colleagues who look at the case now."""
    return tuple(
        Watcher(other.display_name, other.organisation.name) for other in presence.watchers(case, besides=user, at=at)
    )


def lock_of(case: Case, user: User, at: datetime) -> Lock:
    """The claim on a case as `user` sees it."""
    if case.lock_by_id and case.lock_until and case.lock_until > at:
        until = f"{local(case.lock_until):%H:%M}"
        if case.lock_by_id == user.pk:
            return Lock("mine", until=until)
        return Lock("other", name=case.lock_by.display_name if case.lock_by else "他人", until=until)
    if case.state not in selectors.waiting_states(user):
        word = "等待申请人补正" if case.state in states.AWAITING_APPLICANT else "已无待办环节"
        return Lock("none", word="" if case.stage else word)
    return Lock("free", take_url=_url("take", case))


def _lock(loaded: Loaded) -> Lock:
    return lock_of(loaded.case, loaded.user, loaded.at)


def _url(name: str, case: Case, *more: Any) -> str:
    return reverse(f"desk:{name}", args=(case.receipt_no, *more))


def _clock(loaded: Loaded) -> Clock:
    case = loaded.case
    return clock_of(
        due_at=case.due_at,
        left_seconds=case.clock_left_seconds,
        days=stage_days(case, reviewed(case.scheme)),
        now=loaded.at,
        calendar=regulation.calendar(),
        awaited=case.state in states.AWAITING_APPLICANT,
    )


def _amount_label(case: Case) -> str:
    if case.state in (states.APPROVED, states.PAY_PENDING, states.PAID):
        return "核定补贴"
    if case.outcome in _PAYS_NOTHING:
        return "核算补贴 · 不符合规定"
    if case.computed_fen is None:
        return "核算补贴 · 不能计算"
    return "核算补贴" if case.outcome == "pass" else "核算补贴 · 待定"


def _findings(loaded: Loaded, *, may_clear: bool) -> FindingsView:
    held = {
        rule: Settled(row.result, row.comment, row.by.display_name, f"{local(row.at):%m-%d %H:%M}")
        for rule, row in loaded.held.items()
    }
    types = dict(loaded.presentation.document_types)
    return present_findings(loaded.findings, settled=held, may_clear=may_clear, documents=types)


def _documents(loaded: Loaded, findings: FindingsView) -> tuple[DocumentTab, ...]:
    case, user = loaded.case, loaded.user
    if not permissions.allowed(user, "document.view", district=case.district):
        return ()
    may_confirm = case.state in states.UNDER_REVIEW and permissions.allowed(
        user, "document.confirm", district=case.district
    )
    pages: dict[str, list[Page]] = {}
    for row in documents.for_case(case.pk):
        confirmed = said_of(row.legible_confirmed, row.original_confirmed)
        claimed = said_of(row.legible_claimed, row.original_claimed)
        pages.setdefault(row.doc_type, []).append(
            Page(
                id=row.pk,
                number=row.page,
                url=f"/documents/{row.pk}/",
                leaves=row.page_count,
                claimed=f"申报称{claimed}" if claimed else "未核对",
                confirmed=f"已核对{confirmed}" if confirmed else "",
                good=bool(row.legible_confirmed and row.original_confirmed),
                confirm_url=_url("confirm", case, row.pk) if may_confirm else "",
            )
        )
    return document_tabs(loaded.presentation.document_types, pages, findings.attention)


def _opinion(decisions: Iterable[Decision]) -> Opinion:
    for row in decisions:
        if row.event == "back":
            break
        if row.event == "assess":
            good = row.opinion == "pass"
            name = row.by.display_name if row.by else "第三方系统"
            tag = Tag("pass" if good else "return", "建议通过" if good else "不通过")
            return Opinion(row.opinion, tag, name, f"{local(row.at):%m-%d %H:%M}", row.comment)
    return Opinion()


def _history(loaded: Loaded) -> tuple[Step, ...]:
    """The trail of the case, newest first, with reasons and comments from the decisions it speaks of."""
    case = loaded.case
    events = Event.objects.filter(object_type="case", object_id=case.receipt_no).exclude(verb__in=_HIDDEN_VERBS)
    signed = {(row.at, row.event, row.stage): row for row in loaded.decisions}
    steps = []
    for event in events.order_by("-at", "-id")[:60]:
        if event.verb == "case.assessed":
            decision = signed.get((event.at, "assess", states.THIRD_PARTY))
        else:
            decision = signed.get((event.at, event.verb.partition(".")[2], str(event.data.get("stage", ""))))
        steps.append(
            step(
                event.at,
                f"{_actor(event.actor, loaded)}：{_what(event, decision)}",
                reasons=decision.reasons if decision else (),
                comment=decision.comment if decision else "",
            )
        )
    return tuple(steps)


def _what(event: Event, decision: Decision | None) -> str:
    title = verbs.title(event.verb)
    if event.verb == "case.assessed" and decision:
        return f"{title}{'通过' if decision.opinion == 'pass' else '不通过'}"
    if event.verb == "case.cleared":
        return f"{event.data.get('rule', '')} 核查{'通过' if event.data.get('result') == 'pass' else '不予'}"
    if event.verb == "case.evaluated":
        return f"重新{title}（{CAUSES.get(event.data.get('cause', ''), '内容有更新')}）"
    if decision and decision.stage in (states.DISTRICT, states.MUNICIPAL):
        word = "拟不予补贴" if event.verb == "case.reject" and decision.stage == states.DISTRICT else title
        return f"{states.STAGE_TITLES[decision.stage]}{word}"
    return title


CAUSES = {
    "submit": "提交",
    "correct": "申请人补正",
    "police": "公安交管答复",
    "tax": "税务答复",
    "documents": "材料核对",
    "decide": "作出决定前",
    "J-12": "夜间复查",
}


def _actor(actor: str, loaded: Loaded) -> str:
    kind, _, name = actor.partition(":")
    if kind == "staff":
        if name == loaded.user.login:
            return "我"
        known = {row.by.login: row.by.display_name for row in loaded.decisions if row.by}
        known |= {row.by.login: row.by.display_name for row in loaded.held.values()}
        return known.get(name, name)
    return {"system": "系统", "channel": "渠道", "applicant": "申请人"}.get(kind, kind)
