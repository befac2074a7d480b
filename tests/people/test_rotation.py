"""Rotation changes every ciphertext and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from audit import append_only
from audit.models import Event
from people import rotation, services
from people.crypto import UnknownKey
from people.fields import EncryptedField
from people.models import Person
from policy.clock import SHANGHAI

AT = datetime(2026, 3, 16, 9, 30, tzinfo=SHANGHAI)
OLD, NEW = bytes(range(16)), bytes(range(16, 32))
pytestmark = pytest.mark.django_db


@pytest.fixture
def persons(settings: Any) -> list[Person]:
    settings.PORTAL_FIELD_KEYS = {"old": OLD}
    return [
        services.find_or_create("passport", f"E{number:08}", f"人{number}", None if number else "13800138000", at=AT)
        for number in range(7)
    ]


def raw(columns: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM people_person ORDER BY id")
        return [tuple(None if value is None else bytes(value) for value in row) for row in cursor.fetchall()]


def rotate(*arguments: str) -> str:
    out = StringIO()
    call_command("people", "rotate-key", *arguments, stdout=out)
    return out.getvalue()


def test_every_value_is_re_encrypted_and_lookups_stay(persons: list[Person], settings: Any) -> None:
    lookups, before = raw("id_lookup, name_lookup, phone_lookup"), raw("id_number, name, phone")
    settings.PORTAL_FIELD_KEYS = {"new": NEW, "old": OLD}
    output = rotate("--batch", "2")
    assert "people.Person.id_number: 7 re-encrypted" in output
    assert "people.Person.phone: 1 re-encrypted" in output
    assert "15 values re-encrypted with key new" in output
    assert raw("id_lookup, name_lookup, phone_lookup") == lookups
    after = raw("id_number, name, phone")
    assert all(a != b for old, new in zip(before, after, strict=True) for a, b in zip(old, new, strict=True) if a)
    settings.PORTAL_FIELD_KEYS = {"new": NEW}
    assert [person.name for person in Person.objects.order_by("id")] == [f"人{number}" for number in range(7)]
    again = services.find_or_create("passport", "E00000003", "人3", None, at=AT)
    assert again.pk == persons[3].pk
    assert Event.objects.get(verb="person.keys_rotated").data == {"rows": 15}


def test_a_second_run_has_nothing_to_do(persons: list[Person], settings: Any) -> None:
    settings.PORTAL_FIELD_KEYS = {"new": NEW, "old": OLD}
    rotate()
    assert "0 values re-encrypted" in rotate()


def test_a_stopped_run_is_resumed(persons: list[Person], settings: Any) -> None:
    settings.PORTAL_FIELD_KEYS = {"new": NEW, "old": OLD}
    field = Person._meta.get_field("name")
    assert isinstance(field, EncryptedField)
    assert rotation._rotate_batch(Person, field, after=None, batch=3) == (persons[2].pk, 3)
    assert rotation.keys_in_use()["people.Person.name"] == {"new": 3, "old": 4}
    assert "people.Person.name: 4 re-encrypted" in rotate()
    assert rotation.keys_in_use()["people.Person.name"] == {"new": 7}


def test_a_value_under_an_unknown_key_is_a_clear_error(persons: list[Person], settings: Any) -> None:
    settings.PORTAL_FIELD_KEYS = {"new": NEW}
    with pytest.raises(UnknownKey, match="'old'"):
        _ = Person.objects.first().name  # type: ignore[union-attr]
    with pytest.raises(CommandError, match=r"people\.Person\.id_number.*'old'"):
        rotate()


def test_every_encrypted_column_can_be_rotated() -> None:
    """An append-only table with an encrypted column must let that column change, or its key can never be retired."""
    columns = list(rotation.columns())
    assert {model._meta.label for model, _ in columns} >= {"people.Person"}
    every = {
        (model, field) for model in apps.get_models() for field in model._meta.local_fields
        if isinstance(field, EncryptedField)
    }  # fmt: skip
    assert set(columns) == every
    with connection.cursor() as cursor:
        protected = append_only.protected(cursor)
    stuck = [
        field.place
        for model, field in columns
        if model._meta.db_table in protected and field.column not in protected[model._meta.db_table]
    ]
    assert stuck == []


def test_batch_must_be_positive(django_assert_num_queries: Callable[..., Any]) -> None:
    with django_assert_num_queries(0), pytest.raises(CommandError):
        rotate("--batch", "0")
