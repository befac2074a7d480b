"""Every worked case of cases.yaml comes out as written, and the cases say enough."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from applications.vehicles.cases import Case, worked_cases
from applications.vehicles.rules import BASELINE
from applications.vehicles.scheme import SCHEMES
from policy.clock import SHANGHAI
from policy.money import format_yuan
from policy.parameters import ParameterSet
from policy.registry import Rule, all_rules, check_rules
from policy.scheme import Result, scheme

AT = datetime(2026, 3, 1, 12, tzinfo=SHANGHAI)

# Parameters many rules read (a deadline in a letter, the fuel words): the rules in which they decide something.
DECIDES_IN = {
    "corr_close_before": {"V-C-05", "V-R-09"},
    "max_displacement_ml": {"V-S-05", "V-S-06"},
    "repl_docs_from": {"V-R-04", "V-R-06"},
    # A fuel of the list or not, the old car is a fuel car: only its cut-off date depends on the word.
    "fuels_petrol": {"V-S-01", "V-S-04"},
    "fuels_diesel_other": {"V-S-04"},
}
# Words with one reading built, or that say how the process around the rule works.
NOT_JUDGED_HERE = {"review_end", "one_time_scope"}


def judge(case: Case, params: ParameterSet = BASELINE) -> Result:
    found = scheme(case.scheme)
    overlaid = params.overlay(case.params, version="case") if case.params else params
    return found.evaluate(found.parse(case.raw, at=AT), overlaid)


def outcome_of(case: Case, params: ParameterSet = BASELINE) -> tuple[str, str | None]:
    """What the case's rule says and what the dossier pays: what a shifted parameter must be able to change."""
    result = judge(case, params)
    said = next((f.outcome.value for f in result.findings if f.rule == case.rule), "none")
    return said, None if result.computed_fen is None else format_yuan(result.computed_fen)


@pytest.mark.parametrize("case", worked_cases(), ids=lambda case: case.label)
def test_case(case: Case) -> None:
    result = judge(case)
    findings = [finding for finding in result.findings if finding.rule == case.rule]
    expect = case.expect
    if expect["outcome"] == "none":
        assert findings == []
    else:
        assert [finding.outcome.value for finding in findings] == [expect["outcome"]]
        assert expect.get("message", "") in findings[0].message
    if "amount" in expect:
        assert (None if result.amount_fen is None else format_yuan(result.amount_fen)) == expect["amount"]
    if "overall" in expect:
        assert result.outcome.value == expect["overall"]


RULES = [(found.code, rule) for found in SCHEMES for rule in check_rules(found.code)]


@pytest.mark.parametrize(("code", "rule"), RULES, ids=lambda value: value.id if isinstance(value, Rule) else value)
def test_each_outcome_has_a_case(code: str, rule: Rule) -> None:
    shown = {case.expect["outcome"] for case in worked_cases() if case.rule == rule.id and case.scheme == code} - {
        "none"
    }
    assert shown == {outcome.value for outcome in rule.outcomes[code]}


def _neighbours(params: ParameterSet, code: str) -> Sequence[object]:
    """The values next to a parameter's, each of which some case must notice."""
    parameter = params.parameter(code)
    value = parameter.value
    match parameter.unit:
        case "timestamp":
            return [(value + step).isoformat() for step in (timedelta(milliseconds=-1), timedelta(milliseconds=1))]
        case "date":
            assert isinstance(value, date)
            return [(value + timedelta(days=step)).isoformat() for step in (-1, 1)]
        case "percent" | "ml" | "count" | "days":
            return [value - 1, value + 1]
        case "yuan":
            return [format_yuan(value - 100), format_yuan(value + 100)]
        case "bool":
            return [not value]
        case "word":
            return [choice for choice in parameter.choices if choice != value][:1]
        case "words":
            return [[word for word in value if word != left_out] for left_out in value if len(value) > 1]
    raise AssertionError(f"{code}: no neighbours for unit {parameter.unit}")


USES = [
    (rule, code)
    for rule in {rule.id: rule for _, rule in RULES}.values()
    for code in rule.parameters
    if code not in NOT_JUDGED_HERE and rule.id in DECIDES_IN.get(code, {rule.id})
]


@pytest.mark.parametrize(("rule", "code"), USES, ids=lambda value: value.id if isinstance(value, Rule) else value)
def test_both_sides_of_each_value_have_a_case(rule: Rule, code: str) -> None:
    """A parameter moved by the smallest step, either way, changes what some case of the rule says."""
    cases = [case for case in worked_cases() if case.rule == rule.id and code not in case.params]
    for value in _neighbours(BASELINE, code):
        moved = BASELINE.overlay({code: value}, version="moved")
        assert any(outcome_of(case) != outcome_of(case, moved) for case in cases), f"{code} = {value}"


def test_every_parameter_is_used_by_a_rule() -> None:
    used = {code for rule in all_rules() for code in rule.parameters}
    # The nightly deadline job reads the last one; it is no rule.
    assert {parameter.code for parameter in BASELINE} - used == {"corr_reminder_days"}


def test_cases_name_rules_that_exist() -> None:
    by_scheme = defaultdict(set)
    for found in SCHEMES:
        by_scheme[found.code] = {rule.id for rule in check_rules(found.code)}
    assert all(case.rule in by_scheme[case.scheme] for case in worked_cases())


def test_one_dossier_of_each_scheme_passes_every_rule() -> None:
    """28 findings for a petrol car given up for an NEV, 26 for a replacement; the amounts are those of the text."""
    clean = [case for case in worked_cases() if case.rule == "V-C-01" and case.name == "持居民身份证的个人"]
    judged = {case.raw["id"]: judge(case) for case in clean}
    assert {name: (len(result.findings), result.amount_fen) for name, result in judged.items()} == {
        "报废": (28, 1677700),
        "置换": (26, 1118500),
    }


def test_no_parameter_is_read_that_a_rule_does_not_declare() -> None:
    """A rule sees only the values it declares: an undeclared one would be missing from the frozen record."""
    for case in worked_cases():
        found = scheme(case.scheme)
        dossier = found.parse(case.raw, at=AT)
        for rule in check_rules(case.scheme):
            declared = ParameterSet({c: BASELINE.parameter(c) for c in rule.parameters}, version="declared")
            rule.judge(dossier, declared)
