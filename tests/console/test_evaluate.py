"""`manage.py evaluate`: one answer a line, errors name their field, the exit status tells, nothing else is needed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from console.evaluation import json_lines
from console.evaluation.lines import MAX_LINE
from tests.vehicles.dossiers import dossier

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


def evaluate(
    tmp_path: Path, content: str | bytes, scheme: str = "vehicle-scrappage", *args: str
) -> tuple[int, list[Any]]:
    """The exit status and the answers of an input file."""
    source = tmp_path / "dossiers.jsonl"
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    out = io.StringIO()
    status = 0
    try:
        call_command("evaluate", scheme, str(source), *args, stdout=out, stderr=io.StringIO())
    except SystemExit as left:
        status = int(left.code or 0)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def test_dossier_gives_one_line_with_exactly_the_contracts_fields(tmp_path: Path) -> None:
    status, answers = evaluate(tmp_path, json.dumps(dossier()))
    assert status == 0
    (answer,) = answers
    assert list(answer) == ["id", "outcome", "amount", "findings"]
    assert (answer["id"], answer["outcome"], answer["amount"]) == ("报废", "pass", "16777.00")
    assert len(answer["findings"]) == 28
    assert all(list(finding) == ["rule", "clause", "outcome", "message"] for finding in answer["findings"])
    first = answer["findings"][0]
    assert (first["rule"], first["clause"]) == ("V-C-01", "京商流通字〔2026〕2号 一、二(一)、三(一)")


def test_replacement(tmp_path: Path) -> None:
    status, (answer,) = evaluate(tmp_path, json.dumps(dossier("置换")), "vehicle-replacement")
    assert (status, answer["outcome"], answer["amount"]) == (0, "pass", "11185.00")


def test_rejected_dossier_was_read_and_pays_nothing(tmp_path: Path) -> None:
    raw = dossier("报废新能源旧车")
    raw["new_vehicle"].update(nev=False, fuel_type="汽油", displacement_ml=1498)
    status, (answer,) = evaluate(tmp_path, json.dumps(raw))
    assert (status, answer["outcome"], answer["amount"]) == (0, "reject", None)
    assert [f["rule"] for f in answer["findings"] if f["outcome"] == "reject"] == ["V-S-07"]


def test_bad_lines_are_answered_in_order_and_the_run_goes_on(tmp_path: Path) -> None:
    good = json.dumps(dossier())
    lines = [
        good,
        json.dumps(dossier(invoice__total_incl_tax="139800.505")),
        "{not json",
        "",
        json.dumps({**dossier(), "colour": 1}),
        '{"id": "A", "id": "B"}',
        '{"id": "A", "invoice": {"total_incl_tax": NaN}}',
        "[" * 100_000,
        "9" * 10_000,
        '["list"]',
        '"text"',
        "null",
        good,
    ]
    status, answers = evaluate(tmp_path, "\n".join(lines))
    assert status == 1
    assert [answer.get("error", {}).get("field") for answer in answers] == [
        None, "invoice.total_incl_tax", "", "colour", "id", "", "", "", "", "", "", None,
    ]  # fmt: skip
    assert [answer["id"] for answer in answers[:5]] == ["报废", "报废", None, "报废", None]
    assert list(answers[1]) == ["id", "error"]
    assert list(answers[1]["error"]) == ["field", "message"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe{}", "UTF-8"),
        (b'{"id": "' + b"x" * MAX_LINE + b'"}', "KB"),
        (b'{"id": "\\ud800"}', "控制字符"),
    ],
)
def test_line_that_is_no_text(tmp_path: Path, content: bytes, said: str) -> None:
    status, answers = evaluate(tmp_path, content + b"\n" + json.dumps(dossier()).encode())
    assert status == 1
    assert said in answers[0]["error"]["message"]
    assert answers[0]["id"] is None
    assert answers[1]["outcome"] == "pass"


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(dossier()).encode() + b"\r\n" + json.dumps(dossier()).encode() + b"\r\n"
    status, answers = evaluate(tmp_path, content)
    assert (status, len(answers)) == (0, 2)


def test_at_is_the_present_only_where_the_dossier_has_no_time(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(raw) for raw in (dossier(), dossier(submitted_at=None)))
    _, answers = evaluate(tmp_path, lines, "vehicle-scrappage", "--at", "2026-12-01T00:00:00+08:00")
    assert [answer["outcome"] for answer in answers] == ["pass", "reject"]


def test_output_file_holds_what_standard_output_would(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    status, printed = evaluate(tmp_path, json.dumps(dossier()), "vehicle-scrappage", "--output", str(target))
    assert (status, printed) == (0, [])
    assert json.loads(target.read_text(encoding="utf-8"))["outcome"] == "pass"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["lottery-entry", "x.jsonl"], "not built"),
        (["vehicle-scrappage"], "INPUT is missing"),
        (["vehicle-scrappage", "/no/such/file"], "/no/such/file"),
        (["vehicle-scrappage", "/no/such/file.xlsx"], "/no/such/file.xlsx"),
        (["vehicle-scrappage", "x.jsonl", "--at", "2026-03-01"], "--at"),
        (["vehicle-scrappage", "--template", "/tmp/template.ods"], ".xlsx or a .csv"),
    ],
)
def test_work_that_cannot_be_done_is_one_line_and_status_2(args: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said) as caught:
        call_command("evaluate", *args, stdout=io.StringIO())
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)


def test_output_never_overwrites_the_input(tmp_path: Path) -> None:
    source = tmp_path / "dossiers.jsonl"
    with pytest.raises(CommandError, match="overwrite"):
        evaluate(tmp_path, "{}", "vehicle-scrappage", "--output", str(source))
    assert source.read_text() == "{}"


def test_lines_are_read_one_at_a_time() -> None:
    """A million-line file takes no more memory than one line: nothing reads ahead of what is asked for."""

    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.lines = 0

        def readline(self, size: int | None = -1) -> bytes:
            self.lines += 1
            return b"{}\n"

    stream = Endless()
    lines = json_lines(stream)  # type: ignore[arg-type]
    for _ in range(5):
        next(lines)
    assert stream.lines == 5


def test_runs_without_services_from_standard_input_under_a_foreign_locale(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DATABASE", "REDIS"))},
        "HOME": str(tmp_path),
        "LC_ALL": "en_US.ISO-8859-1",
        "PYTHONIOENCODING": "latin-1",
        "PATH": "",
    }
    done = subprocess.run(
        [sys.executable, str(MANAGE), "evaluate", "vehicle-scrappage", "-"],
        input=json.dumps(dossier()).encode(),
        capture_output=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("utf-8"))["id"] == "报废"
