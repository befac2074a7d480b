"""Judging lines: the contract's answer for each, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from console.evaluation.lines import Line
from policy.errors import InputError
from policy.parameters import ParameterSet
from policy.scheme import Scheme


class Answer(NamedTuple):
    """What is printed for a line, and whether it could be read."""

    body: dict[str, Any]
    read: bool


def evaluate_lines(lines: Iterable[Line], scheme: Scheme, params: ParameterSet, *, at: datetime) -> Iterator[Answer]:
    """`{"id", "outcome", "amount", "findings"}` of each line, or `{"id", "error": {"field", "message"}}`."""
    for line in lines:
        if isinstance(line.raw, InputError):
            yield _unreadable(line.id, line.raw)
            continue
        try:
            dossier = scheme.parse(line.raw, at=at)
        except InputError as error:
            yield _unreadable(line.id, error)
            continue
        yield Answer(scheme.evaluate(dossier, params).as_contract(dossier.id), True)


def _unreadable(id: str | None, error: InputError) -> Answer:
    field, message = error.first
    return Answer({"id": id, "error": {"field": field, "message": message}}, False)
