"""`manage.py reference`: the import at the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from regulation.models import NevModel

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    out, said = io.StringIO(), io.StringIO()
    call_command("reference", *arguments, stdout=out, stderr=said)
    return out.getvalue(), said.getvalue()


def test_a_filled_in_template_is_taken(tmp_path: Path) -> None:
    sheet = tmp_path / "models.csv"
    sheet.write_text(run("template", "nev-models")[0] + "BJ7000BEVA1,71,2025-06-10,\r\n", encoding="utf-8")
    out, said = run("import", "nev-models", str(sheet))
    assert json.loads(out) == {"table": "nev-models", "created": 1, "updated": 0, "unchanged": 0}
    assert "新增 1" in said
    assert NevModel.objects.get().model_code == "BJ7000BEVA1"


def test_bad_cells_and_missing_files_are_said_in_one_line(tmp_path: Path) -> None:
    sheet = tmp_path / "models.csv"
    sheet.write_text("车型型号,列入日期\nBJ7000BEVA1,soon\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"2\.列入日期：应为日期"):
        run("import", "nev-models", str(sheet))
    with pytest.raises(CommandError, match="无法读取文件"):
        run("import", "nev-models", str(tmp_path / "none.csv"))
    assert not NevModel.objects.exists()
