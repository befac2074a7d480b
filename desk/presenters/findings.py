"""Findings beside their evidence: groups worst first, values side by side, and what differs between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from desk.presenters.outcomes import WORST_FIRST, Tag, outcome_tag
from policy.finding import Finding, Shown
from policy.registry import rule_by_id

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
    "SCRAP": "回收拆解名录",
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
        """The sections without the document's name, for one line."""
        return self.clause.rpartition("》")[2].strip() or self.clause


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


def present_findings(findings: Iterable[Finding], *, settled: Mapping[str, Settled], may_clear: bool) -> FindingsView:
    """Order findings, number those that need a person, and prepare their values."""
    ordered = sorted(findings, key=lambda found: (WORST_FIRST.index(found.outcome.value), found.rule))
    attention = [found for found in ordered if found.outcome.value != "pass"]
    views = tuple(
        _view(found, index if index <= 9 else None, settled.get(found.rule), may_clear)
        for index, found in enumerate(attention, start=1)
    )
    passed = tuple(_view(found, None, None, False) for found in ordered if found.outcome.value == "pass")
    counts = {kind: sum(view.outcome == kind for view in views) for kind in WORST_FIRST}
    tags = tuple(outcome_tag(kind, counts[kind]) for kind in WORST_FIRST if counts[kind])
    return FindingsView(views, passed, tags)


def _view(found: Finding, number: int | None, settled: Settled | None, may_clear: bool) -> FindingView:
    rule = _registered(found.rule)
    shown = list(found.inputs.values())
    rows = tuple(_rows(shown))
    return FindingView(
        number=number,
        outcome=found.outcome.value,
        tag=outcome_tag(found.outcome.value),
        rule=found.rule,
        title=rule[0],
        clause=found.clause,
        message=found.message,
        rows=rows,
        documents=rule[1],
        strip=_strip(rows),
        settled=settled,
        may_clear=may_clear and found.outcome.value == "manual" and settled is None,
        sources=tuple(Source(code, SOURCE_WORDS[code]) for code in rule[1] if code in SOURCE_WORDS),
    )


def _registered(rule_id: str) -> tuple[str, tuple[str, ...]]:
    """Title and evidence of a rule; an older evaluation may name one that is no longer registered."""
    try:
        rule = rule_by_id(rule_id)
    except KeyError:
        return rule_id, ()
    return rule.title, rule.evidence


def side_of(source: str) -> str:
    """Whether a value was declared, read from a document, or answered by an authority."""
    if source == "APP":
        return DECLARED
    return DOCUMENT if source in _DOCUMENTS else AUTHORITY


def _rows(shown: Sequence[Shown]) -> Iterable[Row]:
    for item in shown:
        peers = [other.value for other in shown if other is not item and other.differs and item.differs]
        yield Row(
            label=item.label,
            source=SOURCE_WORDS.get(item.source, item.source),
            side=side_of(item.source),
            value=item.value,
            segments=segments(item.value, peers) if item.differs else (Segment(item.value, False),),
            mono=_is_code(item.value),
            differs=item.differs,
        )


def segments(value: str, peers: Sequence[str]) -> tuple[Segment, ...]:
    """Cut a differing value into what is the same as every peer and what is not.

    >>> [(piece.text, piece.differs) for piece in segments("ABCDEFGHIJ65", ["ABCDEFGHIJ56"])]
    [('ABCDEFGHIJ', False), ('65', True)]
    """
    alike = [peer for peer in peers if len(peer) == len(value)]
    if not alike or len(alike) != len(peers) or len(value) < _ALIGN_AT_LEAST or not _is_code(value):
        return (Segment(value, True),)
    pieces: list[Segment] = []
    for characters in zip_longest(value, *alike):
        differs = len(set(characters)) > 1
        if pieces and pieces[-1].differs == differs:
            pieces[-1] = Segment(pieces[-1].text + characters[0], differs)
        else:
            pieces.append(Segment(characters[0], differs))
    return tuple(pieces) if any(piece.differs for piece in pieces) else (Segment(value, True),)


def _is_code(value: str) -> bool:
    return len(value) >= 5 and value.isascii() and any(character.isdigit() for character in value)


def _strip(rows: Sequence[Row]) -> Strip | None:
    """The comparison by character, where at least two codes of one length differ."""
    differing = [row for row in rows if row.differs and row.mono and len(row.value) >= _ALIGN_AT_LEAST]
    if len(differing) < 2 or len({len(row.value) for row in differing}) != 1:
        return None
    length = len(differing[0].value)
    if length > 20 or not any(character.isalpha() for row in differing for character in row.value):
        return None
    columns = list(zip(*(row.value for row in differing), strict=True))
    places = [index for index, column in enumerate(columns, start=1) if len(set(column)) > 1]
    cells = tuple(
        (row.source, tuple(Segment(char, place in places) for place, char in enumerate(row.value, start=1)))
        for row in differing
    )
    where = "、".join(str(place) for place in places)
    return Strip(differing[0].label, f"第 {where} 位不同", tuple(range(1, length + 1)), cells)


def key_fields(findings: Iterable[Finding], *, most: int = 5) -> KeyFields | None:
    """Fields that at least two kinds of source speak of, each once, those that differ first."""
    seen: dict[str, dict[str, list[Shown]]] = {}
    for found in findings:
        for item in found.inputs.values():
            if item.source not in ("RULE", "SYS"):
                seen.setdefault(item.label, {}).setdefault(side_of(item.source), []).append(item)
    rows = [_key_row(label, sides) for label, sides in seen.items() if len(sides) >= 2]
    if not rows:
        return None
    rows.sort(key=lambda row: not any(cell.differs for cell in row.cells))
    differs = any(cell.differs for row in rows for cell in row.cells)
    return KeyFields("return" if differs else "pass", "有不一致" if differs else "一致", tuple(rows[:most]))


def _key_row(label: str, sides: Mapping[str, Sequence[Shown]]) -> KeyRow:
    cells = []
    for side in (DECLARED, DOCUMENT, AUTHORITY):
        values: dict[str, list[str]] = {}
        for item in sides.get(side, ()):
            values.setdefault(item.value, []).append(SOURCE_WORDS.get(item.source, item.source))
        text = "；".join(
            value if side == DECLARED else f"{'、'.join(dict.fromkeys(sources))} {value}"
            for value, sources in values.items()
        )
        cells.append(Segment(text or "—", any(item.differs for item in sides.get(side, ()))))
    return KeyRow(label, (cells[0], cells[1], cells[2]))
