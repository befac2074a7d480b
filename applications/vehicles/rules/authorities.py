"""What the traffic police confirm: V-C-18."""

from __future__ import annotations

from collections.abc import Iterator

from applications.vehicles.dossier import Dossier, Ownership, Police
from applications.vehicles.rules.plan import MANUAL, PASS, Inputs, rule
from policy.finding import Shown, Verdict
from policy.parameters import ParameterSet

Compared = tuple[str, str, str | None, str | None]


@rule(
    "V-C-18",
    clause="四",
    title="公安交管核实",
    outcomes=(PASS, MANUAL),
    parameters=("city_names",),
    evidence=("REGN", "DEREG", "REGO"),
)
def police_check(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The police have answered, and what they hold agrees with what was filed; silence is never a refusal."""
    facts = dossier.facts
    if not facts.police_answered:
        message = "公安交管部门尚未答复，登记信息需人工核查（《方案》四）。"
        return Verdict(MANUAL, message, {"answered": Shown("公安交管", "未答复", "POLICE", True)})
    inputs: Inputs = {"answered": Shown("公安交管", "已答复", "POLICE")}
    differing = []
    if facts.police is not None:
        for name, label, filed, held in _pairs(dossier, facts.police, params):
            if held is None:
                continue
            differs = filed != held
            inputs[f"{name}_filed"] = Shown(f"{label}（申报）", filed or "未填", "APP", differs)
            inputs[name] = Shown(f"{label}（公安）", held, "POLICE", differs)
            if differs:
                differing.append(label)
    if differing:
        message = f"登记信息与公安交管部门核实结果不一致，需人工核查（《方案》四）。不一致：{'、'.join(differing)}。"
        return Verdict(MANUAL, message, inputs)
    return Verdict(PASS, "公安交管部门已核实", inputs)


def _pairs(dossier: Dossier, police: Police, params: ParameterSet) -> Iterator[Compared]:
    """Name, label, filed value and police value of everything both sides may hold."""
    old, new = dossier.old_vehicle, dossier.new_vehicle
    yield (
        "first_registration_date",
        "旧车注册登记日期",
        str(old.first_registration_date),
        _text(police.first_registration_date),
    )
    yield "fuel_type", "旧车燃料种类", old.fuel_type, police.fuel_type
    yield "vehicle_class", "旧车车辆类型", old.vehicle_class, police.vehicle_class
    deregistration = dossier.deregistration
    if deregistration is not None:
        yield "deregistration_date", "注销登记日期", str(deregistration.day), _text(police.deregistration_date)
        yield "deregistration_reason", "注销原因", deregistration.reason, police.deregistration_reason
    if dossier.transfer is not None and police.transfer_dates is not None:
        yield "transfer_dates", "转让登记日期", str(dossier.transfer.registration_date), _latest(police)
    yield "displacement_ml", "新车排量", _text(new.displacement_ml), _text(police.displacement_ml)
    yield "registration_date", "新车注册登记日期", str(new.registration_date), _text(police.registration_date)
    if police.registration_authority is not None:
        yield (
            "registration_authority",
            "新车登记地",
            _place(new.registration_region, params),
            _place(police.registration_authority, params),
        )
    if police.owner_history is not None and dossier.ownership is not None:
        same = _history(dossier.ownership) == _history(police.owner_history)
        yield (
            "owner_history",
            "旧车登记历史",
            f"{len(dossier.ownership)}段",
            (f"{len(police.owner_history)}段" if same else f"{len(police.owner_history)}段，与申报不同"),
        )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _latest(police: Police) -> str:
    return str(max(police.transfer_dates)) if police.transfer_dates else "无转让登记"


def _place(place: str | None, params: ParameterSet) -> str | None:
    """A place of registration by the city's one name, so that 北京 and 北京市 do not differ."""
    return params["city_names"][0] if place in params["city_names"] else place


def _history(periods: tuple[Ownership, ...]) -> list[tuple[object, ...]]:
    return sorted((p.begin.isoformat(), p.until.isoformat() if p.until else "", p.owner_id) for p in periods)
