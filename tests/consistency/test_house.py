"""Rules of the house that no linter knows: sizes, names, the one clock, the layers' HTTP."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = (
    *("policy", "audit", "staff", "people", "regulation", "exchange", "documents", "nightly", "ledger", "review"),
    *("applications", "desk", "api", "console", "config"),
)
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "misc"}
HTTP_MAY_BE_IN = {"desk", "api", "config"}
# The only module that reads the machine's clock.
CLOCK = Path("policy/clock.py")
CLOCK_CALLS = re.compile(
    r"(^|\.)(timezone\.now|timezone\.localdate|timezone\.localtime|datetime\.now|datetime\.utcnow|date\.today"
    r"|datetime\.today|Now|TransactionNow)$"
)
SQL = re.compile(r"\b(SELECT|UPDATE|INSERT|DELETE|DEFAULT)\b")
SQL_CLOCK = re.compile(r"\b(now\(\)|current_timestamp|current_date|clock_timestamp\(\))", re.IGNORECASE)


def sources(*, tests: bool = False) -> list[Path]:
    """Python files of the product, without migrations."""
    tops = [ROOT / name for name in (*PACKAGES, *(("tests",) if tests else ()))]
    found = [path for top in tops for path in top.rglob("*.py") if "migrations" not in path.parts]
    return sorted([*found, ROOT / "manage.py"])


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_the_walk_sees_the_product() -> None:
    names = {name_of(path) for path in sources()}
    assert {"policy/clock.py", "config/settings.py", "applications/vehicles/scheme.py", "manage.py"} <= names


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_sizes_and_names(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= LONGEST_FILE
    assert path.stem not in VAGUE
    long = [
        f"{function.name}: {function.end_lineno - function.lineno + 1}"
        for function in functions(ast.parse(text))
        if function.end_lineno and function.end_lineno - function.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_nothing_is_left_for_later(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\b(TODO|FIXME|HACK)\b", text)
    raised = [ast.unparse(node.exc) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Raise) and node.exc]
    assert not [one for one in raised if one.startswith("NotImplementedError")]


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_one_clock(path: Path) -> None:
    if path == ROOT / CLOCK:
        return
    tree = ast.parse(path.read_text("utf-8"))
    found = [(line, name) for line, name in calls(tree) if CLOCK_CALLS.search(name) and not name.startswith("clock.")]
    assert found == []
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add"):
            pytest.fail(f"auto_now in line {node.value.lineno}")


def test_only_the_ground_reads_seconds() -> None:
    readers = {
        name_of(path).split("/")[0]
        for path in sources()
        for _, name in calls(ast.parse(path.read_text("utf-8")))
        if name == "time.time"
    }
    assert readers <= {"config"}


def test_no_sql_asks_the_server_for_the_time() -> None:
    for path in sources():
        tree = ast.parse(path.read_text("utf-8"))
        documentation = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                asks = SQL.search(node.value) and SQL_CLOCK.search(node.value)
                assert not asks, f"{name_of(path)}:{node.lineno}"


@pytest.mark.parametrize("path", [path for path in sources() if path.is_relative_to(ROOT)], ids=name_of)
def test_http_stays_at_the_edges(path: Path) -> None:
    if path.relative_to(ROOT).parts[0] in HTTP_MAY_BE_IN:
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        modules = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        assert not [name for name in modules if name.startswith(("django.http", "rest_framework"))]


def test_every_public_module_says_what_it_is() -> None:
    files = [path for path in sources() if path.stat().st_size and path.name != "__init__.py"]
    silent = [name_of(path) for path in files if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert silent == []


def test_every_table_is_named_by_its_app() -> None:
    from django.apps import apps

    ours = [config for config in apps.get_app_configs() if config.name.split(".")[0] in PACKAGES]
    assert {config.label for config in ours} == {*PACKAGES, "vehicles"} - {"policy", "applications"}
    strays = [
        model._meta.db_table
        for config in ours
        for model in config.get_models()
        if not model._meta.db_table.startswith(f"{config.label}_")
    ]
    assert strays == []
