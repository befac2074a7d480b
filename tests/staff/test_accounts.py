"""Accounts, organisations and the separation of roles, in the service and in the database."""

from __future__ import annotations

import itertools
from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction

from audit.models import Event
from policy import clock
from policy.clock import SHANGHAI
from policy.errors import InputError, Refused
from staff import selectors, services
from staff.models import NaturalPerson, Organisation, RoleAssignment, User
from staff.roles import Role, conflict

AT = datetime(2026, 3, 16, 9, 30, tzinfo=SHANGHAI)
BUREAU_ROLES = ["auditor", "hotline", "system_admin", "security_admin", "audit_admin"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _that_day() -> object:
    with clock.frozen(AT):
        yield


def account(login: str, *roles: str | tuple[str, str], person: NaturalPerson | None = None) -> User:
    return services.create_user(
        login, display_name="某", organisation="bureau", by="system:test", at=AT, roles=roles, natural_person=person
    )


def home_of(role: str) -> str:
    return {"district_reviewer": "chaoyang", "third_party_auditor": "third-party"}.get(role, "bureau")


def test_organisations_are_loaded() -> None:
    assert list(selectors.districts()) == [
        "dongcheng", "xicheng", "chaoyang", "haidian", "fengtai", "shijingshan", "mentougou", "fangshan", "tongzhou",
        "shunyi", "changping", "daxing", "huairou", "pinggu", "miyun", "yanqing", "bda",
    ]  # fmt: skip
    others = Organisation.objects.exclude(kind="district").values_list("code", "kind")
    assert set(others) == {("bureau", "bureau"), ("finance", "finance"), ("third-party", "third_party")}


@pytest.mark.parametrize(
    "login", ["CY-0127", "district:chaoyang:1", "district:chaoyang:1+municipal:1", "third-party:1", "a" * 40, "x_y.z"]
)
def test_logins_that_are_taken(login: str) -> None:
    assert account(login).actor == f"staff:{login}"


@pytest.mark.parametrize("login", ["", "a b", "陈", "a" * 41, "a/b", "13800138000", "110101198001010029"])
def test_logins_that_are_not(login: str) -> None:
    with pytest.raises(InputError) as refused:
        account(login)
    assert "login" in refused.value.fields


def test_a_login_is_taken_once() -> None:
    account("CY-0127")
    with pytest.raises(Refused) as refused:
        account("CY-0127")
    assert refused.value.code == "duplicate"


def test_an_account_without_password_opens_for_nobody() -> None:
    assert not account("CY-0127").has_usable_password()


@pytest.mark.parametrize("password", ["tiny77", "123456789012345", "password1234", "CY-0127-0127"])
def test_weak_passwords_are_refused(password: str) -> None:
    user = account("CY-0127")
    with pytest.raises(InputError) as refused:
        services.set_password(user, password, by="system:test", at=AT)
    assert list(refused.value.fields) == ["password"]
    assert password not in str(refused.value.fields)


def test_writes_are_in_the_trail_and_hold_no_password() -> None:
    user = account("CY-0127", "auditor")
    services.set_password(user, "a long enough passphrase", by="system:test", at=AT)
    services.enrol_totp(user, by="system:test", at=AT)
    services.end_role(user.assignments.get(), by="system:test", at=AT)
    services.disable(user, by="system:test", at=AT)
    services.enable(user, by="system:test", at=AT)
    events = list(Event.objects.order_by("id"))
    assert [event.verb for event in events] == [
        "staff.user_created", "staff.role_granted", "staff.password_set", "staff.totp_enrolled", "staff.role_ended",
        "staff.user_disabled", "staff.user_enabled",
    ]  # fmt: skip
    assert {event.object_id for event in events} == {"CY-0127"}
    assert not any("passphrase" in str(event.data) for event in events)


PAIRS = list(itertools.combinations([str(role) for role in Role], 2))


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_service_and_database_hold_the_same_separation(first: str, second: str) -> None:
    """Both orders, one account and two accounts of one person, through the service and by hand."""
    for one, other in ((first, second), (second, first)):
        user = account(f"{one}:{other}", (one, home_of(one)))
        twin = account(f"{one}:{other}:2", person=user.natural_person)
        for holder in (user, twin):
            home = Organisation.objects.get(code=home_of(other))
            row = RoleAssignment(user=holder, role=other, organisation=home, valid_from=AT.date())
            if conflict(one, other):
                with pytest.raises(Refused) as refused:
                    services.grant_role(holder, other, home.code, by="system:test", at=AT)
                assert refused.value.code == "conflict"
                with pytest.raises(IntegrityError), transaction.atomic():
                    row.save()
            else:
                services.grant_role(holder, other, home.code, by="system:test", at=AT)


def test_conflicting_roles_may_follow_each_other() -> None:
    user = account("A-1", "system_admin")
    services.end_role(user.assignments.get(), by="system:test", at=AT, on=date(2026, 4, 1))
    with pytest.raises(Refused):
        services.grant_role(user, "audit_admin", "bureau", by="system:test", at=AT, valid_from=date(2026, 3, 31))
    services.grant_role(user, "audit_admin", "bureau", by="system:test", at=AT, valid_from=date(2026, 4, 1))


def test_joining_two_accounts_to_one_person_is_held_too() -> None:
    one, two = account("A-1", "system_admin"), account("A-2", "security_admin")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=two.pk).update(natural_person=one.natural_person)


@pytest.mark.parametrize(
    ("role", "organisation"),
    [
        ("district_reviewer", "bureau"),
        ("municipal_approver", "chaoyang"),
        ("third_party_auditor", "bureau"),
        ("fund_officer", "third-party"),
    ],
)
def test_a_role_belongs_into_its_kind_of_organisation(role: str, organisation: str) -> None:
    with pytest.raises(Refused) as refused:
        services.grant_role(account("A-1"), role, organisation, by="system:test", at=AT)
    assert refused.value.code == "conflict"


def test_unknown_role_and_organisation_are_input_errors() -> None:
    user = account("A-1")
    for role, organisation in (("emperor", "bureau"), ("auditor", "mars")):
        with pytest.raises(InputError):
            services.grant_role(user, role, organisation, by="system:test", at=AT)


@pytest.mark.parametrize("role", [role for role in BUREAU_ROLES if role != "security_admin"])
def test_only_the_security_administrator_manages_accounts(role: str) -> None:
    user, other = account("A-1", role), account("A-2", "auditor")
    calls = [
        lambda: services.create_user("N-1", display_name="某", organisation="bureau", by=user, at=AT),
        lambda: services.grant_role(other, "hotline", "bureau", by=user, at=AT),
        lambda: services.end_role(other.assignments.get(), by=user, at=AT),
        lambda: services.set_password(other, "a long enough passphrase", by=user, at=AT),
        lambda: services.enrol_totp(other, by=user, at=AT),
        lambda: services.disable(other, by=user, at=AT),
        lambda: services.enable(other, by=user, at=AT),
        lambda: services.unlock("A-2", by=user, at=AT),
    ]
    for call in calls:
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.code == "permission"


def test_the_security_administrator_does_not_manage_herself() -> None:
    user = account("A-1", "security_admin")
    twin = account("A-2", person=user.natural_person)
    services.grant_role(account("A-3"), "auditor", "bureau", by=user, at=AT)
    for own in (user, twin):
        with pytest.raises(Refused) as refused:
            services.grant_role(own, "hotline", "bureau", by=user, at=AT)
        assert refused.value.code == "four_eyes"
    services.set_password(user, "a long enough passphrase", by=user, at=AT)
