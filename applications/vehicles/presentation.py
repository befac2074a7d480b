"""The content of a vehicle application as the case page shows it: masked, with the sum and how it came."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from applications.vehicles.comparisons import comparisons
from applications.vehicles.dossier import REPLACEMENT
from applications.vehicles.models import VehicleApplication
from exchange.models import AuthorityAnswer
from policy.clock import local
from policy.masking import mask_account, mask_id, mask_name, mask_phone
from policy.money import grouped_yuan, parse_yuan
from policy.parameters import ParameterSet
from regulation import selectors as regulation
from review.models import Case
from review.schemes import Fact, Presentation, reviewed

_SCRAPPAGE_DOCUMENTS = ("ID", "BANK", "RECYC", "DEREG", "INV", "REGN")
_REPLACEMENT_DOCUMENTS = ("ID", "BANK", "UCINV", "REGO", "INV", "REGN")
_DOCUMENT_TITLES = {
    "ID": "身份证",
    "BANK": "银行卡",
    "RECYC": "回收证明",
    "DEREG": "注销证明",
    "UCINV": "二手车发票",
    "REGO": "旧车登记证书",
    "INV": "发票",
    "REGN": "登记证书",
}
_TRANSFER_KINDS = {
    "sale": "售卖",
    "gift": "赠与",
    "inheritance": "继承",
    "divorce": "离婚分割",
    "court": "法院判决",
    "other": "其他",
}
_ANSWER_TITLES = {"police": "公安交管", "tax": "税务"}
_CHANNEL_TITLES = {
    "nat_web": "全国汽车流通信息管理系统",
    "nat_miniapp": "“汽车以旧换新”小程序",
    "bj_web": "北京市汽车以旧换新补贴系统",
    "lvjiao_miniapp": "“绿交车辆”小程序",
    "jingtong": "“京通”移动端",
}
_PARAMETERS = "_vehicle_parameters"
_CLASS_TITLES = {"I": "一类卡", "II": "二类卡", "III": "三类卡"}


def present(case: Case, application: VehicleApplication) -> Presentation:
    """Facts, formula and authority answers of a case. Nothing here is unmasked."""
    filed = application.filed
    types = _REPLACEMENT_DOCUMENTS if case.scheme == REPLACEMENT else _SCRAPPAGE_DOCUMENTS
    formula, note = _formula(case, filed)
    return Presentation(
        title=reviewed(case.scheme).title,
        facts=tuple(fact for fact in _facts(case, filed) if any(fact.values)),
        formula=formula,
        formula_note=note,
        document_types=tuple((kind, _DOCUMENT_TITLES[kind]) for kind in types),
        answers=tuple(_answers(case)),
        comparisons=comparisons(filed, application.answers),
    )


def case_parameters(case: Case) -> ParameterSet:
    """The parameters that judge a case, looked up once for each object read from the database."""
    known: ParameterSet | None = case.__dict__.get(_PARAMETERS)
    if known is None:
        known = case.__dict__[_PARAMETERS] = regulation.parameters(case.scheme, case.submitted_at)
    return known


def _facts(case: Case, filed: Mapping[str, Any]) -> list[Fact]:
    applicant, old, new = filed["applicant"], filed["old_vehicle"], filed["new_vehicle"]
    invoice = filed.get("invoice") or {}
    facts = [
        Fact("申请人", (mask_name(applicant["name"]), mask_id(applicant["id_number"]))),
        Fact("手机", (mask_phone(applicant.get("phone") or ""),), mono=True),
        Fact(
            "旧车",
            (
                f"{old['vehicle_class']} · {old['fuel_type']}",
                f"{old['first_registration_date']} 注册登记",
                old["vin"],
            ),
        ),
        _leaving(case, filed),
        Fact(
            "新车",
            (
                " · ".join(filter(None, (new.get("model_code"), new["fuel_type"], _displacement(new)))),
                f"{new.get('registration_date') or '未填'} 注册登记",
                new["vin"],
            ),
        ),
        Fact("销售企业", (invoice.get("seller_name") or "",)),
        Fact("发票", (_join(invoice.get("number"), invoice.get("issue_date")),), mono=True),
        _account(filed),
        Fact("渠道", (_CHANNEL_TITLES.get(filed["channel"], "其他渠道"), filed.get("external_no") or "")),
    ]
    return facts


def _leaving(case: Case, filed: Mapping[str, Any]) -> Fact:
    """How the old car left the applicant."""
    if case.scheme == REPLACEMENT:
        transfer, invoice = filed.get("transfer") or {}, filed.get("used_car_invoice") or {}
        kind = _TRANSFER_KINDS.get(transfer.get("kind", ""), "")
        return Fact("转让", (_join(kind, transfer.get("registration_date")), _price(invoice.get("price"))))
    certificate, end = filed.get("recycling_certificate") or {}, filed.get("deregistration") or {}
    gone = f"{end['date']} 注销（{end.get('reason') or '未填原因'}）" if end.get("date") else ""
    return Fact("报废", (certificate.get("issuer") or "", gone))


def _account(filed: Mapping[str, Any]) -> Fact:
    account = filed.get("bank_account") or {}
    if not account.get("number"):
        return Fact("收款账户", ("未提供",))
    own = account.get("holder_name") == filed["applicant"]["name"]
    parts = (_CLASS_TITLES.get(account.get("class") or "", "类别未填"), "本人" if own else "非本人")
    return Fact("收款账户", (" · ".join(parts), mask_account(account["number"])), mono=False)


def _formula(case: Case, filed: Mapping[str, Any]) -> tuple[str, str]:
    """`139,800.50 × 12% = 16,776.06，向上取整 16,777` and the cap with its clause; empty without a sum."""
    total = (filed.get("invoice") or {}).get("total_incl_tax")
    if total is None or case.computed_fen is None:
        return "", ""
    parameters = case_parameters(case)
    kind = "r_nev" if case.scheme == REPLACEMENT else ("s_nev" if filed["new_vehicle"]["nev"] else "s_fuel")
    rate, cap = parameters[f"rate_{kind}"], parameters[f"cap_{kind}"]
    share = parse_yuan(total) * rate
    exact = f"{Decimal(share) / 10000:,.4f}".rstrip("0").rstrip(".")
    clause = "三(一)" if case.scheme == REPLACEMENT else "二(一)"
    formula = f"{grouped_yuan(parse_yuan(total))} × {rate}% = {exact}"
    note = f"向上取整，上限 {cap // 100:,} 元 · 《方案》{clause} · 版本 {parameters.version}"
    return f"{formula} → {grouped_yuan(case.computed_fen)}", note


def _answers(case: Case) -> list[dict[str, Any]]:
    rows = AuthorityAnswer.objects.filter(case_ref=case.pk).order_by("-pk")[:20]
    return [
        {
            "kind": row.kind,
            "title": _ANSWER_TITLES.get(row.kind, row.kind),
            "at": local(row.at),
            "source": row.source,
        }
        for row in rows
    ]


def _displacement(new: Mapping[str, Any]) -> str:
    return f"{new['displacement_ml']} ml" if new.get("displacement_ml") else ""


def _join(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def _price(text: str | None) -> str:
    return f"{grouped_yuan(parse_yuan(text))} 元" if text else ""
