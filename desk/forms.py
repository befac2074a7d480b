"""What people may type into the queue's conditions; a bad value is named beside its field and filters nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policy.errors import InputError
from policy.money import parse_yuan
from review import states
from review.schemes import all_reviewed

SORT_WORDS = {
    "due": "按剩余时限排序",
    "-due": "按剩余时限倒序",
    "age": "按受理先后排序",
    "-age": "最近受理的在前",
    "amount": "按核算补贴从低到高",
    "-amount": "按核算补贴从高到低",
}
AGES = (("3", "超过 3 天"), ("7", "超过 7 天"), ("15", "超过 15 天"), ("30", "超过 30 天"))
CHIP_FILTERS: dict[str, tuple[str, dict[str, Any]]] = {
    "late": ("将超时", {}),
    "clean": ("无异常", {"clean": True}),
    "corrected": ("补正已回", {"corrected": True}),
    "manual": ("需人工核查", {"manual": True}),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the panel of conditions."""

    name: str
    label: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""
    numeric: bool = False
    error: str = ""

    @property
    def id(self) -> str:
        """The id of its element."""
        return f"filter-{self.name}"

    @property
    def said(self) -> str:
        """Its value in words."""
        return dict(self.choices).get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a list: `filters` for the selector, `query` to repeat them in an address."""

    fields: tuple[Field, ...]
    filters: dict[str, Any]
    chip: str
    sort: str
    page: int
    query: dict[str, str]


def read_conditions(query: Mapping[str, str], *, districts: Mapping[str, str]) -> Conditions:
    """Read the query string of a list. `districts` are those the user may see, code to name."""
    errors: dict[str, str] = {}
    filters: dict[str, Any] = {}
    choices = {
        "scheme": tuple((scheme.code, scheme.short_title) for scheme in all_reviewed()),
        "state": tuple(states.TITLES.items()),
        "outcome": (
            ("pass", "通过"),
            ("return", "退回"),
            ("manual", "人工"),
            ("not_accepted", "不予受理"),
            ("reject", "不予补贴"),
        ),
        "district": tuple(districts.items()) if len(districts) > 1 else (),
    }
    for name, options in choices.items():
        value = query.get(name, "")
        if value in dict(options):
            filters[name] = value
    subject = query.get("subject", "").strip()[:60]
    if subject:
        filters["subject"] = subject
    for name in ("amount_from", "amount_to"):
        text = query.get(name, "").strip().replace(",", "")[:16]
        if text:
            try:
                filters[name] = parse_yuan(text)
            except (ValueError, InputError):
                errors[name] = "请填写金额，如 9600.00"
    typed = {name: query.get(name, "").strip()[:60] for name in ("subject", "amount_from", "amount_to")}
    age = query.get("age", "")
    if age in dict(AGES):
        filters["days_old"] = int(age)
    fields = [
        Field("scheme", "方案", str(filters.get("scheme", "")), choices["scheme"]),
        Field("state", "环节", str(filters.get("state", "")), choices["state"]),
        Field("outcome", "自动核查", str(filters.get("outcome", "")), choices["outcome"]),
        Field("subject", "销售企业", typed["subject"], placeholder="名称开头"),
        Field(
            "amount_from", "补贴不低于（元）", typed["amount_from"], numeric=True, error=errors.get("amount_from", "")
        ),
        Field("amount_to", "补贴不高于（元）", typed["amount_to"], numeric=True, error=errors.get("amount_to", "")),
    ]
    fields.insert(3, Field("age", "受理已", age if age in dict(AGES) else "", AGES))
    if choices["district"]:
        fields.insert(2, Field("district", "区", str(filters.get("district", "")), choices["district"]))
    chip = query.get("chip", "") if query.get("chip", "") in CHIP_FILTERS else ""
    sort = query.get("sort", "due") if query.get("sort", "due") in SORT_WORDS else "due"
    kept = {field.name: field.value for field in fields if field.value and not field.error}
    if chip:
        kept["chip"] = chip
    if sort != "due":
        kept["sort"] = sort
    page = query.get("page", "1")
    number = min(max(int(page), 1), 20) if page.isascii() and page.isdigit() and len(page) < 4 else 1
    return Conditions(tuple(fields), filters, chip, sort, number, kept)
