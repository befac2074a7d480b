"""Which tests hold which rule: read from the tests' markers, committed as `held_by.json`, kept current by a test."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

HELD_BY = Path(__file__).with_suffix(".json")
TESTS = Path(__file__).resolve().parent.parent / "tests"
MARKER = "proves"


def committed() -> dict[str, list[str]]:
    """Rule id to test ids, as committed."""
    found: dict[str, list[str]] = json.loads(HELD_BY.read_text(encoding="utf-8"))
    return found


def written_now(tests: Path = TESTS) -> dict[str, list[str]]:
    """Rule id to test ids, read from the sources: every `@pytest.mark.proves("V-C-07")` on a test or its class."""
    held: dict[str, list[str]] = {}
    for path in sorted(tests.rglob("test_*.py")):
        where = f"tests/{path.relative_to(tests).as_posix()}"
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for test, rules in _marked(tree.body, where, _module_marks(tree)):
            for rule in rules:
                held.setdefault(rule, []).append(test)
    return {rule: sorted(set(found)) for rule, found in sorted(held.items())}


def as_text(held: dict[str, list[str]]) -> str:
    """The committed form."""
    return json.dumps(held, ensure_ascii=False, indent=1) + "\n"


def _marked(body: list[ast.stmt], where: str, inherited: list[str]) -> Iterator[tuple[str, list[str]]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            marks = [rule for decorator in node.decorator_list for rule in _rules(decorator)]
            yield from _marked(node.body, f"{where}::{node.name}", [*inherited, *marks])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            marks = [rule for decorator in node.decorator_list for rule in _rules(decorator)]
            if rules := [*inherited, *marks]:
                yield f"{where}::{node.name}", rules


def _module_marks(tree: ast.Module) -> list[str]:
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            for value in ast.walk(node.value):
                found += _rules(value)
    return found


def _rules(node: ast.AST) -> list[str]:
    """The ids in a call `….proves("V-C-07", …)`; none for anything else."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == MARKER):
        return []
    return [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
