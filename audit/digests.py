"""Digests of the rows that events speak of.

An app that owns rows which must not change behind the trail's back registers how they are read:

    digests.register_model("decision", Decision, ["case_id", "event", "stage", "by_id", "at", ...])

From then on every event about a `decision` stores the keyed digest of that row, and `audit verify` reads the rows
again, in batches, and names each that is changed, gone, or not spoken of by any event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from audit import canonical, keys

Reader = Callable[[Sequence[str]], Mapping[str, bytes]]


@dataclass(frozen=True)
class Kind:
    """A registered kind of object. `mutable`: only the last event about a row must still fit it."""

    object_type: str
    read: Reader
    mutable: bool
    model: type[models.Model] | None

    @property
    def table(self) -> str:
        """What a break names: the table, or the kind if the rows come from elsewhere."""
        return self.model._meta.db_table if self.model else self.object_type


_kinds: dict[str, Kind] = {}


def register(object_type: str, read: Reader, *, mutable: bool = False, model: type[models.Model] | None = None) -> None:
    """Register how the rows of a kind are read: `read(ids)` gives for each id that exists any fixed bytes of its row.

    Set-based: `read` is called with up to some thousand ids. The bytes need not be keyed, this module keys them. With
    `model`, verify also finds rows of its table that no event speaks of.
    """
    kind = Kind(object_type, read, mutable, model)
    known = _kinds.setdefault(object_type, kind)
    if known != kind:
        raise ValueError(f"digests of {object_type!r} are registered already")


def register_model(
    object_type: str, model: type[models.Model], fields: Sequence[str], *, mutable: bool = False
) -> None:
    """Register the rows of a model by these columns (attnames). Encrypted ones are refused: rotation changes them."""
    for name in fields:
        field = model._meta.get_field(name)
        if field.get_internal_type() == "BinaryField" and not isinstance(field, models.BinaryField):
            raise ValueError(f"{object_type}.{name}: the digest of an encrypted column would not survive rotation")

    def read(ids: Sequence[str]) -> Mapping[str, bytes]:
        wanted = _primary_keys(model, ids)
        rows = model._default_manager.filter(pk__in=list(wanted)).values_list("pk", *fields)
        return {wanted[row[0]]: canonical.encode(row) for row in rows}

    register(object_type, read, mutable=mutable, model=model)


def kind(object_type: str) -> Kind | None:
    """The registered kind, or None: events about other objects store no subject digest."""
    return _kinds.get(object_type)


def kinds() -> list[Kind]:
    """All registered kinds, by name."""
    return [_kinds[name] for name in sorted(_kinds)]


def of_subjects(object_type: str, ids: Iterable[str]) -> dict[str, bytes]:
    """The keyed digests of rows by object id, for those that exist; {} for a kind that is not registered."""
    registered = _kinds.get(object_type)
    if registered is None:
        return {}
    rows = registered.read(sorted(set(ids)))
    return {
        name: keys.mac("subject", canonical.encode([object_type, name, bytes(body)])) for name, body in rows.items()
    }


def of_change(value: Any) -> bytes | None:
    """What an event keeps of a before or after: None, bytes as they are, or the keyed digest of a JSON value."""
    if value is None or isinstance(value, bytes):
        return value
    return keys.mac("change", canonical.json_text(value).encode())


def _primary_keys(model: type[models.Model], ids: Sequence[str]) -> dict[Any, str]:
    wanted: dict[Any, str] = {}
    for name in ids:
        try:
            wanted[model._meta.pk.to_python(name)] = name
        except ValidationError:
            continue  # no row can have such an id: it is reported as missing
    return wanted
