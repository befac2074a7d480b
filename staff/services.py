"""Writes on accounts. One verb each: one transaction, one event in the trail.

`by` is the account that acts (it needs `staff.manage`), or a plain actor code (`system:setup`) for commands, which
are trusted as whoever runs them is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import translation

from audit import personal
from audit import services as trail
from policy import clock
from policy.errors import InputError, Refused
from staff import lockout, permissions, selectors, totp
from staff.models import NaturalPerson, Organisation, RoleAssignment, User
from staff.roles import HOME_KINDS, TITLES, Role, conflicting
from staff.sign_in import BACKEND, SignInFailed, authenticate

__all__ = [
    "BACKEND",
    "SignInFailed",
    "authenticate",
    "create_user",
    "disable",
    "enable",
    "end_role",
    "enrol_totp",
    "grant_role",
    "session_expired",
    "set_password",
    "sign_in",
    "signed_out",
    "unlock",
]

sign_in = authenticate


@transaction.atomic
def create_user(
    login: str,
    *,
    display_name: str,
    organisation: str,
    by: User | str,
    at: datetime,
    roles: Iterable[str | tuple[str, str]] = (),
    password: str | None = None,
    natural_person: NaturalPerson | None = None,
) -> User:
    """Make an account in an organisation (by code), with roles from the day of `at` on.

    A role is a code, held in the same organisation, or `(role, organisation code)`. Without `password` nobody can sign
    in; without `natural_person` a new one is made. Raises InputError (login, password, organisation), Refused
    (duplicate, conflict, permission).
    """
    actor = _acting(by)
    user = User(login=login, display_name=display_name, organisation=_organisation(organisation), created_at=at)
    _set_password(user, password)
    _check(user)
    user.natural_person = natural_person or NaturalPerson.objects.get_or_create(code=login)[0]
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Refused("duplicate", "该登录名已存在。") from None
    _record("staff.user_created", user, actor, at, organisation=organisation)
    for role in roles:
        code, home = (role, organisation) if isinstance(role, str) else role
        _grant(user, code, home, actor=actor, at=at, valid_from=clock.local(at).date(), valid_to=None)
    return user


@transaction.atomic
def grant_role(
    user: User,
    role: str,
    organisation: str,
    *,
    by: User | str,
    at: datetime,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> RoleAssignment:
    """Give a role in an organisation (by code) from a day (default: of `at`) until another (exclusive).

    Raises Refused: `permission`; `four_eyes` for one's own account; `conflict` if the person holds a role that does
    not go with it in that time, or the organisation is not of the kind the role belongs to.
    """
    actor = _acting(by, about=user)
    return _grant(
        user, role, organisation, actor=actor, at=at, valid_from=valid_from or clock.local(at).date(), valid_to=valid_to
    )


@transaction.atomic
def end_role(assignment: RoleAssignment, *, by: User | str, at: datetime, on: date | None = None) -> None:
    """End a role on a day (exclusive; default: the day of `at`, so that it no longer holds now).

    One that has not begun by then never comes into force; the row stays.
    """
    actor = _acting(by, about=assignment.user)
    row = RoleAssignment.objects.select_for_update().get(pk=assignment.pk)
    row.valid_to = max(on or clock.local(at).date(), row.valid_from)
    row.save(update_fields=["valid_to"])
    selectors.forget(assignment.user)
    _record("staff.role_ended", row.user, actor, at, role=row.role, on=row.valid_to.isoformat())


@transaction.atomic
def set_password(user: User, password: str, *, by: User | str, at: datetime) -> None:
    """Set a password; an account may set its own. Ends all its sessions (Django's session hash). Raises InputError."""
    own = isinstance(by, User) and by.pk == user.pk
    actor = user.actor if own else _acting(by)
    _set_password(user, password)
    user.save(update_fields=["password"])
    _record("staff.password_set", user, actor, at)


@transaction.atomic
def enrol_totp(user: User, *, by: User | str, at: datetime, secret: str | None = None) -> str:
    """Give the account a new dynamic-password device in place of the old; returns the secret in Base32, once."""
    actor = _acting(by, about=user)
    shown = totp.enrol(user, at=at, secret=secret)
    _record("staff.totp_enrolled", user, actor, at)
    return shown


@transaction.atomic
def disable(user: User, *, by: User | str, at: datetime) -> None:
    """Close an account; its open sessions end with their next request."""
    _switch(user, active=False, actor=_acting(by, about=user), at=at)


@transaction.atomic
def enable(user: User, *, by: User | str, at: datetime) -> None:
    """Open a closed account again."""
    _switch(user, active=True, actor=_acting(by, about=user), at=at)


@transaction.atomic
def unlock(login: str, *, by: User | str, at: datetime, address: str | None = None) -> int:
    """Lift the lock-out of a login (from one address, or all); needs `staff.unlock`. How many locks were lifted."""
    actor = by if isinstance(by, str) else by.actor
    if isinstance(by, User):
        permissions.require(by, "staff.unlock")
    lifted = lockout.forget(login, address)
    trail.record("staff.unlocked", actor=actor, at=at, object_type="account", object_id=login, data={"count": lifted})
    return lifted


@transaction.atomic
def signed_out(user: User, *, at: datetime) -> None:
    """Note in the trail that an account signed out; the page ends the session."""
    _record("staff.signed_out", user, user.actor, at)


@transaction.atomic
def session_expired(user: User, *, at: datetime) -> None:
    """Note in the trail that an idle session was ended."""
    _record("staff.session_expired", user, user.actor, at)


def _acting(by: User | str, *, about: User | None = None) -> str:
    """The actor's code, after checking `staff.manage` and that nobody manages their own account."""
    if isinstance(by, str):
        return by
    permissions.require(by, "staff.manage")
    if about is not None and about.natural_person_id == by.natural_person_id:
        raise Refused("four_eyes", "不能变更本人的账号与角色，请由另一名安全管理员办理。")
    return by.actor


def _organisation(code: str) -> Organisation:
    try:
        return selectors.organisation(code)
    except LookupError:
        raise InputError.of("organisation", "没有这个机构。") from None


def _check(user: User) -> None:
    """Raise InputError for a malformed account, Refused for a login that is taken."""
    try:
        with translation.override(settings.LANGUAGE_CODE):
            user.clean_fields(exclude=["natural_person"])
    except ValidationError as error:
        raise InputError({field: list(messages) for field, messages in error.message_dict.items()}) from None
    if personal.looks_personal(user.login):
        raise InputError.of("login", "登录名不能是证件号码、手机号或卡号。")
    if User.objects.filter(login=user.login).exists():
        raise Refused("duplicate", "该登录名已存在。")


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        with translation.override(settings.LANGUAGE_CODE):
            validate_password(password, user)
    except ValidationError as error:
        raise InputError({"password": list(error.messages)}) from None
    user.set_password(password)


def _grant(
    user: User, role: str, organisation: str, *, actor: str, at: datetime, valid_from: date, valid_to: date | None
) -> RoleAssignment:
    if role not in TITLES:
        raise InputError.of("role", "没有这个角色。")
    home = _organisation(organisation)
    if home.kind not in HOME_KINDS.get(role, {home.kind}):
        raise Refused("conflict", f"“{TITLES[role]}”不能在{home.name}担任。")
    if valid_to is not None and valid_to <= valid_from:
        raise InputError.of("valid_to", "失效日必须晚于生效日。")
    _refuse_conflict(user, role, valid_from, valid_to)
    try:
        with transaction.atomic():
            row = RoleAssignment.objects.create(
                user=user, role=role, organisation=home, valid_from=valid_from, valid_to=valid_to
            )
    except IntegrityError:
        raise Refused("conflict", "该角色已经授予，或与本人另一角色不相容。") from None
    selectors.forget(user)
    _record("staff.role_granted", user, actor, at, role=str(Role(role)), organisation=organisation)
    return row


def _refuse_conflict(user: User, role: str, valid_from: date, valid_to: date | None) -> None:
    others = RoleAssignment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from),
        user__natural_person=user.natural_person_id,
        role__in=conflicting(role),
    )
    if valid_to is not None:
        others = others.filter(valid_from__lt=valid_to)
    other = others.first()
    if other is not None:
        raise Refused("conflict", f"“{TITLES[role]}”与本人已有的“{TITLES[other.role]}”不相容。")


def _switch(user: User, *, active: bool, actor: str, at: datetime) -> None:
    user.is_active = active
    user.save(update_fields=["is_active"])
    selectors.forget(user)
    _record("staff.user_enabled" if active else "staff.user_disabled", user, actor, at)


def _record(verb: str, user: User, actor: str, at: datetime, **data: str) -> None:
    trail.record(verb, actor=actor, at=at, object_type="account", object_id=user.login, data=data)
