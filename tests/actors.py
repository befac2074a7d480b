"""Staff for tests: accounts with real roles, made by the real service.

    desk = actors.Desk(at=when("03-01 09:00"))
    desk.district("chaoyang"), desk.municipal(), desk.third_party(), desk.person("x", [...])

Each call with the same arguments gives the same account.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from policy.clock import SHANGHAI
from staff import services as staff
from staff.models import NaturalPerson, User

# Roles count by day: the accounts exist before any filing of a test.
HIRED = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
BUREAU = "bureau"


class Desk:
    """The accounts a test needs, each made on first use."""

    def __init__(self, *, hired: datetime = HIRED) -> None:
        self._hired = hired
        self._made: dict[str, User] = {}

    def district(self, code: str = "chaoyang", number: int = 1) -> User:
        """A first-pass reviewer of one district."""
        return self._account(f"district:{code}:{number}", code, ["district_reviewer"])

    def municipal(self, number: int = 1) -> User:
        """An approver of the municipal bureau."""
        return self._account(f"municipal:{number}", BUREAU, ["municipal_approver"])

    def third_party(self, number: int = 1) -> User:
        """An auditor of the commissioned third party."""
        return self._account(f"third-party:{number}", "third-party", ["third_party_auditor"])

    def holder(self, role: str, number: int = 1) -> User:
        """Somebody of the bureau (or of 朝阳, or of the third party) who holds just this role."""
        if role == "district_reviewer":
            return self.district("chaoyang", number)
        if role == "third_party_auditor":
            return self.third_party(number)
        return self._account(f"{role}:{number}", BUREAU, [role])

    def nobody(self) -> User:
        """An account without any role."""
        return self._account("nobody", BUREAU, [])

    def person(
        self,
        login: str,
        roles: Iterable[tuple[str, str]],
        *,
        home: str = BUREAU,
        same_as: User | None = None,
    ) -> User:
        """An account with `(role, organisation)` pairs; `same_as` makes it a second account of that human."""
        return self._account(login, home, list(roles), same_as.natural_person if same_as else None)

    def _account(
        self, login: str, home: str, roles: list[str | tuple[str, str]] | list[str], human: NaturalPerson | None = None
    ) -> User:
        if login not in self._made:
            self._made[login] = staff.create_user(
                login,
                display_name=f"工作人员{len(self._made) + 1}",
                organisation=home,
                by="system:test",
                at=self._hired,
                roles=roles,
                natural_person=human,
            )
        return self._made[login]
