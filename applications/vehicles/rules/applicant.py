"""Who applies, and for whose cars: V-C-01, 03, 11, 12, 14."""

from __future__ import annotations

from datetime import date

from applications.vehicles.dossier import REPLACEMENT, SCRAPPAGE, Applicant, Dossier
from applications.vehicles.dossier.kinds import LIVE_STATES, ORGANISATION_CODE, PAID_STATES
from applications.vehicles.rules.holding import end_of_holding, last_owner_ids
from applications.vehicles.rules.persons import (
    Match,
    match_invoice_number,
    match_number,
    one_character_apart,
    same_name,
)
from applications.vehicles.rules.plan import (
    BLOCK,
    DEREGISTRATION_CERTIFICATE,
    MANUAL,
    NEW_CAR_INVOICE,
    NOT_ACCEPTED,
    PASS,
    RECYCLING_CERTIFICATE,
    REJECT,
    RETURN,
    USED_CAR_INVOICE,
    Inputs,
    missing_message,
    missing_outcome,
    rule,
    with_missing,
)
from policy.finding import Outcome, Shown, Verdict
from policy.masking import mask_account, mask_id, mask_name
from policy.parameters import ParameterSet

_STATE_WORDS = {"PAID": "已拨付", "RECOVERY": "追回中", "RECOVERED": "已追回", "REFERRED": "已移送"}
_SCHEME_WORDS = {SCRAPPAGE: "报废更新", REPLACEMENT: "置换更新"}
_WORST = {PASS: 0, RETURN: 1, MANUAL: 2, NOT_ACCEPTED: 3, REJECT: 4}


@rule("V-C-01", clause="一、二(一)、三(一)", title="个人消费者", outcomes=(PASS, MANUAL, REJECT), evidence=("ID",))
def individual(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The applicant is a natural person; nationality and household do not matter."""
    applicant = dossier.applicant
    organisation = applicant.type == "organisation"
    inputs: Inputs = {
        "type": Shown("申请主体", "单位" if organisation else "自然人", "ID", organisation),
        "id_number": Shown("证件号码", mask_id(applicant.id_number), "ID"),
    }
    if organisation:
        return Verdict(REJECT, "申请主体不是个人消费者，不予补贴（《方案》一）。", inputs)
    if applicant.id_type == ORGANISATION_CODE:
        return Verdict(MANUAL, "申请人为自然人，证件却是统一社会信用代码，需人工核查（《方案》一）。", inputs)
    return Verdict(PASS, "申请人为自然人", inputs)


@rule(
    "V-C-03",
    clause="一",
    title="一人一次",
    outcomes=(PASS, MANUAL, REJECT, BLOCK),
    parameters=("one_time_scope",),
)
def one_subsidy(dossier: Dossier, params: ParameterSet) -> Verdict:
    """No other application of the person is paid or under way, in either scheme; ended ones do not count."""
    prior = dossier.facts.prior_vehicle_applications
    if prior is None:
        return Verdict(MANUAL, "本人其他汽车补贴申请尚未查明，需人工核查（《方案》一）。", {})
    inputs: Inputs = {
        f"prior_{n}": Shown(
            _SCHEME_WORDS[other.scheme],
            _STATE_WORDS.get(other.state, "办理中" if other.state in LIVE_STATES else "已结束"),
            "SYS",
            other.state in PAID_STATES or other.state in LIVE_STATES,
        )
        for n, other in enumerate(prior, 1)
    }
    message = "该消费者已享受或正在申请一次汽车以旧换新补贴，不得重复享受（《方案》一）。"
    if any(other.state in LIVE_STATES for other in prior):
        return Verdict(BLOCK, message, inputs)
    if any(other.state in PAID_STATES for other in prior):
        return Verdict(REJECT, message, inputs)
    return Verdict(PASS, "没有其他有效的汽车补贴申请", inputs)


class _Comparison:
    """Collects how each number compares with the applicant's; the worst decides the one finding."""

    def __init__(self, applicant: Applicant) -> None:
        self.applicant = applicant
        self.outcome: Outcome = PASS
        self.differing: dict[Outcome, list[str]] = {}
        self.inputs: Inputs = {
            "applicant": Shown("申请人", mask_id(applicant.id_number), "APP"),
        }

    def note(self, outcome: Outcome, label: str) -> None:
        if outcome is not PASS:
            self.differing.setdefault(outcome, []).append(label)
        if _WORST[outcome] > _WORST[self.outcome]:
            self.outcome = outcome

    def number(self, name: str, label: str, number: str, source: str, found: Match) -> None:
        outcome = {
            Match.SAME: PASS,
            Match.TYPING_ERROR: RETURN,
            Match.UNCLEAR: MANUAL,
            Match.OTHER: REJECT,
        }[found]
        self.inputs[name] = Shown(label, mask_id(number), source, found is not Match.SAME)
        self.note(outcome, label)


@rule(
    "V-C-11",
    clause="二(二)2、三(二)2",
    title="旧车、新车所有人与申请人一致",
    outcomes=with_missing(PASS, RETURN, MANUAL, REJECT),
    parameters=("typing_error_max_edits", "repl_docs_from", "corr_close_before"),
    evidence=("INV", "REGN", "RECYC", "DEREG", "UCINV", "REGO"),
)
def same_owner(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Registered owners of both cars, the buyer of the new and the seller of the old one are the applicant."""
    compared = _Comparison(dossier.applicant)
    absent = _compare_documents(dossier, params, compared)
    holding = end_of_holding(dossier, params)
    if holding is not None and dossier.ownership:
        _compare_last_owner(dossier, holding.day, compared)
    vehicle = dossier.new_vehicle
    found = match_number(vehicle.owner_id, dossier.applicant)
    compared.number("new_owner", "新车所有人", vehicle.owner_id, "REGN", found)
    if absent:
        compared.note(missing_outcome(dossier), "、".join(absent))
    return _owner_verdict(dossier, params, compared, absent)


def _compare_documents(dossier: Dossier, params: ParameterSet, compared: _Comparison) -> list[str]:
    """Compare the numbers on the documents; returns the documents that were not filed."""
    applicant = dossier.applicant
    absent = []
    if dossier.scheme == SCRAPPAGE:
        for name, label, certificate, source in (
            ("recycling_owner", "回收证明车主", dossier.recycling_certificate, "RECYC"),
            ("deregistration_owner", "注销证明车主", dossier.deregistration, "DEREG"),
        ):
            if certificate is None:
                absent.append(RECYCLING_CERTIFICATE if source == "RECYC" else DEREGISTRATION_CERTIFICATE)
            else:
                found = match_number(certificate.owner_id, applicant)
                compared.number(name, label, certificate.owner_id, source, found)
    elif dossier.used_car_invoice is None:
        absent.append(USED_CAR_INVOICE)
    else:
        seller = dossier.used_car_invoice.seller_id
        found = match_invoice_number(seller, None, applicant, params["typing_error_max_edits"])
        compared.number("seller", "二手车发票卖方", seller, "UCINV", found)
    if dossier.invoice is None:
        absent.append(NEW_CAR_INVOICE)
    else:
        _compare_buyer(dossier, params, compared)
    return absent


def _compare_buyer(dossier: Dossier, params: ParameterSet, compared: _Comparison) -> None:
    invoice, applicant = dossier.invoice, dossier.applicant
    assert invoice is not None
    name = invoice.buyer_name
    found = match_invoice_number(invoice.buyer_id, name, applicant, params["typing_error_max_edits"])
    compared.number("buyer", "发票购买方", invoice.buyer_id, "INV", found)
    if name is not None and found is Match.SAME and not same_name(name, applicant.name):
        close = one_character_apart(name, applicant.name)
        compared.inputs["buyer_name"] = Shown("发票购买方姓名", mask_name(name), "INV", True)
        compared.note(RETURN if close else MANUAL, "发票购买方姓名")


def _compare_last_owner(dossier: Dossier, end: date, compared: _Comparison) -> None:
    assert dossier.ownership is not None
    for n, owner in enumerate(last_owner_ids(dossier.ownership, dossier.applicant, end), 1):
        found = match_number(owner, dossier.applicant)
        compared.number(f"old_owner_{n}", "旧车登记所有人", owner, "POLICE", found)


def _owner_verdict(dossier: Dossier, params: ParameterSet, compared: _Comparison, absent: list[str]) -> Verdict:
    outcome = compared.outcome
    if outcome is PASS:
        return Verdict(PASS, "各材料与登记的所有人均为申请人本人", compared.inputs)
    labels = "、".join(dict.fromkeys(compared.differing[outcome]))
    if outcome is REJECT:
        message = f"旧车或新车所有人与申请人不一致，不予补贴（《方案》二(二)2、三(二)2）。不一致：{labels}。"
    elif outcome is MANUAL:
        message = f"{labels}与申请人不同，可能为同一人变更姓名或证件号码，需人工核查（《方案》二(二)2、三(二)2）。"
    elif absent:
        message = missing_message(dossier, params, "、".join(absent))
    else:
        message = f"{labels}疑为录入错误，请更正后补正（《方案》二(二)2、三(二)2）。"
    return Verdict(outcome, message, compared.inputs)


@rule(
    "V-C-12",
    clause="二(二)4、三(二)4",
    title="审核期间新车在申请人名下",
    outcomes=(PASS, MANUAL, REJECT),
    parameters=("review_end",),
    evidence=("REGN",),
)
def still_owner(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The police name the applicant as today's owner of the new car; asked again before approval and payment."""
    now, applicant = dossier.facts.new_owner_id_now, dossier.applicant
    if now is None:
        return Verdict(MANUAL, "新车现登记所有人尚无公安交管数据，需人工核查（《方案》二(二)4、三(二)4）。", {})
    same = now == applicant.id_number
    inputs: Inputs = {
        "applicant": Shown("申请人", mask_id(applicant.id_number), "APP"),
        "new_owner_now": Shown("新车现所有人", mask_id(now), "POLICE", not same),
    }
    if same:
        return Verdict(PASS, "新车现登记在申请人名下", inputs)
    if now == dossier.new_vehicle.owner_id and match_number(now, applicant) is Match.UNCLEAR:
        message = "新车登记的证件号码与申请人不同，可能为同一人变更证件，需人工核查（《方案》二(二)4、三(二)4）。"
        return Verdict(MANUAL, message, inputs)
    return Verdict(REJECT, "审核期间新车已不在申请人名下，不予补贴（《方案》二(二)4、三(二)4）。", inputs)


@rule(
    "V-C-14",
    clause="二(三)4–5、三(三)4–5",
    title="本人一类银行账户",
    outcomes=with_missing(PASS, RETURN),
    parameters=("bank_class", "corr_close_before"),
    evidence=("BANK",),
)
def bank_account(dossier: Dossier, params: ParameterSet) -> Verdict:
    """A class-I account of the applicant, with a photo of the number side of the card."""
    account, applicant = dossier.bank_account, dossier.applicant
    absent = []
    if account is None or account.number is None:
        absent.append("本人一类银行卡账号")
    if not any(page.type == "BANK" for page in dossier.documents):
        absent.append("一类银行卡账号面照片")
    if account is None or absent:
        inputs: Inputs = {"missing": Shown("、".join(absent), "未提交", "APP", True)}
        return Verdict(missing_outcome(dossier), missing_message(dossier, params, "、".join(absent)), inputs)
    wrong_class = account.account_class != params["bank_class"]
    own = account.holder_name is not None and same_name(account.holder_name, applicant.name)
    inputs = {
        "number": Shown("银行账号", mask_account(account.number or ""), "BANK"),
        "class": Shown("账户类别", f"{account.account_class or '未填'} 类", "BANK", wrong_class),
        "holder": Shown("开户人", mask_name(account.holder_name or "") or "未填", "BANK", not own),
        "applicant": Shown("申请人", mask_name(applicant.name), "APP"),
    }
    problems = []
    if wrong_class:
        problems.append(f"账户不是{params['bank_class']}类")
    if not own:
        problems.append("开户人不是申请人")
    if problems:
        message = f"须提供申请人本人一类银行卡账号面照片（《方案》二(三)4、三(三)4）。{'，'.join(problems)}。"
        return Verdict(RETURN, message, inputs)
    return Verdict(PASS, "申请人本人一类账户", inputs)
