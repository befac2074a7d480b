"""The scrapped car: fuel, age, certificates, enterprise, reason. V-S-01…04, 10, 11, 14."""

from __future__ import annotations

from datetime import date

from applications.vehicles.dossier import Dossier
from applications.vehicles.rules.fuel import Group, is_electric, is_hybrid, old_group
from applications.vehicles.rules.plan import (
    DEREGISTRATION_CERTIFICATE,
    MANUAL,
    NEW_CAR_INVOICE,
    PASS,
    RECYCLING_CERTIFICATE,
    REJECT,
    RETURN,
    Inputs,
    cn_date,
    missing,
    scrappage_rule,
)
from policy.finding import Shown, Verdict
from policy.parameters import ParameterSet

_FUELS = ("fuels_petrol", "fuels_diesel_other")


def _cut_off(dossier: Dossier, params: ParameterSet, group: Group, bound: date, name: str) -> Verdict | None:
    """First registered on or before the bound of its fuel group; None for a car of another or undecided group."""
    if old_group(dossier.old_vehicle, params) is not group:
        return None
    day = dossier.old_vehicle.first_registration_date
    inputs: Inputs = {
        "fuel_type": Shown("旧车燃料种类", dossier.old_vehicle.fuel_type, "POLICE"),
        "first_registration_date": Shown("旧车注册登记日期", day.isoformat(), "POLICE", day > bound),
        "bound": Shown("截止日期（含）", bound.isoformat(), "RULE"),
    }
    if day > bound:
        message = f"{name}乘用车注册登记日期晚于{cn_date(bound)}，不予补贴（《方案》二(一)）。"
        return Verdict(REJECT, message, inputs)
    return Verdict(PASS, f"{name}旧车注册登记 {day}", inputs)


@scrappage_rule(
    "V-S-01",
    clause="二(一)",
    title="汽油旧车注册登记日期",
    outcomes=(PASS, REJECT),
    parameters=("cut_petrol", *_FUELS),
    evidence=("DEREG",),
)
def petrol_cut_off(dossier: Dossier, params: ParameterSet) -> Verdict | None:
    """Petrol: first registered by 2013-06-30."""
    return _cut_off(dossier, params, Group.PETROL, params["cut_petrol"], "汽油")


@scrappage_rule(
    "V-S-02",
    clause="二(一)",
    title="柴油及其他燃料旧车注册登记日期",
    outcomes=(PASS, REJECT),
    parameters=("cut_diesel_other", *_FUELS),
    evidence=("DEREG",),
)
def diesel_other_cut_off(dossier: Dossier, params: ParameterSet) -> Verdict | None:
    """Diesel and other fuels: first registered by 2015-06-30."""
    return _cut_off(dossier, params, Group.DIESEL_OTHER, params["cut_diesel_other"], "柴油及其他燃料")


@scrappage_rule(
    "V-S-03",
    clause="二(一)",
    title="新能源旧车注册登记日期",
    outcomes=(PASS, REJECT),
    parameters=("cut_nev", *_FUELS),
    evidence=("DEREG",),
)
def nev_cut_off(dossier: Dossier, params: ParameterSet) -> Verdict | None:
    """NEV: first registered by 2019-12-31."""
    return _cut_off(dossier, params, Group.NEV, params["cut_nev"], "新能源")


@scrappage_rule(
    "V-S-04",
    clause="二(一)",
    title="旧车燃料类型",
    outcomes=(PASS, MANUAL),
    parameters=_FUELS,
    evidence=("DEREG",),
)
def fuel_group(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The old car's fuel group is beyond doubt; a proposal is shown where it is not."""
    vehicle = dossier.old_vehicle
    group = old_group(vehicle, params)
    inputs: Inputs = {
        "fuel_type": Shown("旧车燃料种类", vehicle.fuel_type, "POLICE", group is None),
        "nev": Shown("登记为新能源", "是" if vehicle.nev else "否", "POLICE"),
    }
    if group is not None:
        return Verdict(PASS, f"旧车属于{group.value}类", inputs)
    message = "旧车燃料类型无法判定，需人工核查（《方案》二(一)）。"
    if is_electric(vehicle.fuel_type):
        message += "燃料种类为新能源，但未登记为新能源汽车。"
    elif is_hybrid(vehicle.fuel_type):
        inputs["proposed"] = Shown("建议类别", "按发动机燃料，通常为汽油", "RULE")
        message += "非插电混合动力建议按发动机燃料归类。"
    return Verdict(MANUAL, message, inputs)


@scrappage_rule(
    "V-S-10",
    clause="二(二)1",
    title="四项材料取得日期",
    outcomes=(PASS, RETURN, REJECT),
    parameters=("scrap_docs_from", "corr_close_before"),
    evidence=("RECYC", "DEREG", "INV", "REGN"),
)
def obtained_from(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Recycling and deregistration certificates, invoice and registration: each from 2026-01-01 on."""
    first = params["scrap_docs_from"]
    recycling, deregistration, invoice = dossier.recycling_certificate, dossier.deregistration, dossier.invoice
    dates = {
        "recycling": ("回收证明开具", "RECYC", recycling.issue_date if recycling else None),
        "deregistration": ("注销登记", "DEREG", deregistration.day if deregistration else None),
        "invoice": ("发票开具", "INV", invoice.issue_date if invoice else None),
        "registration": ("新车注册登记", "REGN", dossier.new_vehicle.registration_date),
    }
    inputs: Inputs = {
        name: Shown(label, day.isoformat() if day else "未提交", source, day is None or day < first)
        for name, (label, source, day) in dates.items()
    }
    early = [label for label, _, day in dates.values() if day is not None and day < first]
    if early:
        message = f"四项材料并非均自{cn_date(first)}起取得，不予补贴（《方案》二(二)1）。早于该日：{'、'.join(early)}。"
        return Verdict(REJECT, message, inputs)
    names = {
        "recycling": RECYCLING_CERTIFICATE,
        "deregistration": DEREGISTRATION_CERTIFICATE,
        "invoice": NEW_CAR_INVOICE,
    }
    absent = [names[name] for name, (_, _, day) in dates.items() if day is None]
    if absent:
        return missing(dossier, params, *absent)
    return Verdict(PASS, f"四项材料均自{cn_date(first)}起取得", inputs)


@scrappage_rule(
    "V-S-11",
    clause="二(二)1",
    title="回收拆解企业有资质",
    outcomes=(PASS, RETURN, MANUAL),
    parameters=("corr_close_before",),
    evidence=("RECYC",),
)
def qualified_enterprise(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The issuer is on the list of qualified enterprises on the day it issued; anywhere in the country."""
    certificate, enterprise = dossier.recycling_certificate, dossier.facts.scrap_enterprise
    if certificate is None:
        return missing(dossier, params, RECYCLING_CERTIFICATE)
    day = certificate.issue_date
    inputs: Inputs = {
        "issuer": Shown("回收拆解企业", certificate.issuer, "RECYC"),
        "issue_date": Shown("开具日期", day.isoformat(), "RECYC"),
    }
    if enterprise is None or enterprise.qualified_from is None:
        inputs["qualified"] = Shown("资质名单", "未查到", "SCRAPQ", True)
        return Verdict(MANUAL, "回收拆解企业资质未查到，需人工核查（《方案》二(二)1）。", inputs)
    last = enterprise.qualified_to
    outside = day < enterprise.qualified_from or (last is not None and day > last)
    span = f"{enterprise.qualified_from} 至 {last or '今'}"
    inputs["qualified"] = Shown("资质有效期", span, "SCRAPQ", outside)
    if outside:
        message = f"{RECYCLING_CERTIFICATE}非有资质的回收拆解企业开具（《方案》二(二)1）。"
        message += "开具日不在资质有效期内，需人工核查。"
        return Verdict(MANUAL, message, inputs)
    return Verdict(PASS, "开具日在企业资质有效期内", inputs)


@scrappage_rule(
    "V-S-14",
    clause="一、二(二)1、3",
    title="因报废注销登记",
    outcomes=(PASS, RETURN, MANUAL, REJECT),
    parameters=("dereg_reasons_scrapped", "dereg_reasons_other", "corr_close_before"),
    basis="derived",
    evidence=("RECYC", "DEREG"),
)
def scrapped(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Recycled and deregistered because scrapped, not exported, lost or returned."""
    certificate, deregistration = dossier.recycling_certificate, dossier.deregistration
    if deregistration is not None:
        reason = deregistration.reason
        scrapped = reason in params["dereg_reasons_scrapped"]
        inputs: Inputs = {
            "reason": Shown("注销原因", reason, "DEREG", not scrapped),
            "date": Shown("注销日期", deregistration.day.isoformat(), "DEREG"),
        }
        message = "旧车未因报废办理注销登记（《方案》一、二(二)1）。"
        if reason in params["dereg_reasons_other"]:
            return Verdict(REJECT, message, inputs)
        if not scrapped:
            return Verdict(MANUAL, f"{message}注销原因不明确，需人工核查。", inputs)
        if certificate is not None:
            return Verdict(PASS, f"{deregistration.day} 因报废注销登记", inputs)
        return missing(dossier, params, RECYCLING_CERTIFICATE)
    absent = [] if certificate is not None else [RECYCLING_CERTIFICATE]
    return missing(dossier, params, *absent, DEREGISTRATION_CERTIFICATE)
