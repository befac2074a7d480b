"""Authorities' answers on the case page, and the forms by which staff enter one that came on paper.

The names are those of the contract (§2); which a scheme uses is the authority's competence, not the desk's choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from desk.presenters.case import Answer, AnswerField
from exchange import authority
from policy.clock import local
from review import states
from staff import permissions

if TYPE_CHECKING:
    from desk.loading import Loaded

TITLES = {"police": "公安交管", "tax": "税务"}
_TAX_STATUS = (("valid", "有效"), ("void", "已作废"), ("red", "已红冲"))
FIELDS: dict[str, tuple[AnswerField, ...]] = {
    "police": (
        AnswerField("police-answered", "police_answered", "登记信息", choices=(("true", "已核实"),)),
        AnswerField("police-owner", "new_owner_id_now", "新车现所有人", placeholder="证件号码，可不填"),
        AnswerField("police-old", "old_owner_id_now", "旧车现所有人", placeholder="证件号码，可不填"),
    ),
    "tax": (
        AnswerField("tax-status", "status", "发票状态", choices=_TAX_STATUS),
        AnswerField("tax-date", "issue_date", "开票日期", placeholder="2026-03-09"),
        AnswerField("tax-total", "total_incl_tax", "价税合计", placeholder="139800.50"),
    ),
}


def present(loaded: Loaded) -> tuple[Answer, ...]:
    """What each authority said, newest answer's time and channel; with a form where this person may enter one."""
    case = loaded.case
    may = case.state in states.UNDER_REVIEW and permissions.allowed(loaded.user, "facts.answer", district=case.district)
    newest: dict[str, Mapping[str, Any]] = {}
    for answer in loaded.presentation.answers:
        newest.setdefault(str(answer["kind"]), answer)
    return tuple(
        Answer(
            title=title,
            answered=kind in newest,
            lines=_lines(newest[kind]) if kind in newest else (),
            url=reverse("desk:answer", args=(case.receipt_no, kind)) if may else "",
            fields=FIELDS[kind] if may else (),
        )
        for kind, title in TITLES.items()
    )


def read(kind: str, posted: Mapping[str, str]) -> dict[str, Any]:
    """The values of a filled form, empty fields left out; names an authority may not use are refused by the service."""
    values: dict[str, Any] = {}
    for field in FIELDS.get(kind, ()):
        text = posted.get(field.name, "").strip()
        if text:
            values[field.name] = text == "true" if field.name == "police_answered" else text
    return values


def known(kind: str) -> bool:
    """Whether this kind of authority exists."""
    return kind in FIELDS and kind in authority.FIELDS


def _lines(answer: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    source = str(answer["source"])
    how = "人工录入" if source.startswith("staff:") else "接口答复"
    lines = [("时间", f"{local(answer['at']):%m-%d %H:%M} · {how}")]
    lines += [(str(label), str(value)) for label, value in answer.get("lines", ())]
    return tuple(lines)
