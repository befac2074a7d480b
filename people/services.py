"""Writes on persons, and the only way to see one in full."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from audit import services as trail
from people import access
from people.crypto import lookup_digest, normalise
from people.models import Person
from people.rotation import rotate
from policy.errors import InputError, Refused
from policy.masking import mask_id, mask_name, mask_phone
from staff import permissions, scope
from staff.models import User

__all__ = ["PURPOSES", "change_contact", "find", "find_or_create", "lookup_digest", "masked", "reveal", "rotate"]

PURPOSES = (
    "核对申请材料",
    "联系申请人补正",
    "核实身份信息",
    "核对银行账户",
    "处理投诉举报",
    "监督检查",
)
SHORTEST_PURPOSE = 4
LONGEST_PURPOSE = 100


@transaction.atomic
def find_or_create(id_type: str, id_number: str, name: str, phone: str | None, *, at: datetime) -> Person:
    """The person with this document, made if there is none; any number of callers at once get the same row.

    A known person's name and phone stay as they are (`change_contact` changes them): filing with somebody's number
    must not alter what is known of them.
    """
    if not normalise("id_number", id_number):
        raise InputError.of("id_number", "证件号码不能为空。")
    key = lookup_digest("id_number", id_number)
    found = Person.objects.filter(id_type=id_type, id_lookup=key).first()
    if found is not None:
        return found
    made = Person(
        id_type=id_type,
        id_lookup=key,
        id_number=normalise("id_number", id_number),
        created_at=at,
        **_contact(name, phone, at),
    )
    # ON CONFLICT DO NOTHING: of several at once one makes the row, the others wait for it and read it.
    Person.objects.bulk_create([made], ignore_conflicts=True)
    return Person.objects.get(id_type=id_type, id_lookup=key)


def find(id_type: str, id_number: str) -> Person | None:
    """The person with this document, if known."""
    return Person.objects.filter(id_type=id_type, id_lookup=lookup_digest("id_number", id_number)).first()


@transaction.atomic
def change_contact(person: Person, *, name: str, phone: str | None, actor: str, at: datetime) -> None:
    """Change name and phone; the trail keeps keyed digests of before and after, not the values."""
    row = Person.objects.select_for_update().get(pk=person.pk)
    before = [row.name, row.phone]
    for field, value in _contact(name, phone, at).items():
        setattr(row, field, value)
        setattr(person, field, value)
    if before == [row.name, row.phone]:
        return
    row.save(update_fields=["name", "phone", "name_lookup", "phone_lookup", "updated_at"])
    trail.record(
        "person.contact_changed",
        actor=actor,
        at=at,
        object_type="person",
        object_id=person.pk,
        before=before,
        after=[row.name, row.phone],
    )


def masked(person: Person) -> dict[str, str]:
    """What is shown by default: `id_number`, `name`, `phone`, masked."""
    return {
        "id_number": mask_id(person.id_number),
        "name": mask_name(person.name),
        "phone": mask_phone(person.phone) if person.phone else "",
    }


@transaction.atomic
def reveal(person: Person, *, by: User, purpose: str, at: datetime, case_ref: str | None = None) -> dict[str, str]:
    """A person in full: `id_type`, `id_number`, `name`, `phone`, after writing to the trail who asks and what for.

    Needs the action `person.reveal`; an account that is bound to districts also names the case it needs it for, and
    `access.may_see` decides. `purpose` is one of `PURPOSES` or a text of 4 to 100 characters without personal data.
    Raises Refused (permission, not_found) or InputError.
    """
    permissions.require(by, "person.reveal")
    if scope.districts(by, "person.reveal") is not None and (
        case_ref is None or not access.may_see(case_ref, person.pk, by)
    ):
        raise Refused("not_found", "没有找到该申请。")
    reason = purpose.strip()
    if reason not in PURPOSES and not SHORTEST_PURPOSE <= len(reason) <= LONGEST_PURPOSE:
        raise InputError.of("purpose", "请填写查看目的，4 至 100 个字。")
    try:
        trail.record(
            "person.revealed",
            actor=by.actor,
            at=at,
            object_type="person",
            object_id=person.pk,
            data={"purpose": reason, "case": case_ref or ""},
        )
    except trail.PersonalData:
        raise InputError.of("purpose", "查看目的中不能填写证件号码、手机号或卡号。") from None
    return {
        "id_type": person.id_type,
        "id_number": person.id_number,
        "name": person.name,
        "phone": person.phone or "",
    }


def _contact(name: str, phone: str | None, at: datetime) -> dict[str, Any]:
    return {
        "name": normalise_name(name),
        "name_lookup": lookup_digest("name", name),
        "phone": phone or None,
        "phone_lookup": lookup_digest("phone", phone) if phone else None,
        "updated_at": at,
    }


def normalise_name(name: str) -> str:
    """A name as stored: trimmed, inner blanks single, letters as written."""
    return " ".join(name.split())
