"""What the case page shows, as plain values: head, lock, documents, facts, answers, history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from desk.presenters.bar import Bar, Drawer
from desk.presenters.clock import Clock
from desk.presenters.findings import FindingsView, FindingView, KeyFields
from desk.presenters.outcomes import Tag
from policy.clock import local


@dataclass(frozen=True, slots=True)
class Watcher:
    """A colleague who looks at the case now."""

    name: str
    post: str


@dataclass(frozen=True, slots=True)
class Lock:
    """The claim: `kind` is mine, other, free or none (nobody works in this state; `word` says so)."""

    kind: str
    name: str = ""
    until: str = ""
    take_url: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One uploaded file of a document type: its address up to the leaf, how many leaves, what is said of it."""

    id: int
    number: int
    url: str
    leaves: int
    claimed: str
    confirmed: str
    good: bool
    confirm_url: str
    kind: str = "image"


@dataclass(frozen=True, slots=True)
class DocumentTab:
    """A document type the scheme asks for. `hit` is the worst outcome that points to it; "" for none."""

    code: str
    title: str
    short: str
    pages: tuple[Page, ...]
    hit: str
    absent: str


@dataclass(frozen=True, slots=True)
class AnswerField:
    """A field of the form by which staff enter an authority's answer."""

    id: str
    name: str
    label: str
    placeholder: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What one authority said; `url` is where staff enter it by hand, "" where they may not."""

    title: str
    answered: bool
    lines: tuple[tuple[str, str], ...]
    url: str = ""
    fields: tuple[AnswerField, ...] = ()


@dataclass(frozen=True, slots=True)
class Opinion:
    """The third party's opinion; `kind` is "", pass or fail."""

    kind: str = ""
    tag: Tag | None = None
    by: str = ""
    at: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history."""

    iso: str
    at: str
    text: str
    reasons: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class FactLine:
    """One line of the facts panel."""

    label: str
    values: tuple[str, ...]
    mono: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class CaseView:
    """The whole page. Addresses are "" where the user may not act."""

    receipt_no: str
    version: int
    scheme_title: str
    state_title: str
    clock: Clock
    lock: Lock
    amount: str
    amount_label: str
    findings: FindingsView
    documents: tuple[DocumentTab, ...]
    facts: tuple[FactLine, ...]
    formula: str
    formula_note: str
    policy_version: str
    opinion: Opinion
    answers: tuple[Answer, ...]
    history: tuple[Step, ...]
    bar: Bar
    drawers: tuple[Drawer, ...]
    back_url: str
    decide_url: str = ""
    clear_url: str = ""
    watch_url: str = ""
    release_url: str = ""
    reveal_url: str = ""
    purposes: tuple[str, ...] = ()
    watchers: tuple[Watcher, ...] = ()
    key_fields: KeyFields | None = None
    stale: int | None = None
    pane_numbers: tuple[int, ...] = field(default=(1, 2))


def step(at: datetime, text: str, *, reasons: Iterable[Mapping[str, str]] = (), comment: str = "") -> Step:
    """A line of the history in Beijing time, with reasons and their clauses."""
    moment = local(at)
    grounds = "；".join(f"{reason['code']} {reason['title']}（{reason['clause']}）" for reason in reasons)
    return Step(moment.isoformat(timespec="seconds"), f"{moment:%m-%d %H:%M}", text, grounds, comment)


def document_tabs(
    types: Sequence[tuple[str, str]], pages: Mapping[str, Sequence[Page]], findings: Sequence[FindingView]
) -> tuple[DocumentTab, ...]:
    """Tabs in the scheme's order, then whatever else was uploaded; each marked by the worst finding pointing to it."""
    titles = dict(types)
    codes = [*titles, *(code for code in pages if code not in titles)]
    hits: dict[str, str] = {}
    for finding in findings:
        for code in finding.documents:
            hits.setdefault(code, finding.outcome)
    return tuple(
        DocumentTab(
            code=code,
            title=titles.get(code, "其他材料"),
            short=SHORT_TITLES.get(code, titles.get(code, "其他")),
            pages=tuple(pages.get(code, ())),
            hit=hits.get(code, "") if pages.get(code) else "",
            absent="申请人没有上传这份材料",
        )
        for code in codes
    )


SHORT_TITLES = {
    "ID": "身份证",
    "BANK": "银行卡",
    "RECYC": "回收证明",
    "DEREG": "注销证明",
    "INV": "发票",
    "REGN": "登记证书",
    "REGO": "旧车登记",
    "UCINV": "二手车发票",
    "OTHER": "其他",
}


def said_of(legible: bool | None, original: bool | None) -> str:
    """What is said of a page, in words."""
    parts = []
    if legible is not None:
        parts.append("清晰" if legible else "不清晰")
    if original is not None:
        parts.append("原件" if original else "非原件")
    return "、".join(parts)
