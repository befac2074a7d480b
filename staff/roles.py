"""The roles of the portal, and which of them one person may never hold together (catalogue 9.1).

The three administrators (system, security, audit) are kept apart from one another and from every role that decides on
money, so that nobody can both change the portal and use the change. The database holds the same table in a trigger
(migration 0002), so that a row written by hand is refused as well.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A role's code, as stored and as used in the role × action table."""

    DISTRICT_REVIEWER = "district_reviewer"
    MUNICIPAL_APPROVER = "municipal_approver"
    FUND_OFFICER = "fund_officer"
    THIRD_PARTY_AUDITOR = "third_party_auditor"
    AUDITOR = "auditor"
    HOTLINE = "hotline"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


TITLES: dict[str, str] = {
    Role.DISTRICT_REVIEWER: "区级初审",
    Role.MUNICIPAL_APPROVER: "市级复审",
    Role.FUND_OFFICER: "资金岗",
    Role.THIRD_PARTY_AUDITOR: "第三方审核",
    Role.AUDITOR: "监督审计",
    Role.HOTLINE: "热线坐席",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDIT_ADMIN: "审计管理员",
}

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
DECIDING = frozenset({Role.DISTRICT_REVIEWER, Role.MUNICIPAL_APPROVER, Role.FUND_OFFICER, Role.THIRD_PARTY_AUDITOR})

# The kinds of organisation in which a role can be held; a role that is not here can be held in any.
HOME_KINDS: dict[str, frozenset[str]] = {
    Role.DISTRICT_REVIEWER: frozenset({"district"}),
    Role.MUNICIPAL_APPROVER: frozenset({"bureau"}),
    Role.FUND_OFFICER: frozenset({"bureau", "finance"}),
    Role.THIRD_PARTY_AUDITOR: frozenset({"third_party"}),
}


def conflict(first: str, second: str) -> bool:
    """Whether one person may not hold these two roles at the same time."""
    if first == second:
        return False
    if first in ADMINISTRATORS and second in ADMINISTRATORS:
        return True
    return (first in ADMINISTRATORS and second in DECIDING) or (second in ADMINISTRATORS and first in DECIDING)


def conflicting(role: str) -> frozenset[str]:
    """All roles that cannot be held together with this one."""
    return frozenset(str(other) for other in Role if conflict(role, other))
