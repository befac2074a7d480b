"""The decision bar: what this person may decide now, why not, and what a decision needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from desk.presenters.findings import FindingView
from desk.presenters.letter import Letter


@dataclass(frozen=True, slots=True)
class Next:
    """The next case of the queue."""

    receipt_no: str
    url: str
    note: str


@dataclass(frozen=True, slots=True)
class Action:
    """One button. `simple` ones are confirmed in the bar; the others open a drawer. `blocked` says why not."""

    event: str
    key: str
    word: str
    icon: str
    tone: str
    post_url: str
    simple: bool = False
    primary: bool = False
    blocked: str = ""
    confirm: str = ""
    confirm_word: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar while choosing: `actions`, the recommendation, and the next case."""

    actions: tuple[Action, ...]
    headline: str
    detail: str = ""
    next: Next | None = None
    may_recuse: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code to choose; `origin` says which finding brought it."""

    code: str
    title: str
    clause: str
    chosen: bool
    origin: str


@dataclass(frozen=True, slots=True)
class Drawer:
    """What a decision with reasons asks for. `letter_url` is "" where no letter goes out."""

    event: str
    kind: str
    tone: str
    icon: str
    word: str
    title: str
    confirm: str
    post_url: str
    comment_label: str
    comment_required: bool = False
    origin: str = ""
    reasons: tuple[Reason, ...] = ()
    deadline: str = ""
    deadline_note: str = ""
    note: str = ""
    letter_url: str = ""
    letter: Letter | None = None


WORDS: dict[tuple[str, str], tuple[str, str, str, str]] = {
    # (event, stage) -> key, word, icon, tone
    ("pass", "district"): ("p", "通过", "pass", "go"),
    ("pass", "municipal"): ("p", "通过", "pass", "go"),
    ("return", "district"): ("r", "退回", "return", "ret"),
    ("return", "municipal"): ("r", "退回", "return", "ret"),
    ("reject", "district"): ("j", "拟不予补贴", "reject", "rej"),
    ("reject", "municipal"): ("j", "不予补贴", "reject", "rej"),
    ("back", "municipal"): ("b", "退区级", "back", "back"),
    ("assess-pass", "third_party"): ("p", "审核通过", "pass", "go"),
    ("assess-fail", "third_party"): ("j", "审核不通过", "reject", "rej"),
}


def recommended(outcome: str, open_manual: int, allowed: Iterable[str]) -> str:
    """The event that the automatic checks suggest; "" where a person must settle something first."""
    events = set(allowed)
    if outcome in ("reject", "not_accepted") and "reject" in events:
        return "reject"
    if outcome == "return" and "return" in events:
        return "return"
    if open_manual:
        return ""
    if "pass" in events:
        return "pass"
    return "assess-pass" if "assess-pass" in events and outcome in ("pass", "manual") else ""


def with_primary(actions: Sequence[Action], event: str) -> tuple[Action, ...]:
    """The actions with the recommended one marked, unless it is blocked."""
    return tuple(replace(action, primary=action.event == event and not action.blocked) for action in actions)


def headline(outcome: str, counts: Mapping[str, int], open_manual: int) -> str:
    """One sentence on what the checks suggest."""
    if outcome == "block":
        return f"拦截 {counts.get('block', 0)} 项，不能办理"
    if outcome == "reject":
        return f"{counts.get('reject', 0)} 项不符合规定，建议不予补贴"
    if outcome == "not_accepted":
        return f"{counts.get('not_accepted', 0)} 项不予受理，建议退回补正或不予补贴"
    if outcome == "return" or (counts.get("return") and outcome == "manual"):
        tail = f"，另有 {open_manual} 项需人工核查" if open_manual else ""
        return f"{counts.get('return', 0)} 项可补正，建议退回{tail}"
    if open_manual:
        return f"{open_manual} 项需人工核查，核查后才能通过"
    if outcome == "manual":
        return "人工核查已全部通过，可以通过"
    if counts.get("flag"):
        return f"{counts['flag']} 项提示，核对后可以通过"
    return f"全部 {sum(counts.values())} 项通过，可以通过"


def reasons_for(
    codes: Iterable[tuple[str, str, str]],
    suggested: Sequence[str],
    brought_by: Mapping[str, Sequence[str]],
    findings: Sequence[FindingView],
) -> tuple[Reason, ...]:
    """The reason codes of an event, those that findings bring first and chosen.

    `codes` are (code, title, clause); `brought_by` maps a code to the rules that bring it.
    """
    number = {finding.rule: finding.number for finding in findings}
    listed = []
    for code, title, clause in codes:
        sources = [number[rule] for rule in brought_by.get(code, ()) if number.get(rule)]
        origin = f"来自第 {'、'.join(map(str, sources))} 项" if sources and code in suggested else ""
        listed.append(Reason(code, title, clause, code in suggested, origin))
    return tuple(sorted(listed, key=lambda reason: not reason.chosen))


def origin_of(reasons: Sequence[Reason]) -> str:
    """What stands beside a drawer's title."""
    chosen = [reason for reason in reasons if reason.chosen]
    return f"已由结论带出 {len(chosen)} 项原因" if chosen else "请选择原因"
