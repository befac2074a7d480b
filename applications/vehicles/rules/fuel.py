"""Which fuel group an old car belongs to, and whether a new one is an NEV or a fuel car (《方案》二(一), V-S-04)."""

from __future__ import annotations

from enum import Enum

from applications.vehicles.dossier import NewVehicle, OldVehicle
from policy.parameters import ParameterSet


class Group(Enum):
    """Fuel groups of old cars, with the word staff read."""

    PETROL = "汽油"
    DIESEL_OTHER = "柴油及其他燃料"
    NEV = "新能源"


class NewKind(Enum):
    """What the new car is bought as."""

    NEV = "新能源乘用车"
    FUEL = "燃油乘用车"


_NOT_PLUG_IN = ("非插电", "不可外接", "不插电")
_PLUG_IN = ("插电", "外接", "增程", "纯电", "燃料电池")
_ELECTRIC = frozenset({"电", "电动", "电力"})
_HYBRID = ("混合动力", "油电", "混动", "双擎")


def is_electric(fuel: str) -> bool:
    """Whether the text names a battery, plug-in, range-extended or fuel-cell drive: what would be an NEV."""
    text = fuel
    for phrase in _NOT_PLUG_IN:
        text = text.replace(phrase, "")
    return text in _ELECTRIC or any(word in text for word in _PLUG_IN)


def is_hybrid(fuel: str) -> bool:
    """Whether the text names a hybrid that is not plugged in (油电混合); 混合油 is an oil and not one."""
    return not is_electric(fuel) and any(word in fuel for word in _HYBRID)


def old_group(vehicle: OldVehicle, params: ParameterSet) -> Group | None:
    """The group of an old car; None when a person must decide.

    In the catalogue's order: the police NEV mark first, then petrol, then diesel and the listed other fuels. Hybrids
    that are not plugged in, dual fuel, plug-in texts without the mark and unknown words are undecided.
    """
    if vehicle.nev:
        return Group.NEV
    if vehicle.fuel_type in params["fuels_petrol"]:
        return Group.PETROL
    if vehicle.fuel_type in params["fuels_diesel_other"]:
        return Group.DIESEL_OTHER
    return None


def may_be_nev(vehicle: OldVehicle, params: ParameterSet) -> bool:
    """Whether an old car is, or on closer look may turn out to be, an NEV."""
    group = old_group(vehicle, params)
    return group is Group.NEV or (group is None and is_electric(vehicle.fuel_type))


def new_kind(vehicle: NewVehicle) -> NewKind | None:
    """NEV by the police mark, else a fuel car; None for an electric or plug-in text without the mark (AMB-05)."""
    if vehicle.nev:
        return NewKind.NEV
    return None if is_electric(vehicle.fuel_type) else NewKind.FUEL


def is_usual_new_fuel(vehicle: NewVehicle, params: ParameterSet) -> bool:
    """Whether a new fuel car burns what the text means by 燃油 without doubt; a hybrid not plugged in does."""
    return vehicle.fuel_type in params["fuels_new_car"] or is_hybrid(vehicle.fuel_type)
