"""How long the old car was the applicant's, and that it stays sold: V-S-12, 13, V-R-05, 06, 07."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from applications.vehicles.dossier import Dossier, Ownership
from applications.vehicles.rules.holding import (
    Coverage,
    contains,
    coverage,
    end_of_holding,
    holders_on,
    own_periods,
)
from applications.vehicles.rules.persons import Match, match_number
from applications.vehicles.rules.plan import (
    DEREGISTRATION_CERTIFICATE,
    FLAG,
    MANUAL,
    NOT_ACCEPTED,
    PASS,
    REJECT,
    RETURN,
    TRANSFER,
    Inputs,
    cn_date,
    missing,
    replacement_rule,
    scrappage_rule,
)
from policy.finding import Outcome, Shown, Verdict
from policy.masking import mask_id
from policy.parameters import ParameterSet

_FIRST_REGISTRATION = "注册登记"


def _history_inputs(dossier: Dossier, history: Sequence[Ownership]) -> Inputs:
    inputs: Inputs = {"applicant": Shown("申请人", mask_id(dossier.applicant.id_number), "APP")}
    for n, period in enumerate(sorted(history, key=lambda p: p.begin), 1):
        own = period.owner_id == dossier.applicant.id_number
        holder = "本人" if own else mask_id(period.owner_id)
        span = f"{period.begin} 至 {period.until or '今'}"
        inputs[f"period_{n}"] = Shown(f"登记{n}", f"{holder}，{span}，{period.event or '事项不详'}", "POLICE", not own)
    return inputs


def _no_history(cite: str) -> Verdict:
    return Verdict(MANUAL, f"缺少旧车登记历史，需人工核查（《方案》{cite}）。", {})


def _held_on(dossier: Dossier, anchor: date) -> Outcome:
    """pass: the applicant on that day; manual: a number that may be the applicant's old one; reject: others."""
    history = dossier.ownership or ()
    if any(contains(period, anchor) for period in own_periods(history, dossier.applicant)):
        return PASS
    found = {match_number(number, dossier.applicant) for number in holders_on(history, anchor)}
    return MANUAL if found == {Match.UNCLEAR} else REJECT


_CHANGED = "登记的证件号码与申请人不同，可能为同一人变更证件，需人工核查"


def _by_anchor(dossier: Dossier, anchor: date, *, cite: str, refusal: str) -> Verdict:
    """Whether the car was the applicant's on the anchor day."""
    if not dossier.ownership:
        return _no_history(cite)
    inputs = _history_inputs(dossier, dossier.ownership)
    outcome = _held_on(dossier, anchor)
    messages = {
        PASS: f"{cn_date(anchor)}已登记在本人名下",
        MANUAL: f"{cn_date(anchor)}{_CHANGED}（《方案》{cite}）。",
        REJECT: refusal,
    }
    return Verdict(outcome, messages[outcome], inputs)


@scrappage_rule(
    "V-S-12",
    clause="二(二)3",
    title="期限前登记在本人名下",
    outcomes=(PASS, MANUAL, REJECT),
    parameters=("own_anchor",),
)
def owned_by_anchor(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Registered in the applicant's name on 2025-01-08; a transfer registration counts."""
    anchor = params["own_anchor"]
    refusal = f"旧车未于{cn_date(anchor)}（含当日）前登记在申请人名下（《方案》二(二)3）。"
    return _by_anchor(dossier, anchor, cite="二(二)3", refusal=refusal)


def _held_throughout(dossier: Dossier, first: date, last: date, span: str, cite: str) -> Verdict:
    history = dossier.ownership or ()
    inputs = _history_inputs(dossier, history)
    inputs["span"] = Shown("应持续期间", f"{first} 至 {last}", "RULE")
    found = coverage(history, dossier.applicant, first, last)
    if found is Coverage.WHOLE:
        return Verdict(PASS, f"{first} 至 {last} 持续登记在本人名下", inputs)
    if found is Coverage.GAP:
        return Verdict(REJECT, f"{cn_date(first)}至{span}期间旧车未持续登记在本人名下（《方案》{cite}）。", inputs)
    if found is Coverage.GAP_UNCLEAR:
        return Verdict(MANUAL, f"{cn_date(first)}至{span}期间{_CHANGED}（《方案》{cite}）。", inputs)
    message = f"{cn_date(first)}至{span}期间登记历史相互矛盾，需人工核查（《方案》{cite}）。"
    return Verdict(MANUAL, message, inputs)


@scrappage_rule(
    "V-S-13",
    clause="二(二)3",
    title="持续登记在本人名下至注销",
    outcomes=(PASS, RETURN, MANUAL, REJECT),
    parameters=("own_anchor", "corr_close_before"),
    evidence=("DEREG",),
)
def owned_to_deregistration(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The applicant's every day from 2025-01-08 to deregistration."""
    holding = end_of_holding(dossier, params)
    if holding is None:
        return missing(dossier, params, DEREGISTRATION_CERTIFICATE)
    if not dossier.ownership:
        return _no_history("二(二)3")
    return _held_throughout(dossier, params["own_anchor"], holding.day, "注销登记", "二(二)3")


@replacement_rule(
    "V-R-05",
    clause="三(二)3",
    title="期限前登记在本人名下",
    outcomes=(PASS, FLAG, MANUAL, REJECT),
    parameters=("own_anchor", "own_reg_scope"),
    evidence=("REGO",),
)
def owned_by_anchor_replacement(dossier: Dossier, params: ParameterSet) -> Verdict:
    """Registered in the applicant's name on 2025-01-08; by transfer only: flag, or reject in the strict reading."""
    anchor = params["own_anchor"]
    refusal = f"旧车未于{cn_date(anchor)}（含当日）之前登记在本人名下（《方案》三(二)3）。"
    verdict = _by_anchor(dossier, anchor, cite="三(二)3", refusal=refusal)
    if verdict.outcome is not PASS:
        return verdict
    own = [period for period in own_periods(dossier.ownership or (), dossier.applicant) if period.begin <= anchor]
    if any(period.event == _FIRST_REGISTRATION for period in own):
        return verdict
    if params["own_reg_scope"] == "strict":
        return Verdict(REJECT, f"{refusal}系转让取得，不是注册登记。", verdict.inputs)
    return Verdict(FLAG, f"{cn_date(anchor)}已登记在本人名下，系转让取得（《方案》三(二)3）。", verdict.inputs)


@replacement_rule(
    "V-R-06",
    clause="三(二)3",
    title="持续登记在本人名下至转让",
    outcomes=(PASS, MANUAL, NOT_ACCEPTED, REJECT),
    parameters=("own_anchor", "repl_docs_from"),
    evidence=("REGO",),
)
def owned_to_transfer(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The applicant's every day from 2025-01-08 to the transfer out; a car resold since is for a person (AMB-07)."""
    holding = end_of_holding(dossier, params)
    if holding is None:
        return missing(dossier, params, TRANSFER)
    if not dossier.ownership:
        return _no_history("三(二)3")
    verdict = _held_throughout(dossier, params["own_anchor"], holding.day, "转让", "三(二)3")
    if verdict.outcome is PASS and holding.resold:
        message = f"旧车自本人名下转出（{holding.day}）后已再次转让，最近一次转让登记需人工核查（《方案》三(二)3）。"
        return Verdict(MANUAL, message, verdict.inputs)
    return verdict


@replacement_rule(
    "V-R-07",
    clause="三(二)4",
    title="旧车未再转回本人名下",
    outcomes=(PASS, MANUAL, REJECT),
    evidence=("REGO",),
)
def not_transferred_back(dossier: Dossier, params: ParameterSet) -> Verdict:
    """The police name someone else as today's owner of the old car; asked again before approval and payment."""
    now = dossier.facts.old_owner_id_now
    if now is None:
        return Verdict(MANUAL, "旧车现登记所有人尚无公安交管数据，需人工核查（《方案》三(二)4）。", {})
    back = now == dossier.applicant.id_number
    inputs: Inputs = {
        "applicant": Shown("申请人", mask_id(dossier.applicant.id_number), "APP"),
        "old_owner_now": Shown("旧车现所有人", mask_id(now), "POLICE", back),
    }
    if back:
        return Verdict(REJECT, "已转让旧车又转回本人名下，不予补贴（《方案》三(二)4）。", inputs)
    return Verdict(PASS, "旧车现不在本人名下", inputs)
