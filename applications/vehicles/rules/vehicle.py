"""The two cars themselves: V-C-02, 10, 13, 22."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from applications.vehicles.dossier import SCRAPPAGE, Dossier
from applications.vehicles.rules.plan import (
    MANUAL,
    NEW_CAR_INVOICE,
    PASS,
    REJECT,
    RETURN,
    Inputs,
    missing,
    missing_message,
    missing_outcome,
    rule,
    with_missing,
)
from policy.finding import Outcome, Shown, Verdict
from policy.identifiers import VIN_LENGTH, is_vin_alphabet
from policy.parameters import ParameterSet

# A small vehicle whose class names goods, towing or machinery is no passenger car, whatever else the class says.
_NOT_PASSENGER = ("货", "挂车", "牵引", "机械", "摩托")


def _class_outcome(vehicle_class: str, params: ParameterSet) -> Outcome:
    size = next((size for size in params["passenger_sizes"] if vehicle_class.startswith(size)), None)
    if size is None or any(word in vehicle_class for word in _NOT_PASSENGER):
        return REJECT
    return PASS if vehicle_class[len(size) :] in params["passenger_bodies"] else MANUAL


@rule(
    "V-C-02",
    clause="一",
    title="小型、微型载客汽车",
    outcomes=(PASS, MANUAL, REJECT),
    parameters=("passenger_sizes", "passenger_bodies"),
    evidence=("REGN", "DEREG", "REGO"),
)
def passenger_car(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Both cars are small or mini passenger cars; special small classes are for a person."""
    old, new = dossier.old_vehicle.vehicle_class, dossier.new_vehicle.vehicle_class
    old_outcome, new_outcome = _class_outcome(old, params), _class_outcome(new, params)
    inputs: Inputs = {
        "old": Shown("旧车车辆类型", old, "POLICE", old_outcome is not PASS),
        "new": Shown("新车车辆类型", new, "REGN", new_outcome is not PASS),
    }
    if REJECT in (old_outcome, new_outcome):
        return Verdict(REJECT, "车辆不属于小型、微型载客汽车，不予补贴（《方案》一）。", inputs)
    if MANUAL in (old_outcome, new_outcome):
        return Verdict(MANUAL, "车辆类型特殊，是否属于小型、微型载客汽车需人工核查（《方案》一）。", inputs)
    return Verdict(PASS, f"旧车{old}，新车{new}", inputs)


@rule(
    "V-C-10",
    clause="二(一)、三(一)",
    title="新能源车在减免购置税目录内",
    outcomes=with_missing(PASS, MANUAL),
    parameters=("catalogue_date_basis", "corr_close_before"),
    evidence=("REGN", "INV"),
)
def in_catalogue(dossier: Dossier, params: ParameterSet) -> Verdict | None:
    """The model of a new NEV is in the catalogue on the decisive date; only a person finds that it is not."""
    vehicle, entry = dossier.new_vehicle, dossier.facts.catalogue
    if not vehicle.nev:
        return None
    day = decisive_date(dossier, params)
    if day is None:
        return missing(dossier, params, NEW_CAR_INVOICE)
    basis = "开票日期" if params["catalogue_date_basis"] == "invoice_date" else "注册登记日期"
    inputs: Inputs = {
        "model_code": Shown("新车型号", vehicle.model_code or "未填", "REGN", vehicle.model_code is None),
        "day": Shown(basis, day.isoformat(), "INV" if basis == "开票日期" else "REGN"),
    }
    message = "新车车型未纳入《减免车辆购置税的新能源汽车车型目录》（《方案》二(一)、三(一)）。"
    if entry is None or entry.included_on is None:
        inputs["included_on"] = Shown("列入目录日期", "未查到", "MIIT", True)
        return Verdict(MANUAL, f"{message}目录中未查到该型号，需人工核查。", inputs)
    late, withdrawn = entry.included_on > day, entry.withdrawn_on is not None and entry.withdrawn_on <= day
    inputs["included_on"] = Shown("列入目录日期", entry.included_on.isoformat(), "MIIT", late)
    if entry.withdrawn_on is not None:
        inputs["withdrawn_on"] = Shown("撤销日期", entry.withdrawn_on.isoformat(), "MIIT", withdrawn)
    if late:
        return Verdict(MANUAL, f"{message}{basis}时尚未列入目录，需人工核查。", inputs)
    if withdrawn:
        return Verdict(MANUAL, f"{message}{basis}时已从目录撤销，需人工核查。", inputs)
    return Verdict(PASS, f"车型 {entry.included_on} 列入目录，{basis} {day}", inputs)


def decisive_date(dossier: Dossier, params: ParameterSet) -> date | None:
    """The date on which the model must be in the catalogue (AMB-05); None without the invoice that gives it."""
    if params["catalogue_date_basis"] == "registration_date":
        return dossier.new_vehicle.registration_date
    return dossier.invoice.issue_date if dossier.invoice else None


@rule(
    "V-C-13",
    clause="二(二)5、二(三)2、三(三)2",
    title="发票与登记在本市",
    outcomes=with_missing(PASS, MANUAL, REJECT),
    parameters=("city_names", "corr_close_before"),
    evidence=("INV", "REGN"),
)
def in_beijing(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The new car's invoice and registration are both of this city; the old car's place does not matter."""
    names = params["city_names"]
    registered = dossier.new_vehicle.registration_region
    issued = dossier.invoice.region if dossier.invoice else None
    inputs: Inputs = {
        "registered": Shown("新车登记地", registered or "未知", "REGN", registered not in names),
        "issued": Shown("发票开具地", issued or "未知", "TAX", issued not in names),
    }
    known = [region for region in (registered, issued) if region is not None]
    if any(region not in names for region in known):
        message = "新车发票或登记证书不是在本市开具或办理，不予补贴（《方案》二(二)5、三(三)2）。"
        return Verdict(REJECT, message, inputs)
    if dossier.invoice is None:
        return missing(dossier, params, NEW_CAR_INVOICE)
    if len(known) < 2:
        message = "新车发票开具地或登记地不明，需人工核查（《方案》二(二)5、三(三)2）。"
        return Verdict(MANUAL, message, inputs)
    return Verdict(PASS, "发票开具地、登记地均为北京", inputs)


class _Read(NamedTuple):
    """A VIN as one document shows it, beside the typed one; None when the document was not filed."""

    name: str
    label: str
    source: str
    vin: str | None
    typed: str


def _vins_on_documents(dossier: Dossier) -> Iterator[_Read]:
    old, new = dossier.old_vehicle.vin, dossier.new_vehicle.vin
    recycling, deregistration = dossier.recycling_certificate, dossier.deregistration
    used, transfer, invoice = dossier.used_car_invoice, dossier.transfer, dossier.invoice
    if dossier.scheme == SCRAPPAGE:
        yield _Read("recycling", "报废机动车回收证明", "RECYC", recycling.vin if recycling else None, old)
        yield _Read("deregistration", "机动车注销证明", "DEREG", deregistration.vin if deregistration else None, old)
    else:
        yield _Read("used_car_invoice", "二手车销售统一发票", "UCINV", used.vin if used else None, old)
        yield _Read("transfer", "旧车登记证书", "REGO", transfer.vin if transfer else None, old)
    yield _Read("invoice", "机动车销售统一发票", "INV", invoice.vin if invoice else None, new)


def _doubts(dossier: Dossier) -> list[str]:
    """What makes the VINs a matter for a person."""
    doubts = []
    used = dossier.facts.vin_used_elsewhere
    if used is not False:
        doubts.append("已被其他申请使用" if used else "是否被其他申请使用尚未查明")
    for label, vin in (("旧车", dossier.old_vehicle.vin), ("新车", dossier.new_vehicle.vin)):
        if len(vin) != VIN_LENGTH:
            doubts.append(f"{label}车辆识别代号不是{VIN_LENGTH}位")
        elif not is_vin_alphabet(vin):
            doubts.append(f"{label}车辆识别代号含有 I、O、Q 或其他不允许的字符")
        elif vin[8] not in "0123456789X":
            doubts.append(f"{label}车辆识别代号第9位不是校验位")
    return doubts


@rule(
    "V-C-22",
    clause="五",
    title="车辆识别代号一致且只用一次",
    outcomes=with_missing(PASS, RETURN, MANUAL),
    parameters=("corr_close_before",),
    basis="recommended",
    evidence=("INV", "REGN", "RECYC", "DEREG", "UCINV", "REGO"),
)
def vins(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The same VIN on all documents of a car, two different cars, neither used in another application."""
    old, new = dossier.old_vehicle.vin, dossier.new_vehicle.vin
    inputs: Inputs = {
        "old": Shown("旧车（申报）", old, "APP", old == new),
        "new": Shown("新车（申报）", new, "APP", old == new),
    }
    absent, different = [], []
    for read in _vins_on_documents(dossier):
        if read.vin is None:
            absent.append(f"《{read.label}》")
            continue
        inputs[read.name] = Shown(read.label, read.vin, read.source, read.vin != read.typed)
        if read.vin != read.typed:
            different.append(read.label)
    message = "车辆识别代号不一致或已被其他申请使用，请核查（《方案》五）。"
    doubts = _doubts(dossier)
    sure = dossier.facts.vin_used_elsewhere is False and len(old) == VIN_LENGTH
    if not sure or (doubts and not different and old != new):
        return Verdict(MANUAL, message + "，".join(doubts) + "。", inputs)
    if different:
        return Verdict(RETURN, f"{message}与申报不一致：{'、'.join(different)}。", inputs)
    if old == new:
        return Verdict(RETURN, f"{message}旧车与新车填写了同一代号。", inputs)
    if absent:
        return Verdict(missing_outcome(dossier), missing_message(dossier, params, "、".join(absent)), inputs)
    return Verdict(PASS, "各材料的车辆识别代号一致", inputs)
