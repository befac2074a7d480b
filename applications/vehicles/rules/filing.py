"""When and through which channel an application was filed: V-C-04, 05, 06, V-S-15, V-R-10."""

from __future__ import annotations

from applications.vehicles.dossier import REPLACEMENT, SCRAPPAGE, Dossier
from applications.vehicles.rules.plan import (
    BLOCK,
    NOT_ACCEPTED,
    PASS,
    REJECT,
    Inputs,
    cn_moment,
    replacement_rule,
    rule,
    scrappage_rule,
    stamp,
    until,
)
from policy.finding import Shown, Verdict
from policy.parameters import ParameterSet

CHANNELS = {
    "nat_web": "全国汽车流通信息管理系统",
    "nat_miniapp": "“汽车以旧换新”小程序",
    "bj_web": "北京市汽车以旧换新补贴系统",
    "lvjiao_miniapp": "“绿交车辆”小程序",
    "jingtong": "“京通”移动端",
}


@rule(
    "V-C-04",
    clause="二(三)1、三(三)1",
    title="申报期限",
    outcomes={SCRAPPAGE: (PASS, BLOCK, REJECT), REPLACEMENT: (PASS, BLOCK, NOT_ACCEPTED)},
    parameters=("app_open_at", "app_close_before"),
)
def window(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Filed from 2026-02-09 10:00:00 on and before 2026-12-01 00:00:00."""
    at = dossier.submitted_at
    opens, closes = params["app_open_at"], params["app_close_before"]
    inputs: Inputs = {
        "submitted_at": Shown("提交时间", stamp(at), "SYS", not opens <= at < closes),
        "window": Shown("受理期限", f"{cn_moment(opens)}至{until(closes)}", "RULE"),
    }
    if at < opens:
        return Verdict(BLOCK, f"申报尚未开始，{cn_moment(opens)}起受理（《方案》二(三)1、三(三)1）。", inputs)
    if at >= closes:
        if dossier.scheme == REPLACEMENT:
            return Verdict(NOT_ACCEPTED, "逾期未提交补贴申请，不予受理（《方案》三(三)1、4）。", inputs)
        return Verdict(REJECT, "逾期未提交补贴申请，不予补贴（《方案》二(三)1、三(三)1）。", inputs)
    return Verdict(PASS, f"{stamp(at)} 提交，在受理期限内", inputs)


@rule(
    "V-C-05",
    clause="二(三)1、三(三)1",
    title="补正期限",
    outcomes={SCRAPPAGE: (PASS, REJECT), REPLACEMENT: (PASS, NOT_ACCEPTED)},
    parameters=("corr_close_before",),
)
def correction(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Corrected before 2026-12-11 00:00:00; any number of corrections."""
    at, bound = dossier.correction_submitted_at, params["corr_close_before"]
    if at is None:
        return Verdict(PASS, "没有补正", {})
    inputs: Inputs = {
        "correction_submitted_at": Shown("补正提交时间", stamp(at), "SYS", at >= bound),
        "bound": Shown("补正期限", f"{until(bound)}前", "RULE"),
    }
    if at < bound:
        return Verdict(PASS, f"{stamp(at)} 补正，在期限内", inputs)
    if dossier.scheme == REPLACEMENT:
        return Verdict(NOT_ACCEPTED, "逾期未补正相关信息，不予受理（《方案》三(三)1、4）。", inputs)
    return Verdict(REJECT, "逾期未补正相关信息，不予补贴（《方案》二(三)1、三(三)1）。", inputs)


@rule("V-C-06", clause="一、二(三)1、三(三)1", title="资金用完即止", outcomes=(PASS, BLOCK))
def funds_open(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Filed before the closing order took effect; no closing order, nothing to stop it."""
    at, closed = dossier.submitted_at, dossier.facts.fund_closed_at
    if closed is None:
        return Verdict(PASS, "年度补贴资金未用完，仍在受理", {})
    inputs: Inputs = {
        "submitted_at": Shown("提交时间", stamp(at), "SYS", at >= closed),
        "fund_closed_at": Shown("停止受理时间", stamp(closed), "SYS"),
    }
    if at >= closed:
        return Verdict(BLOCK, "年度补贴资金已使用完毕，停止受理（《方案》一、二(三)1、三(三)1）。", inputs)
    return Verdict(PASS, "在停止受理之前提交", inputs)


def _channel_inputs(dossier: Dossier, allowed: tuple[str, ...]) -> Inputs:
    return {
        "channel": Shown("申报渠道", _channel_title(dossier.channel), "SYS", dossier.channel not in allowed),
        "allowed": Shown("规定渠道", "、".join(map(_channel_title, allowed)), "RULE"),
    }


def _channel_title(channel: str) -> str:
    return CHANNELS.get(channel, channel)


@scrappage_rule(
    "V-S-15", clause="二(三)3", title="申报渠道", outcomes=(PASS, BLOCK), parameters=("channels_scrappage",)
)
def scrappage_channel(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Filed on the national platform; the portal only imports such files."""
    allowed = params["channels_scrappage"]
    inputs = _channel_inputs(dossier, allowed)
    if dossier.channel in allowed:
        return Verdict(PASS, f"经{_channel_title(dossier.channel)}申报", inputs)
    message = "报废更新须通过全国汽车流通信息管理系统或“汽车以旧换新”小程序申报（《方案》二(三)3）。"
    return Verdict(BLOCK, message, inputs)


@replacement_rule(
    "V-R-10", clause="三(三)3", title="申报渠道", outcomes=(PASS, BLOCK), parameters=("channels_replacement",)
)
def replacement_channel(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Filed online by the person through one of the city's three channels."""
    allowed = params["channels_replacement"]
    inputs = _channel_inputs(dossier, allowed)
    if dossier.channel in allowed:
        return Verdict(PASS, f"经{_channel_title(dossier.channel)}申报", inputs)
    return Verdict(BLOCK, "置换更新须通过本市指定渠道线上提交（《方案》三(三)3）。", inputs)
