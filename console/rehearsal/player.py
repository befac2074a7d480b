"""Plays lines in order through the services that live requests use, with the clock at each line's `at`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from console.rehearsal import lines
from console.rehearsal.lines import Line
from console.rehearsal.people import Staff
from ledger import selectors as pools
from ledger import services as ledger
from policy import clock
from policy.errors import InputError, Refused
from regulation import selectors as regulation

# A rehearsal starts with so much in each pool (contract §3): ten billion yuan.
START_FEN = 10_000_000_000 * 100

Verb = Callable[["Player", Line], dict[str, Any]]
VERBS: dict[str, Verb] = {}


def verb(name: str) -> Callable[[Verb], Verb]:
    """Register what `do` may say."""

    def keep(play: Verb) -> Verb:
        VERBS[name] = play
        return play

    return keep


class Player:
    """One rehearsal. `names` holds the results that lines gave a name with `as`."""

    def __init__(self) -> None:
        self.names: dict[str, dict[str, Any]] = {}
        self.staff = Staff()
        self.at: datetime | None = None
        self.untouched_pools: set[str] = set()
        self.allotments = 0

    def play(self, source: Iterator[str]) -> Iterator[tuple[dict[str, Any], bool]]:
        """Answer each non-empty line with its result and whether the line could be read."""
        number = 0
        try:
            for text in source:
                if not text.strip():
                    continue
                number += 1
                yield self._answer(number, text)
        finally:
            clock.set_to(None)
            regulation.forget_drafts()

    def _answer(self, number: int, text: str) -> tuple[dict[str, Any], bool]:
        try:
            line = lines.read(text)
            self._advance(line.at)
            if line.do not in VERBS:
                raise InputError.of("do", f"没有这个动作：{line.do}")
        except InputError as error:
            return _invalid(number, error), False
        try:
            result = VERBS[line.do](self, line)
        except Refused as refused:
            return {"n": number, "ok": False, **refused.as_dict()}, True
        except InputError as error:
            return _invalid(number, error), True
        if line.name:
            self.names[line.name] = result
        return {"n": number, "ok": True, **result}, True

    def _advance(self, at: datetime) -> None:
        """Set the clock; time never goes back. The first line opens the pools."""
        if self.at is not None and at < self.at:
            raise InputError.of("at", "时间不能倒退")
        if self.at is None:
            for pool in pools.pools():
                ledger.allot(pool.code, START_FEN, key=f"rehearsal:{pool.code}", at=at, actor="system:rehearsal")
                self.untouched_pools.add(pool.code)
        self.at = at
        clock.set_to(at)

    def named(self, reference: str, key: str) -> str:
        """What an earlier line named `reference` gave under `key`, else the reference itself."""
        found = self.names.get(reference)
        return str(found[key]) if found and key in found else reference


def _invalid(number: int, error: InputError) -> dict[str, Any]:
    """The answer to what cannot be read, with the field named."""
    field, message = error.first
    said = f"{field}：{message}" if field else message
    return {"n": number, "ok": False, "code": "invalid", "field": field, "message": said}


# The verbs register themselves.
from console.rehearsal import cases, funds  # noqa: E402, F401
