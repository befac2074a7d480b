"""The car bought: what it is, how large its engine, and whether it fits the old one. V-S-05, 06, 07, V-R-02."""

from __future__ import annotations

from applications.vehicles.dossier import Dossier
from applications.vehicles.rules.fuel import (
    Group,
    NewKind,
    is_usual_new_fuel,
    may_be_nev,
    new_kind,
    old_group,
)
from applications.vehicles.rules.plan import (
    MANUAL,
    NOT_ACCEPTED,
    PASS,
    REJECT,
    RETURN,
    Inputs,
    litres,
    replacement_rule,
    scrappage_rule,
)
from applications.vehicles.rules.vehicle import in_catalogue
from policy.finding import Outcome, Shown, Verdict
from policy.parameters import ParameterSet


def _displacement_outcome(displacement: int | None, params: ParameterSet) -> Outcome:
    """≤ 2000 ml pass; a nominal 2.0 L a little above is for a person (AMB-06); not stated must be filed."""
    if displacement is None:
        return RETURN
    if displacement <= params["max_displacement_ml"]:
        return PASS
    return MANUAL if displacement <= params["displacement_manual_to_ml"] else REJECT


def _car_inputs(dossier: Dossier, *, differs: bool) -> Inputs:
    vehicle = dossier.new_vehicle
    return {
        "fuel_type": Shown("新车燃料种类", vehicle.fuel_type, "REGN", differs),
        "nev": Shown("登记为新能源", "是" if vehicle.nev else "否", "REGN"),
    }


def _displacement_input(displacement: int | None, outcome: Outcome) -> Shown:
    return Shown("新车排量", "未填" if displacement is None else f"{displacement} 毫升", "REGN", outcome is not PASS)


@scrappage_rule(
    "V-S-05",
    clause="二(一)",
    title="新车类别",
    outcomes=(PASS, RETURN, MANUAL, REJECT),
    parameters=(
        "max_displacement_ml",
        "displacement_manual_to_ml",
        "fuels_new_car",
        "catalogue_date_basis",
        "corr_close_before",
    ),
    evidence=("REGN", "INV"),
)
def new_car_kind(dossier: Dossier, params: ParameterSet) -> Verdict:
    """An NEV in the catalogue, or a fuel car of at most 2.0 L; unusual fuels are for a person."""
    vehicle = dossier.new_vehicle
    most = litres(params["max_displacement_ml"])
    message = f"新车不属于目录内新能源乘用车或{most}及以下燃油乘用车（《方案》二(一)）。"
    catalogue = in_catalogue(dossier, params)
    if catalogue is not None:
        inputs = {**_car_inputs(dossier, differs=False), **catalogue.inputs}
        if catalogue.outcome is PASS:
            return Verdict(PASS, "新车为目录内新能源乘用车", inputs)
        told = message + "是否在目录内需人工核查。" if catalogue.outcome is MANUAL else catalogue.message
        return Verdict(catalogue.outcome, told, inputs)
    if new_kind(vehicle) is None:
        told = "新车燃料种类为新能源，但未登记为新能源汽车，需人工核查（《方案》二(一)）。"
        return Verdict(MANUAL, told, _car_inputs(dossier, differs=True))
    if not is_usual_new_fuel(vehicle, params):
        told = "新车燃料种类特殊，是否属于燃油乘用车需人工核查（《方案》二(一)）。"
        return Verdict(MANUAL, told, _car_inputs(dossier, differs=True))
    outcome = _displacement_outcome(vehicle.displacement_ml, params)
    inputs = _car_inputs(dossier, differs=False)
    inputs["displacement_ml"] = _displacement_input(vehicle.displacement_ml, outcome)
    if outcome is PASS:
        return Verdict(PASS, f"新车为{most}及以下燃油乘用车", inputs)
    endings = {RETURN: "缺少新车排量，请补正。", MANUAL: "标称排量需人工核查。", REJECT: ""}
    return Verdict(outcome, message + endings[outcome], inputs)


@scrappage_rule(
    "V-S-06",
    clause="二(一)",
    title="新车排量",
    outcomes=(PASS, RETURN, MANUAL, REJECT),
    parameters=("max_displacement_ml", "displacement_manual_to_ml"),
    evidence=("REGN",),
)
def displacement(dossier: Dossier, params: ParameterSet) -> Verdict | None:
    """A new fuel car has at most 2000 ml."""
    vehicle = dossier.new_vehicle
    if new_kind(vehicle) is not NewKind.FUEL:
        return None
    outcome = _displacement_outcome(vehicle.displacement_ml, params)
    most = litres(params["max_displacement_ml"])
    inputs: Inputs = {
        "displacement_ml": _displacement_input(vehicle.displacement_ml, outcome),
        "most": Shown("最大排量（含）", f"{params['max_displacement_ml']} 毫升", "RULE"),
    }
    messages = {
        PASS: f"新车排量 {vehicle.displacement_ml} 毫升",
        RETURN: "缺少新车排量，请按《机动车登记证书》补正（《方案》二(一)）。",
        MANUAL: f"新购燃油乘用车排量略超{most}，标称排量需人工核查（《方案》二(一)）。",
        REJECT: f"新购燃油乘用车排量超过{most}，不予补贴（《方案》二(一)）。",
    }
    return Verdict(outcome, messages[outcome], inputs)


@scrappage_rule(
    "V-S-07",
    clause="二(一)",
    title="旧车与新车的组合",
    outcomes=(PASS, MANUAL, REJECT),
    parameters=("fuels_petrol", "fuels_diesel_other"),
    evidence=("DEREG", "REGN"),
)
def combination(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Any eligible old car with a new NEV; only an old fuel car with a new fuel car."""
    old, kind = old_group(dossier.old_vehicle, params), new_kind(dossier.new_vehicle)
    inputs: Inputs = {
        "old": Shown("旧车类别", old.value if old else "未定", "POLICE", old is None),
        "new": Shown("新车类别", kind.value if kind else "未定", "REGN", kind is None),
    }
    if kind is NewKind.NEV:
        return Verdict(PASS, "购买新能源乘用车，适用新能源标准", inputs)
    if kind is None:
        return Verdict(MANUAL, "新车类别未定，适用标准需人工核查（《方案》二(一)）。", inputs)
    if old is Group.NEV:
        return Verdict(REJECT, "报废新能源乘用车后购买燃油乘用车，不在补贴范围（《方案》二(一)）。", inputs)
    if may_be_nev(dossier.old_vehicle, params):
        message = "旧车可能为新能源乘用车，购买燃油乘用车是否在补贴范围需人工核查（《方案》二(一)）。"
        return Verdict(MANUAL, message, inputs)
    return Verdict(PASS, "报废燃油乘用车购买燃油乘用车，适用燃油标准", inputs)


@replacement_rule(
    "V-R-02",
    clause="一、三(一)",
    title="新车为目录内新能源车",
    outcomes=(PASS, MANUAL, NOT_ACCEPTED, REJECT),
    parameters=("catalogue_date_basis",),
    evidence=("REGN", "INV"),
)
def catalogue_nev(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The new car is an NEV that passes V-C-10; the old one may have any fuel and age."""
    message = "置换更新仅补贴目录内新能源乘用车（《方案》三(一)）。"
    catalogue = in_catalogue(dossier, params)
    if catalogue is None:
        inputs = _car_inputs(dossier, differs=True)
        if new_kind(dossier.new_vehicle) is None:
            return Verdict(MANUAL, f"{message}燃料种类为新能源，但未登记为新能源汽车，需人工核查。", inputs)
        return Verdict(REJECT, message, inputs)
    inputs = {**_car_inputs(dossier, differs=False), **catalogue.inputs}
    if catalogue.outcome is PASS:
        return Verdict(PASS, "新车为目录内新能源乘用车", inputs)
    told = f"{message}是否在目录内需人工核查。" if catalogue.outcome is MANUAL else catalogue.message
    return Verdict(catalogue.outcome, told, inputs)
