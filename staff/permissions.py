"""The role × action table: what each role may do. Nothing else in the portal grants anything.

Every view, API door and service asks `allowed` or `require` with an action of `ACTIONS`; an action that is not in the
table is an error, not a refusal, so that a misspelt one cannot go unnoticed. No role can do everything.
Catalogue 9.1, with the district first pass switched on and the administrators kept apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from policy.errors import Refused
from staff import selectors
from staff.roles import TITLES, Role

if TYPE_CHECKING:
    from staff.models import User

DISTRICT = Role.DISTRICT_REVIEWER
MUNICIPAL = Role.MUNICIPAL_APPROVER
FUND = Role.FUND_OFFICER
THIRD_PARTY = Role.THIRD_PARTY_AUDITOR
AUDITOR = Role.AUDITOR
HOTLINE = Role.HOTLINE
SYSTEM = Role.SYSTEM_ADMIN
SECURITY = Role.SECURITY_ADMIN
TRAIL = Role.AUDIT_ADMIN

# Roles whose reach ends at the district of the organisation in which they are held.
DISTRICT_BOUND = frozenset({DISTRICT})


@dataclass(frozen=True)
class Action:
    """Something that can be done: its Chinese title, who may, and whether it changes anything."""

    title: str
    roles: frozenset[str]
    changes: bool = True


def _may(title: str, *roles: str) -> Action:
    return Action(title, frozenset(roles))


def _reads(title: str, *roles: str) -> Action:
    return Action(title, frozenset(roles), changes=False)


ACTIONS: dict[str, Action] = {
    "case.status": _reads("按受理编号查询状态", DISTRICT, MUNICIPAL, FUND, THIRD_PARTY, AUDITOR, HOTLINE),
    "case.view": _reads("查看申请", DISTRICT, MUNICIPAL, FUND, THIRD_PARTY, AUDITOR),
    "case.take": _may("领取申请", DISTRICT, MUNICIPAL),
    "case.pass_district": _may("初审通过", DISTRICT),
    "case.return_district": _may("初审退回补正", DISTRICT),
    "case.reject_district": _may("初审建议不予通过", DISTRICT),
    "case.pass_municipal": _may("复审通过", MUNICIPAL),
    "case.return_municipal": _may("复审退回补正", MUNICIPAL),
    "case.reject_municipal": _may("复审不予通过", MUNICIPAL),
    "case.back": _may("退回初审", MUNICIPAL),
    "case.clear": _may("人工核定", DISTRICT, MUNICIPAL),
    "case.assess": _may("出具第三方审核意见", THIRD_PARTY),
    "case.recuse": _may("回避", DISTRICT, MUNICIPAL, THIRD_PARTY),
    "case.correct": _may("代录补正", DISTRICT, MUNICIPAL),
    "case.withdraw": _may("代办撤回", DISTRICT, MUNICIPAL),
    "case.import": _may("导入申请", DISTRICT, MUNICIPAL),
    "case.export": _reads("导出申请", DISTRICT, MUNICIPAL, FUND, AUDITOR),
    "facts.answer": _may("录入部门核验结果", DISTRICT, MUNICIPAL),
    "document.view": _reads("查看材料", DISTRICT, MUNICIPAL, THIRD_PARTY, AUDITOR),
    "document.add": _may("补充材料", DISTRICT, MUNICIPAL),
    "document.confirm": _may("确认材料", DISTRICT, MUNICIPAL),
    "person.reveal": _reads("查看完整身份信息", DISTRICT, MUNICIPAL, FUND, THIRD_PARTY, AUDITOR),
    "pool.view": _reads("查看资金池", MUNICIPAL, FUND, AUDITOR),
    "pool.allot": _may("下达资金", FUND),
    "pool.close": _may("发布停止受理", MUNICIPAL),
    "payment.view": _reads("查看拨付批次", MUNICIPAL, FUND, AUDITOR),
    "payment.prepare": _may("编制拨付批次", FUND),
    "payment.release": _may("复核放款", FUND),
    "payment.result": _may("登记拨付结果", FUND),
    "parameter.view": _reads("查看政策参数", DISTRICT, MUNICIPAL, FUND, THIRD_PARTY, AUDITOR),
    "parameter.draft": _may("拟定政策参数", MUNICIPAL),
    "parameter.sign": _may("签发政策参数", MUNICIPAL),
    "reference.import": _may("导入参照表", SYSTEM),
    "reference.view": _reads("查看参照表", DISTRICT, MUNICIPAL, THIRD_PARTY, AUDITOR, SYSTEM),
    "staff.view": _reads("查看人员与角色", SECURITY, TRAIL, AUDITOR),
    "staff.manage": _may("管理人员与角色", SECURITY),
    "staff.unlock": _may("解除登录锁定", SECURITY),
    "audit.view": _reads("查看审计记录", TRAIL, AUDITOR),
    "audit.verify": _reads("验证审计记录", TRAIL, AUDITOR),
    "job.view": _reads("查看作业", SYSTEM, AUDITOR),
    "job.run": _may("执行作业", SYSTEM),
    "channel.view": _reads("查看渠道", SYSTEM, AUDITOR),
    "channel.manage": _may("管理渠道", SYSTEM),
    "rehearse": _reads("政策推演", MUNICIPAL),
    "evaluate": _reads("试算", DISTRICT, MUNICIPAL, FUND, THIRD_PARTY, AUDITOR),
}

# What the stock admin shows, by role and app: the permissions it may ask for. Never delete: rows end, they do not go.
BACK_OFFICE: dict[str, dict[str, frozenset[str]]] = {
    SYSTEM: {
        "regulation": frozenset({"view", "add", "change"}),
        "exchange": frozenset({"view"}),
        "nightly": frozenset({"view"}),
    },
    SECURITY: {"staff": frozenset({"view", "add", "change"})},
    TRAIL: {"audit": frozenset({"view"}), "staff": frozenset({"view"})},
}


def action_of(action: str) -> Action:
    """The action's row of the table; LookupError for one that does not exist."""
    try:
        return ACTIONS[action]
    except KeyError:
        raise LookupError(f"no such action: {action!r}") from None


def allowed(user: Any, action: str, *, district: str | None = None, on: date | None = None) -> bool:
    """Whether this account may do this, today or `on` a day; with `district`, whether there.

    A role that is bound to a district counts only in the districts in which it is held. Nobody signed in, a disabled
    account and an account without roles may do nothing.
    """
    roles = action_of(action).roles
    return any(
        role in roles and (district is None or role not in DISTRICT_BOUND or organisation == district)
        for role, organisation in selectors.held(user, on)
    )


def require(user: Any, action: str, *, district: str | None = None, on: date | None = None) -> None:
    """Raise Refused (permission) unless `allowed`."""
    if not allowed(user, action, district=district, on=on):
        raise Refused("permission", f"您没有“{action_of(action).title}”的权限。")


def actions_of(user: Any, *, on: date | None = None) -> frozenset[str]:
    """All the actions an account may do somewhere: for menus."""
    held = {role for role, _ in selectors.held(user, on)}
    return frozenset(name for name, action in ACTIONS.items() if action.roles & held)


def titles_of(user: Any, *, on: date | None = None) -> list[str]:
    """The Chinese titles of the roles held, in the table's order: for the page head."""
    held = {role for role, _ in selectors.held(user, on)}
    return [title for role, title in TITLES.items() if role in held]


def may_enter_back_office(user: User) -> bool:
    """Whether the stock admin opens for this account."""
    return any(role in BACK_OFFICE for role, _ in selectors.held(user))


def back_office_module(user: User, app_label: str) -> bool:
    """Whether the stock admin shows this app to this account."""
    return any(app_label in BACK_OFFICE.get(role, {}) for role, _ in selectors.held(user))


def back_office_permission(user: User, permission: str) -> bool:
    """The stock admin's `app.verb_model`, answered from `BACK_OFFICE`."""
    app_label, _, name = permission.partition(".")
    verb = name.partition("_")[0]
    return any(verb in BACK_OFFICE.get(role, {}).get(app_label, ()) for role, _ in selectors.held(user))
