"""The staff of a rehearsal, made on first use: `district:chaoyang:1`, `municipal:1`, joined by `+` for one person."""

from __future__ import annotations

from datetime import datetime

from policy.errors import InputError
from staff.models import NaturalPerson, Organisation, RoleAssignment, User
from staff.roles import Role

_KINDS = {
    "municipal": (Role.MUNICIPAL_APPROVER, "bureau", "市级"),
    "fund": (Role.FUND_OFFICER, "finance", "资金"),
    "auditor": (Role.AUDITOR, "bureau", "审计"),
    "third-party": (Role.THIRD_PARTY_AUDITOR, "third-party", "第三方"),
}


class Staff:
    """Accounts by login. The hats of a joined login belong to one natural person, alone or together."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._people: dict[str, NaturalPerson] = {}

    def by(self, login: str, at: datetime) -> User:
        """The account for `login`. Raises InputError("by") for one that cannot be."""
        if login not in self._users:
            self._users[login] = self._make(login, at)
        return self._users[login]

    def _make(self, login: str, at: datetime) -> User:
        hats = login.split("+")
        roles = [_role(hat) for hat in hats]
        person = next((self._people[hat] for hat in hats if hat in self._people), None)
        if person is None:
            person = NaturalPerson.objects.create(code=f"rehearsal:{login}"[:40])
        for hat in hats:
            self._people.setdefault(hat, person)
        organisations = {org.code: org for org in Organisation.objects.all()}
        user = User.objects.create(
            login=login[:40],
            display_name=" ".join(title for _, _, title in roles),
            organisation=organisations[roles[0][1]],
            natural_person=person,
            created_at=at,
        )
        RoleAssignment.objects.bulk_create(
            [
                RoleAssignment(user=user, role=role, organisation=organisations[code], valid_from=at.date())
                for role, code, _ in roles
            ]
        )
        return user


def _role(hat: str) -> tuple[Role, str, str]:
    """Role, organisation code and title of one hat."""
    kind, _, rest = hat.partition(":")
    if kind in _KINDS and rest.isalnum():
        role, organisation, title = _KINDS[kind]
        return role, organisation, f"{title}{rest}"
    district, _, number = rest.partition(":")
    if kind == "district" and number.isalnum():
        found = Organisation.objects.filter(code=district, kind=Organisation.Kind.DISTRICT).first()
        if found is not None:
            return Role.DISTRICT_REVIEWER, district, f"{found.name}{number}"
    raise InputError.of("by", "没有这种登录名，应如 district:chaoyang:1、municipal:1、fund:1、auditor:1、third-party:1")
