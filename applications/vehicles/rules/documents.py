"""Complete, legible, original: V-S-16, V-R-08, V-R-09."""

from __future__ import annotations

from typing import NamedTuple

from applications.vehicles.dossier import Dossier
from applications.vehicles.dossier.kinds import DOCUMENT_TYPES
from applications.vehicles.rules.plan import (
    MANUAL,
    NOT_ACCEPTED,
    PASS,
    RETURN,
    Inputs,
    replacement_rule,
    scrappage_rule,
    stamp,
    until,
)
from policy.finding import Shown, Verdict
from policy.parameters import ParameterSet

_CONTENT = {
    "RECYC": "recycling_certificate",
    "DEREG": "deregistration",
    "UCINV": "used_car_invoice",
    "INV": "invoice",
}


class _State(NamedTuple):
    """What is wrong with the required pages, as labels; `unseen` pages nobody has judged yet."""

    absent: list[str]
    illegible: list[str]
    copies: list[str]
    unseen: list[str]

    @property
    def faults(self) -> list[str]:
        told = (("缺少", self.absent), ("不清晰", self.illegible), ("不是原件的照片或扫描件", self.copies))
        return [f"{word}：{'、'.join(labels)}" for word, labels in told if labels]


def page_label(required: str) -> str:
    """新车登记证书第1页 for `REGN:1`; 机动车注销证明 for `DEREG`."""
    doc_type, _, page = required.partition(":")
    return DOCUMENT_TYPES.get(doc_type, doc_type) + (f"第{page}页" if page else "")


def _inspect(dossier: Dossier, required: tuple[str, ...]) -> _State:
    """Each required page needs one copy that is legible and original; worse copies beside it do no harm."""
    state = _State([], [], [], [])
    for item in required:
        doc_type, _, page = item.partition(":")
        copies = [copy for copy in dossier.documents if copy.type == doc_type and (not page or copy.page == int(page))]
        content = _CONTENT.get(doc_type)
        if not copies or (content is not None and getattr(dossier, content) is None):
            state.absent.append(page_label(item))
        elif any(copy.legible and copy.original for copy in copies):
            continue
        elif any(copy.legible is not False and copy.original is not False for copy in copies):
            state.unseen.append(page_label(item))
        elif all(copy.legible is False for copy in copies):
            state.illegible.append(page_label(item))
        else:
            state.copies.append(page_label(item))
    return state


def _page_inputs(state: _State, required: tuple[str, ...]) -> Inputs:
    inputs: Inputs = {"required": Shown("应交", f"{len(required)}项", "RULE")}
    for name, label, found in (
        ("absent", "缺少", state.absent),
        ("illegible", "不清晰", state.illegible),
        ("copies", "非原件", state.copies),
        ("unseen", "待查看", state.unseen),
    ):
        if found:
            inputs[name] = Shown(label, "、".join(found), "APP", True)
    return inputs


@scrappage_rule(
    "V-S-16",
    clause="二(三)4",
    title="申报材料齐全清晰",
    outcomes=(PASS, RETURN, MANUAL),
    parameters=("docs_scrappage", "corr_close_before"),
    evidence=("ID", "BANK", "RECYC", "DEREG", "INV", "REGN"),
)
def scrappage_documents(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Every required page as a legible photo or scan of the original; else 退回补正."""
    required = params["docs_scrappage"]
    state = _inspect(dossier, required)
    inputs = _page_inputs(state, required)
    if state.faults:
        deadline = until(params["corr_close_before"])
        message = f"申报材料缺少或不清晰，请于{deadline}前补正（《方案》二(三)1、4）。{'；'.join(state.faults)}。"
        return Verdict(RETURN, message, inputs)
    if state.unseen:
        message = f"材料是否清晰、是否原件尚待查看（《方案》二(三)4）：{'、'.join(state.unseen)}。"
        return Verdict(MANUAL, message, inputs)
    return Verdict(PASS, "材料齐全、清晰、为原件", inputs)


@replacement_rule(
    "V-R-08",
    clause="三(三)4",
    title="申报材料齐全",
    outcomes=(PASS, MANUAL, NOT_ACCEPTED),
    parameters=("docs_replacement",),
    evidence=("ID", "BANK", "UCINV", "REGO", "INV", "REGN"),
)
def replacement_documents(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Every required page, and the old car's certificate shows the latest transfer registration."""
    required = params["docs_replacement"]
    state = _inspect(dossier, required)
    inputs = _page_inputs(state, required)
    shown = dossier.rego_shows_transfer
    inputs["transfer"] = Shown("载明最近一次转让登记", _YES_NO[shown], "REGO", shown is not True)
    faults = state.faults
    if shown is False:
        faults = [*faults, "旧车登记证书未载明最近一次转让登记"]
    if any(label.startswith(DOCUMENT_TYPES["REGO"]) for label in state.absent) or shown is False:
        message = "缺少《机动车登记证书》第1至4页或未载明最近一次转让登记（《方案》三(三)4）。"
        return Verdict(NOT_ACCEPTED, message + "；".join(faults) + "。", inputs)
    if faults:
        return Verdict(NOT_ACCEPTED, f"申报材料不齐全或不清晰（《方案》三(三)4）。{'；'.join(faults)}。", inputs)
    if state.unseen or shown is None:
        message = "材料是否清晰、是否载明最近一次转让登记尚待查看（《方案》三(三)4）。"
        return Verdict(MANUAL, message, inputs)
    return Verdict(PASS, "材料齐全，载明最近一次转让登记", inputs)


_YES_NO = {True: "是", False: "否", None: "未查看"}


@replacement_rule(
    "V-R-09",
    clause="三(三)4、三(三)1",
    title="按期、齐全、清晰方予受理",
    outcomes=(PASS, NOT_ACCEPTED),
    parameters=("docs_replacement", "app_close_before", "corr_close_before"),
    evidence=("ID", "BANK", "UCINV", "REGO", "INV", "REGN"),
)
def accepted(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Filed in time, complete and legible; may be completed until 2026-12-10 24:00 if first filed in the window."""
    at, corrected = dossier.submitted_at, dossier.correction_submitted_at
    late = at >= params["app_close_before"]
    late_correction = corrected is not None and corrected >= params["corr_close_before"]
    inputs: Inputs = {"submitted_at": Shown("提交时间", stamp(at), "SYS", late)}
    if corrected is not None:
        inputs["corrected_at"] = Shown("补正时间", stamp(corrected), "SYS", late_correction)
    state = _inspect(dossier, params["docs_replacement"])
    inputs.update(_page_inputs(state, params["docs_replacement"]))
    if late or late_correction:
        word = "逾期未提交补贴申请" if late else "逾期未补正相关信息"
        return Verdict(NOT_ACCEPTED, f"{word}，不予受理（《方案》三(三)1、4）。", inputs)
    if state.faults or dossier.rego_shows_transfer is False:
        message = "申报材料不齐全或不清晰，不予受理（《方案》三(三)4）。"
        faults = state.faults or ["旧车登记证书未载明最近一次转让登记"]
        return Verdict(NOT_ACCEPTED, f"{message}{'；'.join(faults)}。", inputs)
    return Verdict(PASS, "按期提交，材料齐全清晰", inputs)
