"""The registered verbs: what can happen in this portal. An event with any other verb is refused."""

from __future__ import annotations

import re

_PATTERN = re.compile(r"\A[a-z][a-z_]*(\.[a-z][a-z0-9_]*)+\Z")
_titles: dict[str, str] = {}


class UnknownVerb(LookupError):
    """An event uses a verb that no app has registered."""


def register(verb: str, title: str) -> str:
    """Register a verb (`case.passed`) with its Chinese title; the same verb with another title is an error."""
    if not _PATTERN.match(verb) or len(verb) > 64:
        raise ValueError(f"not a verb: {verb!r}")
    if _titles.setdefault(verb, title) != title:
        raise ValueError(f"verb {verb!r} is registered already, as {_titles[verb]!r}")
    return verb


def title(verb: str) -> str:
    """The Chinese title of a verb; `UnknownVerb` if there is none."""
    try:
        return _titles[verb]
    except KeyError:
        raise UnknownVerb(f"the verb {verb!r} is not registered") from None


def all_verbs() -> dict[str, str]:
    """All registered verbs and their titles, in alphabetical order."""
    return dict(sorted(_titles.items()))
