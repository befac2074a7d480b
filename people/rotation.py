"""Rotation of the encryption key: every encrypted column of every model, in batches, while the portal runs.

Only the encryption changes. Lookups and uniqueness hang on keyed digests with a key of their own and stay as they are.
It can be stopped and started again: what is already under the current key is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from people.crypto import cipher, header, key_id_of
from people.fields import EncryptedField, Sealed

BATCH = 500


@dataclass(frozen=True)
class Rotated:
    """What was done in one column: rows re-encrypted now."""

    place: str
    rows: int


def columns() -> Iterator[tuple[type[models.Model], EncryptedField]]:
    """Every encrypted column of every installed model that has a table of its own."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            for field in model._meta.local_fields:
                if isinstance(field, EncryptedField):
                    yield model, field


def rotate(*, batch: int = BATCH) -> Iterator[Rotated]:
    """Re-encrypt with the current key, column after column; each batch is a transaction of its own.

    A value under an unknown key stops it with `people.crypto.UnknownKey`, which names the place and the key id: what
    was done until then stays done.
    """
    for model, field in columns():
        rows = 0
        last: Any = None
        while True:
            last, done = _rotate_batch(model, field, after=last, batch=batch)
            rows += done
            if last is None:
                break
        yield Rotated(field.place, rows)


def keys_in_use() -> dict[str, dict[str, int]]:
    """For each encrypted column, how many values stand under which key id. A key that is nowhere may be removed."""
    found: dict[str, dict[str, int]] = {}
    for model, field in columns():
        counts: dict[str, int] = {}
        # The key id stands in the clear at the head: version, length, id.
        sql = (
            f'SELECT substring("{field.column}" FROM 1 FOR 2 + get_byte("{field.column}", 1)), count(*)'
            f' FROM "{model._meta.db_table}" WHERE "{field.column}" IS NOT NULL GROUP BY 1'
        )
        with connection.cursor() as cursor:
            cursor.execute(sql)
            for head, count in cursor.fetchall():
                counts[bytes(head)[2:].decode("utf-8", "replace")] = count
        found[field.place] = counts
    return found


@transaction.atomic
def _rotate_batch(model: type[models.Model], field: EncryptedField, *, after: Any, batch: int) -> tuple[Any, int]:
    """Re-encrypt the next rows in the order of the primary key; the last key seen (None = no more) and how many."""
    ring = cipher()
    pending = _not_current(model, field, after, batch)
    for pk, ciphertext in pending:
        plain = ring.decrypt(ciphertext, place=field.place)
        changed = Sealed(ring.encrypt(plain, place=field.place), field)
        model._base_manager.filter(pk=pk).update(**{field.name: changed})
    return (pending[-1][0] if len(pending) == batch else None), len(pending)


def _not_current(model: type[models.Model], field: EncryptedField, after: Any, batch: int) -> list[tuple[Any, bytes]]:
    meta = model._meta
    head = header(key_id_of_current())
    column, key, table = (f'"{name}"' for name in (field.column, meta.pk.column, meta.db_table))
    where = f"{column} IS NOT NULL AND substring({column} FROM 1 FOR %s) <> %s"
    parameters: list[Any] = [len(head), head]
    if after is not None:
        where += f" AND {key} > %s"
        parameters.append(after)
    # Locked, so that a write between reading and writing back is not undone.
    sql = f"SELECT {key}, {column} FROM {table} WHERE {where} ORDER BY {key} LIMIT %s FOR UPDATE"
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, batch])
        return [(pk, bytes(ciphertext)) for pk, ciphertext in cursor.fetchall()]


def key_id_of_current() -> str:
    """The id of the key that encrypts now."""
    return key_id_of(cipher().encrypt(b"", place="rotation"))
