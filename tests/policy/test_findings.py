"""Findings, the overall outcome, registration, errors, masks, identifiers."""

from __future__ import annotations

import doctest
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vininfo import Vin

from policy import errors, identifiers, masking, money
from policy.finding import Finding, Outcome, Shown, Verdict, worst
from policy.registry import process_rule, rule, rule_by_id
from policy.scheme import PAYS_NOTHING, conclude

ORDER = ["pass", "return", "manual", "not_accepted", "reject", "block"]


def finding(outcome: str) -> Finding:
    return Finding("X-01", "N 一", Outcome(outcome), "。", {})


@pytest.mark.parametrize(("first", "second"), list(product(ORDER, ORDER)))
def test_worst_outcome_decides(first: str, second: str) -> None:
    assert worst([finding(first), finding(second)]).value == max(first, second, key=ORDER.index)


def test_flag_leaves_a_pass_and_nothing_is_a_pass() -> None:
    assert worst([finding("flag"), finding("pass")]) is Outcome.PASS
    assert worst([finding("flag"), finding("return")]) is Outcome.RETURN
    assert worst([]) is Outcome.PASS


@pytest.mark.parametrize("outcome", list(Outcome))
def test_amount_is_kept_back_where_nothing_is_paid(outcome: Outcome) -> None:
    result = conclude([finding(outcome.value)], 100)
    assert result.amount_fen == (None if outcome in PAYS_NOTHING else 100)
    assert result.computed_fen == 100


def test_record_keeps_inputs_and_reads_back_and_contract_has_four_fields() -> None:
    made = Finding("X-01", "N 一", Outcome.MANUAL, "。", {"a": Shown("发票", "1.00", "INV", True)})
    assert Finding.from_record(made.as_record()) == made
    assert made.as_record()["inputs"]["a"] == {"label": "发票", "value": "1.00", "source": "INV", "differs": True}
    assert list(made.as_contract()) == ["rule", "clause", "outcome", "message"]


def test_rule_is_registered_once_and_only_for_its_schemes() -> None:
    def function(dossier: object, params: object) -> Verdict:
        return Verdict(Outcome.PASS, "", {})

    with pytest.raises(ValueError, match="twice"):
        rule("V-C-01", clause="N 一", title="t", schemes=("vehicle-scrappage",), outcomes=(Outcome.PASS,))(function)
    with pytest.raises(ValueError, match="outcomes"):
        rule("X-02", clause="N 一", title="t", schemes=("a", "b"), outcomes={"a": (Outcome.PASS,)})
    with pytest.raises(ValueError, match="basis"):
        process_rule("X-03", clause="N 一", title="t", schemes=("a",), basis="guess")
    with pytest.raises(KeyError):
        rule_by_id("X-02")


def test_input_error_names_fields_and_can_be_put_under_another() -> None:
    error = errors.InputError({"a.b": ["坏"], "": ["整体"]})
    assert error.first == ("a.b", "坏")
    assert error.under("dossier").fields == {"dossier.a.b": ["坏"], "dossier": ["整体"]}
    assert error.as_dict() == {"code": "invalid", "fields": error.fields}
    with pytest.raises(ValueError, match="at least one"):
        errors.InputError({})


def test_refusal_is_its_code_and_message_with_rule_where_a_rule_refuses() -> None:
    assert errors.Refused("state", "不行").as_dict() == {"code": "state", "message": "不行"}
    assert errors.Refused("rule", "不行", "V-C-04", "N 一").as_dict()["rule"] == "V-C-04"
    with pytest.raises(ValueError, match="unknown refusal"):
        errors.Refused("whatever", "不行")


@pytest.mark.parametrize("module", [identifiers, masking, money], ids=lambda module: module.__name__)
def test_examples_in_docstrings(module: object) -> None:
    tried = doctest.testmod(module)  # type: ignore[arg-type]
    assert tried.attempted >= 3
    assert tried.failed == 0


@pytest.mark.parametrize("number", ["110101198001010029", "11010519880720002X", "810000199001010019"])
def test_resident_ids_that_are_sound(number: str) -> None:
    assert identifiers.is_resident_id(number)


@pytest.mark.parametrize(
    "number",
    ["110101198001010028", "11010519880720002x", "11010119800101002", "010101198001010029", "110101198013010021", ""],
)
def test_resident_ids_that_are_not(number: str) -> None:
    assert not identifiers.is_resident_id(number)


@pytest.mark.parametrize("number", ["110101198001010029", "E12345678", "A1", "", "13800138000"])
def test_masks_never_show_the_whole(number: str) -> None:
    for mask in (masking.mask_id, masking.mask_phone, masking.mask_account):
        masked = mask(number)
        assert len(masked) == len(number)
        assert not number or masked != number


@given(st.text(alphabet="0123456789ABCDEFGHJKLMNPRSTUVWXYZ", min_size=14, max_size=14))
def test_check_digit_of_a_vin_agrees_with_vininfo(rest: str) -> None:
    """The package is the independent witness, for a maker it knows to use check digits. One of eleven is right."""
    vin = f"LGX{rest}"
    right = [digit for digit in "0123456789X" if identifiers.vin_check_digit_ok(vin[:8] + digit + vin[9:])]
    assert len(right) == 1
    assert Vin(vin[:8] + right[0] + vin[9:]).verify_checksum(check_year=False)
    assert identifiers.vin_check_digit_ok(vin) is (vin[8] == right[0])
