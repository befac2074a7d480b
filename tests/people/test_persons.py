"""Persons: one row each, ciphertext only in the table, in full only for a purpose that is written down."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection, transaction
from django.forms import modelform_factory

from audit.models import Event
from people import access, services
from people.crypto import CipherError
from people.fields import Sealed
from people.models import Person
from policy.clock import SHANGHAI
from policy.errors import InputError, Refused
from staff.models import User
from staff.services import create_user

AT = datetime(2026, 3, 16, 9, 30, tzinfo=SHANGHAI)
NUMBER, NAME, PHONE = "110101198001010029", "李娜", "13800138000"


def make(number: str = NUMBER, name: str = NAME, phone: str | None = PHONE) -> Person:
    return services.find_or_create("resident_id", number, name, phone, at=AT)


def account(login: str, role: str, organisation: str) -> User:
    return create_user(login, display_name="某", organisation=organisation, by="system:test", at=AT, roles=[role])


@pytest.fixture
def gate() -> Any:
    """The only gate: one case, `S-1`, of one person in 朝阳."""
    before, access._gates[:] = list(access._gates), []
    person = make()
    access.register_gate(lambda case, who, user: (case, who) == ("S-1", person.pk))
    yield person
    access._gates[:] = before


@pytest.mark.django_db
def test_same_document_is_the_same_person() -> None:
    first = make()
    assert make(" 110101198001010029 ", "别名", None).pk == first.pk
    assert services.find("resident_id", NUMBER) == first
    assert services.find("passport", NUMBER) is None
    assert Person.objects.get().name == NAME, "filing with somebody's number changes nothing of what is known"


@pytest.mark.django_db
def test_values_open_on_access_only() -> None:
    make()
    person = Person.objects.get()
    assert isinstance(person.__dict__["name"], Sealed)
    assert (person.name, person.id_number, person.phone) == (NAME, NUMBER, PHONE)
    assert person.__dict__["name"] == NAME


@pytest.mark.django_db
def test_nothing_in_the_table_is_readable() -> None:
    make()
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text, convert_from(decode('', 'hex'), 'UTF8') FROM people_person p")
        row = cursor.fetchone()[0]
        cursor.execute("SELECT id_number, name, phone, id_lookup, name_lookup, phone_lookup FROM people_person")
        raw = b"".join(bytes(value) for value in cursor.fetchone())
    for secret in (NUMBER, NAME, PHONE):
        assert secret not in row
        assert secret.encode() not in raw
        assert secret.encode().hex() not in row


@pytest.mark.django_db
def test_text_forms_say_nothing() -> None:
    make()
    person = Person.objects.get()
    sealed = Person.objects.values("name", "phone").get()
    dumped = serializers.serialize("json", [person])
    for text in (repr(person), str(person), repr(sealed), f"{sealed['name']}", dumped):
        assert NAME not in text
        assert PHONE not in text
        assert NUMBER not in text
    assert sealed["name"].open() == NAME
    assert "name" not in modelform_factory(Person, fields="__all__").base_fields


@pytest.mark.django_db
def test_no_lookup_on_ciphertext() -> None:
    with pytest.raises(FieldError, match="keyed digest"):
        Person.objects.filter(name=NAME).exists()
    assert not Person.objects.filter(phone__isnull=True).exists()


@pytest.mark.django_db
def test_ciphertext_moved_to_another_column_does_not_open() -> None:
    make()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_person SET name = phone")
    with pytest.raises(CipherError, match=r"people\.Person\.name"):
        _ = Person.objects.get().name


@pytest.mark.django_db
def test_unread_values_are_written_back_as_they_were() -> None:
    make()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM people_person")
        before = bytes(cursor.fetchone()[0])
        Person.objects.get().save()
        cursor.execute("SELECT name FROM people_person")
        assert bytes(cursor.fetchone()[0]) == before


@pytest.mark.django_db
def test_deferred_and_changed_values() -> None:
    make()
    person = Person.objects.only("id_type").get()
    assert person.name == NAME
    person.name = "王芳"
    person.save(update_fields=["name"])
    Person.objects.bulk_update([person], ["name"])
    assert Person.objects.get().name == "王芳"
    assert pickle.loads(pickle.dumps(person)).name == "王芳"


def test_racing_for_one_person_makes_one_row(fresh_db: str) -> None:
    start = threading.Barrier(8)

    def run() -> int:
        try:
            start.wait(30)
            return make().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        ids = {future.result(60) for future in [pool.submit(run) for _ in range(8)]}
    assert len(ids) == 1
    assert Person.objects.count() == 1


def test_racing_caller_waits_for_the_other_transaction(fresh_db: str) -> None:
    """Forced interleaving: the second caller arrives while the first has inserted and not committed."""
    inserted, go = threading.Event(), threading.Event()

    def first() -> int:
        try:
            with transaction.atomic():
                pk = make().pk
                inserted.set()
                go.wait(30)
            return pk
        finally:
            connection.close()

    def second() -> int:
        try:
            assert inserted.wait(30)
            threading.Timer(0.3, go.set).start()
            return make().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ids = [pool.submit(call) for call in (first, second)]
        assert ids[0].result(60) == ids[1].result(60)


@pytest.mark.django_db
def test_empty_number_is_an_input_error() -> None:
    with pytest.raises(InputError):
        make(" - ")


@pytest.mark.django_db
def test_contact_changes_are_in_the_trail_without_values() -> None:
    person = make()
    services.change_contact(person, name="李 娜", phone="13900139000", actor="applicant", at=AT)
    stored = Person.objects.get()
    assert (stored.name, stored.phone) == ("李 娜", "13900139000")
    assert bytes(stored.phone_lookup or b"") == services.lookup_digest("phone", "13900139000")
    event = Event.objects.get(verb="person.contact_changed")
    assert (event.data, event.before != event.after) == ({}, True)
    services.change_contact(person, name="李 娜", phone="13900139000", actor="applicant", at=AT)
    assert Event.objects.filter(verb="person.contact_changed").count() == 1


@pytest.mark.django_db
def test_masked_by_default() -> None:
    shown = services.masked(make())
    assert NUMBER not in shown.values()
    assert PHONE not in shown.values()
    assert NAME not in shown.values()


@pytest.mark.django_db
def test_reveal_is_written_down(gate: Person) -> None:
    user = account("SW-1", "municipal_approver", "bureau")
    shown = services.reveal(gate, by=user, purpose="核对申请材料", at=AT, case_ref="S-1")
    assert shown == {"id_type": "resident_id", "id_number": NUMBER, "name": NAME, "phone": PHONE}
    event = Event.objects.get(verb="person.revealed")
    assert (event.actor, event.object_id) == ("staff:SW-1", str(gate.pk))
    assert event.data == {"purpose": "核对申请材料", "case": "S-1"}


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", ["", "   ", "看看", "x" * 101, "找13800138000"])
def test_reveal_needs_a_purpose(gate: Person, purpose: str) -> None:
    user = account("SW-1", "municipal_approver", "bureau")
    with pytest.raises(InputError):
        services.reveal(gate, by=user, purpose=purpose, at=AT)
    assert not Event.objects.filter(verb="person.revealed").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "organisation"), [("hotline", "bureau"), ("system_admin", "bureau"), ("security_admin", "bureau")]
)
def test_reveal_needs_the_permission(gate: Person, role: str, organisation: str) -> None:
    with pytest.raises(Refused) as refused:
        services.reveal(gate, by=account("X-1", role, organisation), purpose="核对申请材料", at=AT, case_ref="S-1")
    assert refused.value.code == "permission"


@pytest.mark.django_db
def test_district_staff_see_a_person_for_a_case_of_theirs_only(gate: Person) -> None:
    user = account("CY-1", "district_reviewer", "chaoyang")
    other = make("110101199003070011", "别人")
    assert services.reveal(gate, by=user, purpose="核对申请材料", at=AT, case_ref="S-1")["name"] == NAME
    for person, case in ((gate, None), (gate, "S-2"), (other, "S-1")):
        with pytest.raises(Refused) as refused:
            services.reveal(person, by=user, purpose="核对申请材料", at=AT, case_ref=case)
        assert refused.value.code == "not_found"


@pytest.mark.django_db
def test_without_a_gate_district_staff_see_nobody(gate: Person) -> None:
    access._gates[:] = []
    with pytest.raises(Refused):
        services.reveal(
            gate, by=account("CY-1", "district_reviewer", "chaoyang"), purpose="核对申请材料", at=AT, case_ref="S-1"
        )
