"""Findings beside their evidence: groups worst first, values side by side, and what differs between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from desk.presenters.outcomes import WORST_FIRST, Tag, outcome_tag
from policy.finding import Finding, Shown
from policy.registry import rule_by_id
from review.schemes import Comparison

SOURCE_WORDS: dict[str, str] = {
    "APP": "申报",
    "ID": "身份证",
    "BANK": "银行卡",
    "RECYC": "回收证明",
    "DEREG": "注销证明",
    "INV": "发票",
    "REGN": "登记证书",
    "REGO": "旧车登记证书",
    "UCINV": "二手车发票",
    "POLICE": "公安交管",
    "TAX": "税务",
    "MIIT": "工信部目录",
    "SCRAPQ": "回收拆解名录",
    "NAT": "全国系统",
    "SYS": "本系统",
    "STAFF": "人工",
    "RULE": "规定",
}
DECLARED = "申报"
DOCUMENT = "材料"
AUTHORITY = "主管部门"
_DOCUMENTS = frozenset({"ID", "BANK", "RECYC", "DEREG", "INV", "REGN", "REGO", "UCINV"})
_ALIGN_AT_LEAST = 10


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a value; `differs` pieces are marked."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One value a rule looked at, with its source and what of it differs."""

    head: str
    tail: str
    label: str
    source: str
    side: str
    value: str
    segments: tuple[Segment, ...]
    mono: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """The comparison above the documents: `cells` by character for codes of equal length, else the rows."""

    heading: str
    remark: str
    positions: tuple[int, ...]
    rows: tuple[tuple[str, tuple[Segment, ...]], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A document to read beside a finding."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Settled:
    """How a person settled a manual finding."""

    result: str
    comment: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """One check as the desk shows it. `number` is the key that opens it (1–9), None beyond or for passes."""

    number: int | None
    outcome: str
    tag: Tag
    rule: str
    title: str
    clause: str
    message: str
    rows: tuple[Row, ...]
    documents: tuple[str, ...]
    strip: Strip | None
    settled: Settled | None
    may_clear: bool
    sources: tuple[Source, ...] = ()

    @property
    def short_clause(self) -> str:
        """The clause by the document's short name: 《方案》二(一)."""
        return short_clause(self.clause)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A field that several sources speak of: declared, document, authority (joined where several)."""

    label: str
    cells: tuple[Segment, Segment, Segment]


@dataclass(frozen=True, slots=True)
class KeyFields:
    """The comparison shown while no finding with a comparison of its own is chosen."""

    kind: str
    word: str
    rows: tuple[KeyRow, ...]


@dataclass(frozen=True, slots=True)
class FindingsView:
    """The left column: what needs a person, worst first, then what passes."""

    attention: tuple[FindingView, ...]
    passed: tuple[FindingView, ...]
    tags: tuple[Tag, ...]

    @property
    def total(self) -> int:
        """How many checks gave a finding."""
        return len(self.attention) + len(self.passed)


def present_findings(
    findings: Iterable[Finding],
    *,
    settled: Mapping[str, Settled],
    may_clear: bool,
    documents: Mapping[str, str],
) -> FindingsView:
    """Order findings, number those that need a person, and prepare their values.

    `documents` are the scheme's document types, code to title: a rule may name more than this scheme asks for.
    """
    ordered = sorted(findings, key=lambda found: (WORST_FIRST.index(found.outcome.value), found.rule))
    attention = [found for found in ordered if found.outcome.value != "pass"]
    views = tuple(
        _view(found, index if index <= 9 else None, settled.get(found.rule), may_clear, documents)
        for index, found in enumerate(attention, start=1)
    )
    passed = tuple(_view(found, None, None, False, documents) for found in ordered if found.outcome.value == "pass")
    counts = {kind: sum(view.outcome == kind for view in views) for kind in WORST_FIRST}
    tags = tuple(outcome_tag(kind, counts[kind]) for kind in WORST_FIRST if counts[kind])
    return FindingsView(views, passed, tags)


def _view(
    found: Finding, number: int | None, settled: Settled | None, may_clear: bool, documents: Mapping[str, str]
) -> FindingView:
    title, evidence = _registered(found.rule)
    shown = list(found.inputs.values())
    # What differs is read first; then whatever else the rule is about.
    unlike = [item.source for item in shown if item.differs]
    wanted = tuple(dict.fromkeys(code for code in (*unlike, *evidence) if code in documents))
    rows = tuple(_rows(shown))
    return FindingView(
        number=number,
        outcome=found.outcome.value,
        tag=outcome_tag(found.outcome.value),
        rule=found.rule,
        title=title,
        clause=found.clause,
        message=found.message,
        rows=rows,
        documents=wanted,
        strip=_strip(rows),
        settled=settled,
        may_clear=may_clear and found.outcome.value == "manual" and settled is None,
        sources=tuple(Source(code, documents[code]) for code in wanted),
    )


def _registered(rule_id: str) -> tuple[str, tuple[str, ...]]:
    """Title and evidence of a rule; an older evaluation may name one that is no longer registered."""
    try:
        rule = rule_by_id(rule_id)
    except KeyError:
        return rule_id, ()
    return rule.title, rule.evidence


def short_clause(clause: str) -> str:
    """A clause by the short name of its document.

    >>> short_clause("京商流通字〔2026〕2号 二(一)、四")
    '《方案》二(一)、四'
    """
    _, mark, sections = clause.partition("号 ")
    return f"《方案》{sections}" if mark else clause


def side_of(source: str) -> str:
    """Whether a value was declared, read from a document, or answered by an authority."""
    if source == "APP":
        return DECLARED
    return DOCUMENT if source in _DOCUMENTS else AUTHORITY


def _rows(shown: Sequence[Shown]) -> Iterable[Row]:
    alike = len(shown) > 1 and len({item.label for item in shown}) == 1
    for item in shown:
        source = SOURCE_WORDS.get(item.source, item.source)
        peers = [other.value for other in shown if other is not item and (other.differs or item.differs)]
        said_already = alike or item.source == "RULE" or source in item.label
        yield Row(
            head=source if alike else item.label,
            tail="" if said_already else source,
            label=item.label,
            source=source,
            side=side_of(item.source),
            value=item.value,
            segments=segments(item.value, [peer for peer in peers if near(item.value, peer)], differs=item.differs),
            mono=_is_code(item.value),
            differs=item.differs,
        )


def near(value: str, other: str) -> bool:
    """Whether two values are the same code but for a few characters, so that a comparison by character helps.

    >>> near("LGXCE6CDXT0123465", "LGXCE6CDXT0123456"), near("LGXCE6CDXT0123465", "LSVAA49J1C2012345")
    (True, False)
    """
    if len(value) != len(other) or len(value) < _ALIGN_AT_LEAST or not (value.isalnum() and other.isalnum()):
        return False
    return 0 < sum(mine != theirs for mine, theirs in zip(value, other, strict=True)) <= len(value) * 2 // 5


def segments(value: str, peers: Sequence[str], *, differs: bool = True) -> tuple[Segment, ...]:
    """Cut a value into what is the same as in every near peer and what is not; without peers it differs whole or not.

    >>> [(piece.text, piece.differs) for piece in segments("ABCDEFGHIJ65", ["ABCDEFGHIJ56"])]
    [('ABCDEFGHIJ', False), ('65', True)]
    """
    if not peers:
        return (Segment(value, differs),)
    pieces: list[Segment] = []
    for characters in zip(value, *peers, strict=True):
        unlike = len(set(characters)) > 1
        if pieces and pieces[-1].differs == unlike:
            pieces[-1] = Segment(pieces[-1].text + characters[0], unlike)
        else:
            pieces.append(Segment(characters[0], unlike))
    return tuple(pieces)


def _is_code(value: str) -> bool:
    return len(value) >= 5 and value.isascii() and any(character.isdigit() for character in value)


def _strip(rows: Sequence[Row]) -> Strip | None:
    """The comparison by character, where a code differs in a few places from others of its kind."""
    first = next((row for row in rows if row.differs and any(near(row.value, other.value) for other in rows)), None)
    if first is None or len(first.value) > 20 or not any(character.isalpha() for character in first.value):
        return None
    kin = [row for row in rows if row is first or row.value == first.value or near(first.value, row.value)]
    columns = list(zip(*(row.value for row in kin), strict=True))
    places = [index for index, column in enumerate(columns, start=1) if len(set(column)) > 1]
    cells = tuple(
        (row.source, tuple(Segment(char, place in places) for place, char in enumerate(row.value, start=1)))
        for row in kin
    )
    where = "、".join(str(place) for place in places)
    heading = "车辆识别代号" if len(columns) == 17 else first.label
    return Strip(heading, f"第 {where} 位不同", tuple(range(1, len(columns) + 1)), cells)


def key_fields(comparisons: Sequence[Comparison]) -> KeyFields | None:
    """The scheme's comparisons as rows of declared, document, authority; what differs from the declared is marked."""
    if not comparisons:
        return None
    rows = tuple(
        KeyRow(
            item.label,
            (
                Segment(item.declared or "—", False),
                _said_by(item.documents, item.declared),
                _said_by(item.authorities, item.declared or next((value for _, value in item.documents), "")),
            ),
        )
        for item in comparisons
    )
    unlike = any(cell.differs for row in rows for cell in row.cells)
    return KeyFields("return" if unlike else "pass", "有不一致" if unlike else "一致", rows)


def _said_by(sources: Sequence[tuple[str, str]], reference: str) -> Segment:
    """`发票、登记证书 相同`, or each value with its source where they differ from the reference."""
    if not sources:
        return Segment("—", False)
    if reference and all(value == reference for _, value in sources):
        return Segment(f"{'、'.join(title for title, _ in sources)} 相同", False)
    text = "；".join(f"{title} {value}" for title, value in sources)
    return Segment(text, bool(reference))
