"""Parameters: typed by their unit, replaced only by a whole new version."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from applications.vehicles.rules import BASELINE
from policy.clock import SHANGHAI
from policy.errors import InputError
from policy.parameters import load_baseline


@pytest.mark.parametrize(
    ("code", "raw", "value", "written"),
    [
        ("rate_s_nev", 10, 10, 10),
        ("rate_s_nev", "10", 10, 10),
        ("rate_s_nev", "12.5 %", Decimal("12.5"), "12.5"),
        ("cap_s_nev", "18000.00", 1800000, "18000.00"),
        ("cap_s_nev", 18000, 1800000, "18000.00"),
        ("cut_petrol", "2012-06-30", date(2012, 6, 30), "2012-06-30"),
        ("max_displacement_ml", 1600, 1600, 1600),
        ("repl_docs_from_inclusive", False, False, False),
        ("own_reg_scope", "strict", "strict", "strict"),
        ("channels_replacement", ["jingtong"], ("jingtong",), ["jingtong"]),
        (
            "app_close_before",
            "2026-11-01T00:00:00+08:00",
            datetime(2026, 11, 1, tzinfo=SHANGHAI),
            "2026-11-01T00:00:00+08:00",
        ),
        # The catalogue writes times without zone: business time.
        (
            "app_close_before",
            "2026-11-01T00:00:00",
            datetime(2026, 11, 1, tzinfo=SHANGHAI),
            "2026-11-01T00:00:00+08:00",
        ),
    ],
)
def test_overlay_reads_by_unit_and_leaves_the_rest(code: str, raw: Any, value: Any, written: Any) -> None:
    changed = BASELINE.overlay({code: raw}, version="2026-2")
    assert changed[code] == value
    assert changed.version == "2026-2"
    assert changed.as_dict() == {**BASELINE.as_dict(), code: written}
    assert BASELINE.version == "2026-1"


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        ("rate_s_nev", 0.12),
        ("rate_s_nev", 101),
        ("rate_s_nev", "many"),
        ("rate_s_nev", True),
        ("cap_s_nev", "1.005"),
        ("cap_s_nev", 1.5),
        ("cut_petrol", "2013-06-31"),
        ("max_displacement_ml", -1),
        ("max_displacement_ml", "two"),
        ("repl_docs_from_inclusive", "maybe"),
        ("repl_docs_from_inclusive", 1),
        ("own_reg_scope", "loose"),
        ("channels_replacement", []),
        ("channels_replacement", "jingtong"),
        ("app_close_before", "soon"),
        ("no_such_code", 1),
    ],
)
def test_value_that_does_not_fit_names_its_code(code: str, raw: Any) -> None:
    with pytest.raises(InputError) as caught:
        BASELINE.overlay({code: raw, "rate_s_fuel": 9}, version="x")
    assert list(caught.value.fields) == [code]


def test_written_values_overlay_to_the_same_set() -> None:
    again = BASELINE.overlay(BASELINE.as_dict(), version=BASELINE.version)
    assert {p.code: p for p in again} == {p.code: p for p in BASELINE}


def test_every_parameter_cites_the_document_and_says_its_basis() -> None:
    for parameter in BASELINE:
        assert parameter.clause.startswith("京商流通字〔2026〕2号 ")
        assert parameter.basis in ("text", "derived", "recommended")
        assert parameter.title
        assert parameter.valid_from == date(2026, 2, 5)


def test_baseline_with_an_unknown_basis_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "parameters.yaml"
    path.write_text(
        "version: '1'\ndocument: {number: N, short: S, title: T}\n"
        "parameters:\n  a: {title: t, value: 1, unit: count, valid_from: 2026-01-01, clause: 一, basis: guess}\n"
    )
    with pytest.raises(ValueError, match="basis"):
        load_baseline(path)
