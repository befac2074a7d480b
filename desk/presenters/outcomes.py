"""Outcomes as staff see them: a word, an icon and a colour together, the worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from policy.finding import Outcome

WORST_FIRST: tuple[str, ...] = (
    Outcome.BLOCK.value,
    Outcome.REJECT.value,
    Outcome.NOT_ACCEPTED.value,
    Outcome.MANUAL.value,
    Outcome.RETURN.value,
    Outcome.FLAG.value,
    Outcome.PASS.value,
)
WORDS: dict[str, str] = {outcome.value: outcome.word for outcome in Outcome}


@dataclass(frozen=True, slots=True)
class Tag:
    """A coloured label. `kind` is an outcome; `count` is shown after the word; an empty word leaves icon and count."""

    kind: str
    word: str
    count: int | None = None

    @property
    def icon(self) -> str:
        """The name of the icon in the sprite, the same as the outcome's."""
        return self.kind


def outcome_tag(outcome: str, count: int | None = None) -> Tag:
    """The label of one outcome."""
    return Tag(outcome, WORDS[outcome], count)


def summary_tags(counts: Mapping[str, int]) -> tuple[Tag, ...]:
    """What a row of the queue shows of its checks: the failing ones worst first, at most two, else that all pass."""
    failing = [Tag(kind, WORDS[kind], counts[kind]) for kind in WORST_FIRST if kind != "pass" and counts.get(kind)]
    passed = counts.get("pass", 0)
    if not failing:
        return (Tag("pass", "全部通过", passed),) if passed else ()
    if len(failing) == 1 and failing[0].kind == "flag" and passed:
        return (failing[0], Tag("pass", "", passed))
    return tuple(failing[:2])
