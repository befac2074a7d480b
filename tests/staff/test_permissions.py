"""Every role × action, written out once more by hand: a change of the table must be meant twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from policy import clock
from policy.clock import SHANGHAI
from policy.errors import Refused
from staff import permissions, scope, services
from staff.models import Organisation, User
from staff.roles import ADMINISTRATORS, DECIDING, HOME_KINDS, TITLES, Role

AT = datetime(2026, 3, 16, 9, 30, tzinfo=SHANGHAI)
HOMES = {
    "district_reviewer": "chaoyang", "municipal_approver": "bureau", "fund_officer": "finance",
    "third_party_auditor": "third-party", "auditor": "bureau", "hotline": "bureau",
    "system_admin": "bureau", "security_admin": "bureau", "audit_admin": "bureau",
}  # fmt: skip

# d district, m municipal, f fund, t third party, a auditor, h hotline, S system, U security, R audit administrator
LETTERS = {
    "d": "district_reviewer", "m": "municipal_approver", "f": "fund_officer", "t": "third_party_auditor",
    "a": "auditor", "h": "hotline", "S": "system_admin", "U": "security_admin", "R": "audit_admin",
}  # fmt: skip
TABLE = {
    "case.status": "dmftah", "case.view": "dmfta", "case.take": "dm",
    "case.pass_district": "d", "case.return_district": "d", "case.reject_district": "d",
    "case.pass_municipal": "m", "case.return_municipal": "m", "case.reject_municipal": "m", "case.back": "m",
    "case.clear": "dm", "case.assess": "t", "case.recuse": "dmt", "case.correct": "dm", "case.withdraw": "dm",
    "case.import": "dm", "case.export": "dmfa", "facts.answer": "dm",
    "document.view": "dmta", "document.add": "dm", "document.confirm": "dm", "person.reveal": "dmfta",
    "pool.view": "mfa", "pool.allot": "f", "pool.close": "m",
    "payment.view": "mfa", "payment.prepare": "f", "payment.release": "f", "payment.result": "f",
    "parameter.view": "dmfta", "parameter.draft": "m", "parameter.sign": "m",
    "reference.view": "dmtaS", "reference.import": "S",
    "staff.view": "aUR", "staff.manage": "U", "staff.unlock": "U", "audit.view": "aR", "audit.verify": "aR",
    "job.view": "aS", "job.run": "S", "channel.view": "aS", "channel.manage": "S",
    "rehearse": "m", "evaluate": "dmfta",
}  # fmt: skip


@pytest.fixture
def holding(db: None) -> Callable[..., User]:
    """An account that holds these roles since the day of `AT`, each in its home or in the organisation given."""

    def make(*roles: str | tuple[str, str]) -> User:
        pairs = [(role, HOMES[role]) if isinstance(role, str) else role for role in roles]
        return services.create_user(
            f"T-{User.objects.count()}", display_name="某", organisation="bureau", by="system:test", at=AT, roles=pairs
        )

    return make


@pytest.fixture(autouse=True)
def _that_day() -> object:
    with clock.frozen(AT):
        yield


def test_every_action_is_in_this_table() -> None:
    assert set(TABLE) == set(permissions.ACTIONS)


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_every_role_and_action(holding: Callable[..., User], role: str) -> None:
    user = holding(role)
    may = {action for action in permissions.ACTIONS if permissions.allowed(user, action)}
    assert may == {action for action, letters in TABLE.items() if role in {LETTERS[letter] for letter in letters}}
    assert permissions.actions_of(user) == may
    for action in permissions.ACTIONS:
        if action not in may:
            with pytest.raises(Refused) as refused:
                permissions.require(user, action)
            assert refused.value.code == "permission"


def test_no_role_can_do_everything() -> None:
    for role in Role:
        assert any(role not in action.roles for action in permissions.ACTIONS.values())
    for combination in (frozenset({admin}) for admin in ADMINISTRATORS):
        assert not any(combination & action.roles and DECIDING & action.roles and action.changes
                       for action in permissions.ACTIONS.values())  # fmt: skip


def test_auditor_and_hotline_change_nothing() -> None:
    for name, action in permissions.ACTIONS.items():
        if action.changes:
            assert not action.roles & {Role.AUDITOR, Role.HOTLINE, Role.AUDIT_ADMIN}, name
    assert [name for name, action in permissions.ACTIONS.items() if Role.HOTLINE in action.roles] == ["case.status"]


def test_third_party_never_decides() -> None:
    changing = {name for name, a in permissions.ACTIONS.items() if a.changes and Role.THIRD_PARTY_AUDITOR in a.roles}
    assert changing == {"case.assess", "case.recuse"}


def test_a_misspelt_action_is_an_error_not_a_refusal(holding: Callable[..., User]) -> None:
    for call in (permissions.allowed, permissions.require, scope.districts):
        with pytest.raises(LookupError):
            call(holding("auditor"), "case.veiw")


@pytest.mark.parametrize("action", sorted(TABLE))
def test_nobody_may_do_nothing(db: None, action: str) -> None:
    assert not permissions.allowed(AnonymousUser(), action)
    assert not permissions.allowed(None, action)
    assert scope.districts(AnonymousUser(), action) == frozenset()


def test_a_disabled_account_and_one_without_roles_may_do_nothing(holding: Callable[..., User]) -> None:
    disabled = holding("auditor")
    services.disable(disabled, by="system:test", at=AT)
    for user in (disabled, holding()):
        assert permissions.actions_of(user) == frozenset()
        assert scope.districts(user) == frozenset()


def test_district_staff_act_in_their_district_only(holding: Callable[..., User]) -> None:
    user = holding(("district_reviewer", "chaoyang"))
    for action, letters in TABLE.items():
        if "d" in letters:
            assert permissions.allowed(user, action, district="chaoyang"), action
            assert not permissions.allowed(user, action, district="haidian"), action
            assert scope.districts(user, action) == {"chaoyang"}


def test_other_roles_act_in_every_district(holding: Callable[..., User]) -> None:
    for role in ("municipal_approver", "fund_officer", "third_party_auditor", "auditor"):
        user = holding(role)
        assert scope.districts(user) is None
        assert permissions.allowed(user, "case.view", district="yanqing")
        assert scope.districts(user, "staff.manage") == frozenset()


def test_one_account_with_both_passes(holding: Callable[..., User]) -> None:
    user = holding(("district_reviewer", "chaoyang"), ("municipal_approver", "bureau"))
    assert scope.districts(user) is None
    assert scope.districts(user, "case.pass_district") == {"chaoyang"}
    assert not permissions.allowed(user, "case.pass_district", district="haidian")
    assert permissions.allowed(user, "case.pass_municipal", district="haidian")


def test_two_districts(holding: Callable[..., User]) -> None:
    user = holding(("district_reviewer", "chaoyang"), ("district_reviewer", "bda"))
    assert scope.districts(user) == {"chaoyang", "bda"}


def test_restrict_filters_rows(holding: Callable[..., User]) -> None:
    rows = Organisation.objects.all()
    own = scope.restrict(rows, holding(("district_reviewer", "chaoyang")), field="code")
    assert [row.code for row in own] == ["chaoyang"]
    assert scope.restrict(rows, holding("municipal_approver"), field="code").count() == 20
    for user in (holding("hotline"), holding("system_admin"), holding(), AnonymousUser()):
        assert not scope.restrict(rows, user, field="code").exists()


def test_roles_hold_between_their_days(holding: Callable[..., User]) -> None:
    user = holding()
    services.grant_role(
        user, "auditor", "bureau", by="system:test", at=AT, valid_from=date(2026, 4, 1), valid_to=date(2026, 5, 1)
    )
    held = [permissions.allowed(user, "case.view", on=day) for day in
            (date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 1))]  # fmt: skip
    assert held == [False, True, True, False]


def test_an_ended_role_ends_at_once(holding: Callable[..., User]) -> None:
    user = holding("auditor")
    assert permissions.allowed(user, "case.view")
    services.end_role(user.assignments.get(), by="system:test", at=AT)
    fresh = User.objects.get(pk=user.pk)
    assert not permissions.allowed(fresh, "case.view")
    assert not permissions.allowed(fresh, "case.view", on=AT.date() - timedelta(days=1))
    assert not permissions.allowed(fresh, "case.view", on=AT.date() + timedelta(days=1))


def test_permissions_are_read_once(holding: Callable[..., User], django_assert_num_queries: object) -> None:
    user = User.objects.get(pk=holding("auditor").pk)
    with django_assert_num_queries(1):  # type: ignore[operator]
        permissions.actions_of(user)
        permissions.allowed(user, "case.view", district="chaoyang")
        scope.districts(user)


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_back_office_is_for_administrators(holding: Callable[..., User], role: str) -> None:
    user = holding(role)
    assert user.is_staff == (role in ADMINISTRATORS)
    assert user.has_module_perms("staff") == (role in {"security_admin", "audit_admin"})
    assert user.has_perm("staff.change_user") == (role == "security_admin")
    assert user.has_perm("audit.view_event") == (role == "audit_admin")
    assert user.has_perm("regulation.add_nevmodel") == (role == "system_admin")
    assert not user.has_perm("staff.delete_user")
    assert not user.has_perm("people.view_person")


def test_titles_and_homes_cover_the_roles() -> None:
    assert set(TITLES) == set(Role)
    assert set(HOME_KINDS) == DECIDING
