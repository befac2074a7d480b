"""The sale of the old car in a replacement: V-R-01, 04."""

from __future__ import annotations

from applications.vehicles.dossier import Dossier
from applications.vehicles.rules.persons import Match, match_invoice_number
from applications.vehicles.rules.plan import (
    FLAG,
    MANUAL,
    NEW_CAR_INVOICE,
    NOT_ACCEPTED,
    PASS,
    REJECT,
    RETURN,
    TRANSFER,
    USED_CAR_INVOICE,
    Inputs,
    cn_date,
    missing,
    replacement_rule,
    yuan,
)
from policy.finding import Shown, Verdict
from policy.masking import mask_id
from policy.money import grouped_yuan
from policy.parameters import ParameterSet

_KINDS = {
    "sale": "售卖",
    "gift": "赠与",
    "inheritance": "继承",
    "divorce": "离婚析产",
    "court": "法院裁判",
    "other": "其他",
}


@replacement_rule(
    "V-R-01",
    clause="一、三(一)",
    title="通过售卖方式转让",
    outcomes=(PASS, RETURN, MANUAL, NOT_ACCEPTED, REJECT),
    parameters=("typing_error_max_edits",),
    evidence=("UCINV", "REGO"),
)
def sold(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The car left the applicant's name by sale, proven by a used-car invoice with the applicant as seller."""
    invoice, transfer = dossier.used_car_invoice, dossier.transfer
    inputs: Inputs = {}
    if transfer is not None:
        kind = transfer.kind
        inputs["kind"] = Shown("转让方式", _KINDS[kind], "REGO", kind != "sale")
        if kind != "sale":
            return Verdict(REJECT, "旧车不是通过售卖方式转让，不予补贴（《方案》三(一)）。", inputs)
    if invoice is None or transfer is None:
        absent = [] if invoice is not None else [USED_CAR_INVOICE]
        return missing(dossier, params, *absent, *([] if transfer is not None else [TRANSFER]))
    seller = match_invoice_number(invoice.seller_id, None, dossier.applicant, params["typing_error_max_edits"])
    inputs["seller"] = Shown("卖方", mask_id(invoice.seller_id), "UCINV", seller is not Match.SAME)
    inputs["price"] = Shown("成交价", grouped_yuan(invoice.price), "UCINV", invoice.price == 0)
    if seller is Match.OTHER:
        return Verdict(REJECT, "二手车发票卖方不是申请人，不予补贴（《方案》三(一)）。", inputs)
    if seller is Match.UNCLEAR:
        message = "二手车发票卖方证件号码与申请人不同，可能为同一人变更证件，需人工核查（《方案》三(一)）。"
        return Verdict(MANUAL, message, inputs)
    if invoice.price == 0:
        return Verdict(MANUAL, "二手车成交价为零，是否为售卖需人工核查（《方案》三(一)）。", inputs)
    if seller is Match.TYPING_ERROR:
        return Verdict(RETURN, "二手车发票卖方证件号码疑为录入错误，请更正后补正（《方案》三(一)）。", inputs)
    return Verdict(PASS, f"旧车以 {yuan(invoice.price)} 售出", inputs)


@replacement_rule(
    "V-R-04",
    clause="三(二)1",
    title="发票与登记的四个日期",
    outcomes=(PASS, FLAG, NOT_ACCEPTED, REJECT),
    parameters=("repl_docs_from", "repl_docs_from_inclusive"),
    evidence=("UCINV", "INV", "REGO", "REGN"),
)
def four_dates(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Both invoices, the transfer and the new registration: after 2026-01-01, that day itself by parameter (AMB-01)."""
    first, inclusive = params["repl_docs_from"], params["repl_docs_from_inclusive"]
    used, transfer, invoice = dossier.used_car_invoice, dossier.transfer, dossier.invoice
    dates = {
        "used_car_invoice": ("二手车发票开具", "UCINV", used.issue_date if used else None),
        "invoice": ("新车发票开具", "INV", invoice.issue_date if invoice else None),
        "transfer": ("旧车转让登记", "REGO", transfer.registration_date if transfer else None),
        "registration": ("新车注册登记", "REGN", dossier.new_vehicle.registration_date),
    }
    inputs: Inputs = {
        name: Shown(label, day.isoformat() if day else "未提交", source, day is None or day <= first)
        for name, (label, source, day) in dates.items()
    }
    early = [label for label, _, day in dates.values() if day is not None and day < first]
    on_the_day = [label for label, _, day in dates.values() if day == first]
    refused = early if inclusive else early + on_the_day
    if refused:
        message = f"发票或登记日期不在{cn_date(first)}之后，不予补贴（《方案》三(二)1）。不符：{'、'.join(refused)}。"
        return Verdict(REJECT, message, inputs)
    names = {"used_car_invoice": USED_CAR_INVOICE, "invoice": NEW_CAR_INVOICE, "transfer": TRANSFER}
    absent = [names[name] for name, (_, _, day) in dates.items() if day is None]
    if absent:
        return missing(dossier, params, *absent)
    if on_the_day:
        return Verdict(FLAG, f"{'、'.join(on_the_day)}为{cn_date(first)}当日（《方案》三(二)1）。", inputs)
    return Verdict(PASS, f"四个日期均在{cn_date(first)}之后", inputs)
