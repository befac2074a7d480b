"""The demonstration accounts: who they are, how they come to be, and how they sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from audit import services as trail
from console.demonstration import credentials
from staff import services as staff
from staff.models import NaturalPerson, User
from staff.roles import TITLES, Role

ACTOR = "system:demo"
# What marks a person, and with it an account, as made by `demo load`.
PERSON_PREFIX = "demo:"

_REVIEWER = (Role.DISTRICT_REVIEWER,)
_APPROVER = (Role.MUNICIPAL_APPROVER,)


@dataclass(frozen=True, slots=True)
class Account:
    """One account: login, name shown, home organisation, roles as (role, organisation) or a role at home."""

    login: str
    name: str
    organisation: str
    roles: tuple[str | tuple[str, str], ...]


ACCOUNTS: tuple[Account, ...] = (
    Account("CY-0127", "周敏", "chaoyang", _REVIEWER),
    Account("CY-0214", "马骁", "chaoyang", _REVIEWER),
    Account("HD-0108", "李文君", "haidian", _REVIEWER),
    Account("HD-0233", "郑一鸣", "haidian", _REVIEWER),
    Account("DC-0103", "孙立新", "dongcheng", _REVIEWER),
    Account("XC-0116", "吴淑珍", "xicheng", _REVIEWER),
    Account("FT-0141", "何俊凯", "fengtai", _REVIEWER),
    Account("SJ-0105", "罗晓东", "shijingshan", _REVIEWER),
    Account("MT-0102", "梁雪", "mentougou", _REVIEWER),
    Account("FS-0119", "宋永康", "fangshan", _REVIEWER),
    Account("TZ-0128", "唐雨桐", "tongzhou", _REVIEWER),
    Account("SY-0110", "韩志刚", "shunyi", _REVIEWER),
    Account("CP-0122", "冯欣怡", "changping", _REVIEWER),
    Account("DX-0117", "欧阳立春", "daxing", _REVIEWER),
    Account("HR-0104", "曹宁", "huairou", _REVIEWER),
    Account("PG-0101", "彭涛", "pinggu", _REVIEWER),
    Account("MY-0106", "卢海燕", "miyun", _REVIEWER),
    Account("YQ-0103", "蒋博", "yanqing", _REVIEWER),
    Account("KF-0111", "崔浩然", "bda", _REVIEWER),
    Account("SJ-M021", "赵楠", "bureau", _APPROVER),
    Account("SJ-M034", "许建国", "bureau", _APPROVER),
    Account("SJ-M047", "沈嘉琪", "bureau", _APPROVER),
    # One person, two roles: may do either pass, never both of one case.
    Account("SJ-M058", "丁振华", "bureau", (Role.MUNICIPAL_APPROVER, (Role.DISTRICT_REVIEWER, "chaoyang"))),
    Account("CZ-0301", "薛芳", "finance", (Role.FUND_OFFICER,)),
    Account("CZ-0302", "潘军", "finance", (Role.FUND_OFFICER,)),
    Account("SF-0501", "田静", "third-party", (Role.THIRD_PARTY_AUDITOR,)),
    Account("SF-0502", "任思远", "third-party", (Role.THIRD_PARTY_AUDITOR,)),
    Account("NS-0601", "顾明", "bureau", (Role.AUDITOR,)),
    Account("RX-0701", "戴秀兰", "bureau", (Role.HOTLINE,)),
    Account("GL-0801", "夏磊", "bureau", (Role.SYSTEM_ADMIN,)),
    Account("GL-0802", "石勇", "bureau", (Role.SECURITY_ADMIN,)),
    Account("GL-0803", "熊瑞", "bureau", (Role.AUDIT_ADMIN,)),
)
# Who makes the second pass in the stories; the person with two roles is left for visitors to try.
APPROVERS = frozenset({"SJ-M021", "SJ-M034", "SJ-M047"})


def create_all(*, hashes: Mapping[str, str], at: datetime) -> dict[str, User]:
    """Make every account with its roles, password and enrolled TOTP device; belongs into the caller's transaction.

    `hashes` are the stored passwords (`credentials.password_hashes`). Gives the accounts by login.
    """
    return {account.login: _create(account, hashes[account.login], at) for account in ACCOUNTS}


def _create(account: Account, stored_password: str, at: datetime) -> User:
    with transaction.atomic():
        user = staff.create_user(
            account.login,
            display_name=account.name,
            organisation=account.organisation,
            by=ACTOR,
            at=at,
            roles=account.roles,
            natural_person=NaturalPerson.objects.create(code=f"{PERSON_PREFIX}{account.login}"),
        )
        # The service hashes one password after the other; all of them were hashed side by side before.
        user.password = stored_password
        user.save(update_fields=["password"])
        trail.record("staff.password_set", actor=ACTOR, at=at, object_type="account", object_id=user.login)
        staff.enrol_totp(user, by=ACTOR, at=at, secret=credentials.totp_secret(account.login))
    return user


def logins() -> list[dict[str, Any]]:
    """How each demonstration account of this portal signs in; [] where none was made."""
    made = {
        user.login: user
        for user in User.objects.filter(natural_person__code__startswith=PERSON_PREFIX)
        .select_related("organisation")
        .prefetch_related("assignments__organisation")
    }
    return [_printed(made[account.login]) for account in ACCOUNTS if account.login in made]


def _printed(user: User) -> dict[str, Any]:
    roles = [
        {"role": row.role, "title": TITLES[row.role], "organisation": row.organisation.code}
        for row in user.assignments.all()
        if row.valid_to is None
    ]
    return {
        "login": user.login,
        "password": credentials.password(user.login),
        "totp_secret": credentials.totp_secret(user.login),
        "name": user.display_name,
        "organisation": user.organisation.code,
        "roles": sorted({row["role"] for row in roles}),
        "districts": sorted({row["organisation"] for row in roles if row["role"] == Role.DISTRICT_REVIEWER}),
        "titles": [f"{row['title']}（{row['organisation']}）" for row in roles],
    }
