"""The new car's invoice and the amount that follows from it: V-C-08, 09, 19, V-S-08, 09, V-R-03."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from applications.vehicles.dossier import REPLACEMENT, SCRAPPAGE, Dossier
from applications.vehicles.rules.fuel import Group, NewKind, new_kind, old_group
from applications.vehicles.rules.plan import (
    MANUAL,
    NEW_CAR_INVOICE,
    NOT_ACCEPTED,
    PASS,
    RETURN,
    Inputs,
    litres,
    missing,
    replacement_rule,
    rule,
    scrappage_rule,
    ten_thousands,
    with_missing,
    yuan,
)
from policy.finding import Shown, Verdict
from policy.money import ceil_share, grouped_yuan
from policy.parameters import ParameterSet

_STATUS_WORDS = {"valid": "有效", "void": "作废", "red": "红冲", "unknown": "查无", "not_found": "查无"}


class Formula(NamedTuple):
    """A rate in per cent and a cap in fen."""

    rate: int | Decimal
    cap: int

    def amount(self, price_fen: int) -> int:
        """The subsidy in fen: share of the price, rounded up to a whole yuan, at most the cap."""
        return min(ceil_share(price_fen, self.rate), self.cap)


def formula(dossier: Dossier, params: ParameterSet) -> Formula | None:
    """The formula of this dossier.

    None where the kind of new car is undecided, and for an old NEV with a new fuel car, which no formula covers.
    """
    if dossier.scheme == REPLACEMENT:
        return Formula(params["rate_r_nev"], params["cap_r_nev"])
    kind = new_kind(dossier.new_vehicle)
    if kind is NewKind.NEV:
        return Formula(params["rate_s_nev"], params["cap_s_nev"])
    if kind is NewKind.FUEL and old_group(dossier.old_vehicle, params) is not Group.NEV:
        return Formula(params["rate_s_fuel"], params["cap_s_fuel"])
    return None


def computed_amount(dossier: Dossier, params: ParameterSet) -> int | None:
    """The subsidy in fen as far as it can be computed, whatever the other rules say."""
    found = formula(dossier, params)
    return None if found is None or dossier.invoice is None else found.amount(dossier.invoice.total_incl_tax)


@rule(
    "V-C-08",
    clause="二(一)",
    title="价格以有效发票价税合计为准",
    outcomes=with_missing(PASS, RETURN, MANUAL),
    parameters=("corr_close_before",),
    evidence=("INV",),
)
def price_basis(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The price is the total incl. tax of a valid invoice, equal at the tax authority."""
    invoice, tax = dossier.invoice, dossier.facts.tax
    if invoice is None:
        return missing(dossier, params, NEW_CAR_INVOICE)
    inputs: Inputs = {"invoice": Shown("发票", grouped_yuan(invoice.total_incl_tax), "INV")}
    if tax is None or tax.status is None:
        return Verdict(MANUAL, "税务部门尚未核实发票价税合计，需人工核查（《方案》二(一)、四）。", inputs)
    if tax.status != "valid":
        inputs["status"] = Shown("发票状态", _STATUS_WORDS[tax.status], "TAX", True)
        return Verdict(RETURN, "须提供有效的《机动车销售统一发票》（《方案》二(一)、四）。", inputs)
    if tax.total_incl_tax is None:
        return Verdict(MANUAL, "税务部门未答复价税合计，需人工核查（《方案》二(一)、四）。", inputs)
    difference = tax.total_incl_tax - invoice.total_incl_tax
    inputs["tax"] = Shown("税务", grouped_yuan(tax.total_incl_tax), "TAX", difference != 0)
    if difference:
        inputs["difference"] = Shown("相差", grouped_yuan(abs(difference)), "RULE", True)
        return Verdict(MANUAL, "发票价税合计与税务核实数据不一致，需人工核查（《方案》二(一)、四）。", inputs)
    return Verdict(PASS, f"价税合计 {yuan(invoice.total_incl_tax)}，与税务一致", inputs)


@rule(
    "V-C-09",
    clause="二(一)",
    title="补贴金额向上取整并封顶",
    outcomes={SCRAPPAGE: (PASS, RETURN, MANUAL), REPLACEMENT: (PASS, NOT_ACCEPTED)},
    parameters=(
        *("rate_s_nev", "cap_s_nev", "rate_s_fuel", "cap_s_fuel", "rate_r_nev", "cap_r_nev"),
        *("fuels_petrol", "fuels_diesel_other", "corr_close_before"),
    ),
    evidence=("INV",),
)
def rounding(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The amount is computed, never typed: share of the price, up to a whole yuan, then the cap."""
    if dossier.invoice is None:
        return missing(dossier, params, NEW_CAR_INVOICE)
    found = formula(dossier, params)
    if found is None:
        if new_kind(dossier.new_vehicle) is None:
            return Verdict(MANUAL, "新车类别未定，补贴金额暂不能计算（《方案》二(一)）。", {})
        return Verdict(PASS, "该旧车、新车组合没有补贴标准，不计算金额", {})
    price = dossier.invoice.total_incl_tax
    amount = found.amount(price)
    return Verdict(PASS, f"{_working(found, price)} = {yuan(amount)}", _amount_inputs(found, price, amount))


def _working(found: Formula, price: int) -> str:
    """139,800.50 × 12%，上限 20,000.00"""
    return f"{grouped_yuan(price)} × {found.rate}%，取整，上限 {grouped_yuan(found.cap)}"


def _amount_inputs(found: Formula, price: int, amount: int) -> Inputs:
    return {
        "price": Shown("发票价税合计", grouped_yuan(price), "INV"),
        "rate": Shown("比例", f"{found.rate}%", "RULE"),
        "cap": Shown("上限", grouped_yuan(found.cap), "RULE"),
        "amount": Shown("补贴", grouped_yuan(amount), "SYS"),
    }


def _amount_verdict(dossier: Dossier, params: ParameterSet, found: Formula, standard: str) -> Verdict:
    if dossier.invoice is None:
        return missing(dossier, params, NEW_CAR_INVOICE)
    price = dossier.invoice.total_incl_tax
    amount = found.amount(price)
    return Verdict(PASS, f"{standard}补贴 {yuan(amount)}。", _amount_inputs(found, price, amount))


@scrappage_rule(
    "V-S-08",
    clause="二(一)",
    title="购新能源车的补贴标准",
    outcomes=(PASS, RETURN),
    parameters=("rate_s_nev", "cap_s_nev", "corr_close_before"),
    evidence=("INV",),
)
def amount_new_nev(dossier: Dossier, params: ParameterSet) -> Verdict | None:
    """12 % of the price, at most 20,000 yuan, for a new NEV."""
    if new_kind(dossier.new_vehicle) is not NewKind.NEV:
        return None
    found = Formula(params["rate_s_nev"], params["cap_s_nev"])
    standard = f"报废更新购买新能源乘用车，按{found.rate}%补贴、最高{ten_thousands(found.cap)}（《方案》二(一)）。"
    return _amount_verdict(dossier, params, found, standard)


@scrappage_rule(
    "V-S-09",
    clause="二(一)",
    title="购燃油车的补贴标准",
    outcomes=(PASS, RETURN),
    parameters=(
        *("rate_s_fuel", "cap_s_fuel", "max_displacement_ml"),
        *("fuels_petrol", "fuels_diesel_other", "corr_close_before"),
    ),
    evidence=("INV",),
)
def amount_new_fuel(dossier: Dossier, params: ParameterSet) -> Verdict | None:
    """10 % of the price, at most 15,000 yuan, for a new fuel car; an old NEV has no such amount (V-S-07)."""
    if new_kind(dossier.new_vehicle) is not NewKind.FUEL:
        return None
    if old_group(dossier.old_vehicle, params) is Group.NEV:
        return None
    found = Formula(params["rate_s_fuel"], params["cap_s_fuel"])
    size = litres(params["max_displacement_ml"])
    standard = (
        f"报废更新购买{size}及以下燃油乘用车，按{found.rate}%补贴、最高{ten_thousands(found.cap)}（《方案》二(一)）。"
    )
    return _amount_verdict(dossier, params, found, standard)


@replacement_rule(
    "V-R-03",
    clause="三(一)",
    title="置换更新的补贴标准",
    outcomes=with_missing(PASS)[REPLACEMENT],
    parameters=("rate_r_nev", "cap_r_nev"),
    evidence=("INV",),
)
def amount_replacement(dossier: Dossier, params: ParameterSet) -> Verdict:
    """8 % of the price, at most 15,000 yuan."""
    found = Formula(params["rate_r_nev"], params["cap_r_nev"])
    standard = f"置换更新按新车销售价格{found.rate}%补贴、最高{ten_thousands(found.cap)}（《方案》三(一)）。"
    return _amount_verdict(dossier, params, found, standard)


@rule(
    "V-C-19",
    clause="四",
    title="税务核实",
    outcomes=with_missing(PASS, RETURN, MANUAL),
    parameters=("corr_close_before",),
    evidence=("INV",),
)
def tax_check(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The tax authority knows the invoice, it stands, and date and amount agree."""
    invoice, tax = dossier.invoice, dossier.facts.tax
    if invoice is None:
        return missing(dossier, params, NEW_CAR_INVOICE)
    inputs: Inputs = {
        "date": Shown("开票日期（发票）", invoice.issue_date.isoformat(), "INV"),
        "total": Shown("价税合计（发票）", grouped_yuan(invoice.total_incl_tax), "INV"),
    }
    if tax is None or tax.status is None:
        return Verdict(MANUAL, "税务部门尚未答复，需人工核查（《方案》四）。", inputs)
    inputs["status"] = Shown("发票状态", _STATUS_WORDS[tax.status], "TAX", tax.status != "valid")
    if tax.status != "valid":
        message = f"发票信息未通过税务核实（《方案》四）。税务部门：{_STATUS_WORDS[tax.status]}。"
        return Verdict(RETURN, message, inputs)
    other_date = tax.issue_date is not None and tax.issue_date != invoice.issue_date
    other_total = tax.total_incl_tax is not None and tax.total_incl_tax != invoice.total_incl_tax
    if tax.issue_date is not None:
        inputs["tax_date"] = Shown("开票日期（税务）", tax.issue_date.isoformat(), "TAX", other_date)
    if tax.total_incl_tax is not None:
        inputs["tax_total"] = Shown("价税合计（税务）", grouped_yuan(tax.total_incl_tax), "TAX", other_total)
    differing = [label for label, differs in (("开票日期", other_date), ("价税合计", other_total)) if differs]
    if differing:
        message = f"发票信息未通过税务核实（《方案》四）。{'、'.join(differing)}不一致，需人工核查。"
        return Verdict(MANUAL, message, inputs)
    if tax.issue_date is None or tax.total_incl_tax is None:
        return Verdict(MANUAL, "税务部门未答复开票日期或价税合计，需人工核查（《方案》四）。", inputs)
    return Verdict(PASS, "发票状态、日期、金额与税务一致", inputs)
