"""The two ways a request fails: it is malformed (`InputError`), or a rule or state refuses it (`Refused`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

REFUSAL_CODES = frozenset(
    {"rule", "state", "permission", "locked", "conflict", "not_found", "funds", "duplicate", "recused", "four_eyes"}
)


class InputError(ValueError):
    """What was sent cannot be read; nothing is stored.

    `fields` maps dotted paths (`invoice.total_incl_tax`, `documents.0.type`; "" is the whole) to Chinese messages.
    The messages never repeat the value: it may be personal data.
    """

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        if not fields:
            raise ValueError("an InputError names at least one field")
        self.fields: dict[str, list[str]] = {path: list(messages) for path, messages in fields.items()}
        super().__init__(", ".join(self.fields))

    @classmethod
    def of(cls, field: str, message: str) -> InputError:
        """The error of a single field."""
        return cls({field: [message]})

    @property
    def first(self) -> tuple[str, str]:
        """The first bad field and its first message, in reading order."""
        path = next(iter(self.fields))
        return path, self.fields[path][0]

    def under(self, prefix: str) -> InputError:
        """The same error with every path below `prefix` (a body inside a larger one)."""
        return InputError({f"{prefix}.{path}" if path else prefix: messages for path, messages in self.fields.items()})

    def as_dict(self) -> dict[str, object]:
        """The body of a 400 answer: `{"code": "invalid", "fields": {path: [message]}}`."""
        return {"code": "invalid", "fields": self.fields}


class Refused(Exception):
    """A rule, state, permission or the funds refuse an action on well-formed input.

    `code` is one of `REFUSAL_CODES`; `rule` and `clause` are given when a rule of the catalogue refuses.
    The message is Chinese and shown as it is: no personal data in it.
    """

    def __init__(self, code: str, message: str, rule: str | None = None, clause: str | None = None) -> None:
        if code not in REFUSAL_CODES:
            raise ValueError(f"unknown refusal code {code!r}")
        self.code = code
        self.message = message
        self.rule = rule
        self.clause = clause
        super().__init__(f"{code} {rule or ''}".strip())

    def as_dict(self) -> dict[str, str]:
        """The body of a refusal: code and message, with rule and clause where a rule refuses."""
        body = {"code": self.code, "message": self.message}
        if self.rule is not None:
            body["rule"] = self.rule
        if self.clause is not None:
            body["clause"] = self.clause
        return body
