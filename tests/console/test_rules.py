"""`manage.py rules`, and the two files generated from rules and tests."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from console import held_by, policy_guide
from policy.registry import PROCESS, all_rules

ROW = ["id", "scheme", "schemes", "kind", "clause", "title", "basis", "parameters", "cases", "held_by"]


def rules(*args: str) -> str:
    out = io.StringIO()
    call_command("rules", *args, stdout=out)
    return out.getvalue()


def listed(*args: str) -> dict[str, dict[str, Any]]:
    rows = json.loads(rules("--json", *args))
    assert all(list(row) == ROW for row in rows)
    return {row["id"]: row for row in rows}


def test_every_check_rule_of_the_catalogue_is_there() -> None:
    checks = {id for id, row in listed().items() if row["kind"] == "check"}
    common = {f"V-C-{n:02d}" for n in (*range(1, 7), *range(8, 15), 18, 19, 22)}
    assert checks == (common | {f"V-S-{n:02d}" for n in range(1, 17)} | {f"V-R-{n:02d}" for n in range(1, 11)})


def test_row_of_a_rule() -> None:
    row = listed()["V-S-08"]
    assert row["scheme"] == "vehicle-scrappage"
    assert row["clause"] == "京商流通字〔2026〕2号 二(一)"
    assert (row["basis"], row["kind"]) == ("text", "check")
    assert (row["parameters"]["rate_s_nev"], row["parameters"]["cap_s_nev"]) == (12, "20000.00")
    assert row["cases"] >= 6
    assert listed()["V-C-01"]["scheme"] == "vehicle"


def test_a_scheme_lists_its_rules_and_counts_its_cases() -> None:
    both, one = listed(), listed("--scheme", "vehicle-replacement")
    assert not any(id.startswith("V-S") for id in one)
    assert {id for id in both if not id.startswith("V-S")} == set(one)
    assert 0 < one["V-C-04"]["cases"] < both["V-C-04"]["cases"]


def test_table_has_one_row_for_each_rule() -> None:
    assert len(rules().splitlines()) == len(all_rules()) + 1


def test_scheme_that_is_not_built() -> None:
    with pytest.raises(CommandError, match="not built") as caught:
        rules("--scheme", "funding-d1")
    assert caught.value.returncode == 2


def test_process_rules_are_held_by_tests_and_the_list_is_current() -> None:
    """`manage.py rules --write-held-by` renews the list."""
    assert held_by.committed() == held_by.written_now()
    unheld = [rule.id for rule in all_rules() if rule.kind == PROCESS and not held_by.committed().get(rule.id)]
    assert unheld == []


def test_markers_are_found_on_tests_classes_and_modules(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        "import pytest\n"
        "pytestmark = [pytest.mark.proves('V-C-17')]\n"
        "@pytest.mark.proves('V-C-07', 'V-C-15')\n"
        "def test_a(): pass\n"
        "class TestB:\n"
        "    @pytest.mark.proves('V-C-07')\n"
        "    def test_c(self): pass\n"
        "def helper(): pass\n"
    )
    assert held_by.written_now(tmp_path) == {
        "V-C-07": ["tests/test_one.py::TestB::test_c", "tests/test_one.py::test_a"],
        "V-C-15": ["tests/test_one.py::test_a"],
        "V-C-17": ["tests/test_one.py::TestB::test_c", "tests/test_one.py::test_a"],
    }


def test_policy_guide_is_current() -> None:
    """`manage.py rules --write-guide` renews it."""
    assert policy_guide.GUIDE.read_text(encoding="utf-8") == policy_guide.text()
