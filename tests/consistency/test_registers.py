"""What is named in one place exists in the other: rules, verbs, actions, reason codes, guards, protected tables."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models

from audit import append_only, verbs
from people.fields import EncryptedField
from policy import scheme as schemes
from policy.registry import CHECK, all_rules, check_rules
from review.schemes import all_reviewed
from staff.permissions import ACTIONS
from tests.consistency.test_house import calls, name_of, sources

# Column names that would hold a value of a person. Staff (who work in public office) are not meant.
PERSONAL = {
    *("id_number", "name", "phone", "account_number", "bank_account", "holder_name", "address", "email"),
    *("applicant", "applicant_name", "owner_id", "buyer_id", "buyer_name", "filed", "answers", "values"),
}
NOT_OF_PERSONS = {
    ("Organisation", "name"): "a public body",
    ("ScrapEnterprise", "name"): "an enterprise on a published list",
    ("Channel", "name"): "a machine",
}

# Duties beyond the single application: cases on dealers, reports to other departments. No part of the portal yet.
NOT_BUILT = {"V-C-16", "V-C-20"}


def literals(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, called name and first literal argument of each call with one."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        first = node.args[0] if isinstance(node, ast.Call) and node.args else None
        if isinstance(node, ast.Call) and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield node.lineno, ast.unparse(node.func), first.value


def product_models() -> list[type[models.Model]]:
    tops = {name_of(path).split("/")[0] for path in sources()}
    return [model for model in apps.get_models() if model.__module__.split(".")[0] in tops]


class TestRules:
    @pytest.mark.parametrize("scheme", schemes.schemes(), ids=lambda scheme: scheme.code)
    def test_every_check_rule_has_worked_cases(self, scheme: schemes.Scheme) -> None:
        counts = scheme.case_counts()
        assert [rule.id for rule in check_rules(scheme.code) if not counts.get(rule.id)] == []

    def test_every_rule_is_listed(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("rules")
        listed = {line.split("\t")[0] for line in capsys.readouterr().out.splitlines()}
        assert {rule.id for rule in all_rules()} <= listed

    def test_every_catalogue_rule_of_the_vehicle_schemes_is_registered(self) -> None:
        wanted = {
            *(f"V-C-{n:02}" for n in range(1, 23)),
            *(f"V-S-{n:02}" for n in range(1, 17)),
            *(f"V-R-{n:02}" for n in range(1, 11)),
        }
        assert wanted - {rule.id for rule in all_rules()} == NOT_BUILT

    def test_every_process_rule_is_held_by_a_test(self) -> None:
        from console import held_by

        committed = held_by.committed()
        assert [rule.id for rule in all_rules() if rule.kind != CHECK and not committed.get(rule.id)] == []

    def test_refusals_cite_rules_that_exist_with_a_clause(self) -> None:
        from review.services import guards

        known = {rule.id for rule in all_rules()}
        for rule, clause in (guards.V_C_05, guards.V_C_06, guards.V_C_17):
            assert rule in known
            assert clause.startswith("京商流通字〔2026〕2号")


class TestReviewedSchemes:
    def test_every_scheme_of_policy_is_reviewed(self) -> None:
        assert {scheme.code for scheme in all_reviewed()} == {scheme.code for scheme in schemes.schemes()}

    @pytest.mark.parametrize("scheme", all_reviewed(), ids=lambda scheme: scheme.code)
    def test_reason_codes_name_rules_of_their_scheme(self, scheme: object) -> None:
        known = {rule.id for rule in all_rules(scheme.code)}  # type: ignore[attr-defined]
        for code in scheme.reason_codes.values():  # type: ignore[attr-defined]
            assert set(code.rules) <= known, code.code
            assert set(code.kinds) <= set("RNBMK"), code.code
            assert code.title
            assert code.clause.startswith("京商流通字〔2026〕2号")

    @pytest.mark.parametrize("scheme", all_reviewed(), ids=lambda scheme: scheme.code)
    def test_every_failing_outcome_brings_a_reason_that_fits_the_decision(self, scheme: object) -> None:
        code = scheme.code  # type: ignore[attr-defined]
        fitting = {"return": "B", "not_accepted": "N", "reject": "RK"}
        missing = [
            f"{rule.id} {outcome}"
            for rule in check_rules(code)
            for outcome in rule.outcomes[code] & set(fitting)
            if not any(
                rule.id in reason.rules and set(reason.kinds) & set(fitting[outcome])
                for reason in scheme.reason_codes.values()  # type: ignore[attr-defined]
            )
        ]
        assert sorted(missing) == []


class TestVerbs:
    def test_every_verb_written_in_the_code_is_registered(self) -> None:
        unknown = [
            f"{name_of(path)}:{line} {verb}"
            for path in sources()
            for line, name, verb in literals(path)
            if name.split(".")[-1] in ("record", "_record", "Entry") and "." in verb and verb not in verbs.all_verbs()
        ]
        assert unknown == []

    def test_every_event_of_the_workflow_has_its_verb(self) -> None:
        from review import workflow

        assert {f"case.{event}" for event in workflow.EVENTS} <= set(verbs.all_verbs())

    def test_the_walk_sees_verbs(self) -> None:
        seen = {verb for path in sources() for _, name, verb in literals(path) if name.endswith("record")}
        assert {"case.taken", "funds.reserved", "job.done", "filing.refused"} <= seen


def test_every_action_asked_for_in_the_code_is_in_the_table() -> None:
    asked = [
        (name_of(path), node.lineno, argument.value)
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("allowed", "require", "restrict")
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and "." in argument.value
    ]
    assert len(asked) > 10
    assert [found for found in asked if found[2] not in ACTIONS] == []


class TestPersonalData:
    def test_every_column_that_holds_a_persons_value_is_encrypted(self) -> None:
        readable = [
            f"{model.__name__}.{field.name}"
            for model in product_models()
            for field in model._meta.concrete_fields
            if field.name in PERSONAL and not isinstance(field, EncryptedField)
            if (model.__name__, field.name) not in NOT_OF_PERSONS
        ]
        assert readable == []

    def test_the_walk_sees_encrypted_columns(self) -> None:
        encrypted = {
            f"{model.__name__}.{field.name}"
            for model in product_models()
            for field in model._meta.concrete_fields
            if isinstance(field, EncryptedField)
        }
        assert {"Person.id_number", "VehicleApplication.filed", "AuthorityAnswer.values"} <= encrypted


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_no_exception_is_swallowed(path: Path) -> None:
    """A broad handler raises, logs or records; it never just passes."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = ast.unparse(node.type) if node.type else "everything"
        broad = caught in ("everything", "Exception", "BaseException")
        silent = all(isinstance(step, ast.Pass | ast.Continue) for step in node.body)
        assert not (broad and silent), f"line {node.lineno} swallows {caught}"


def test_no_float_holds_money() -> None:
    """`float(` and true division do not touch fen: neither appears on a line that speaks of them."""
    money = ("_fen", "parse_yuan", "format_yuan")
    found = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            divides = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
            converts = isinstance(node, ast.Call) and ast.unparse(node.func) == "float"
            if (divides or converts) and any(word in ast.unparse(node) for word in money):
                found.append(f"{name_of(path)}:{node.lineno}")  # type: ignore[attr-defined]
    assert found == []


@pytest.mark.usefixtures("db")
class TestDatabase:
    APPEND_ONLY = {
        *("review_decision", "review_evaluation", "review_clearance", "review_recusal"),
        *("ledger_posting", "ledger_entry", "ledger_closingorder", "vehicles_filingattempt"),
    }

    def test_what_only_grows_is_protected_by_triggers_that_always_fire(self) -> None:
        with connection.cursor() as cursor:
            assert set(append_only.protected(cursor)) >= self.APPEND_ONLY
            cursor.execute(
                "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
                " WHERE NOT tgisinternal AND tgenabled <> 'A' AND tgrelid::regclass::text = ANY(%s)",
                [sorted(self.APPEND_ONLY)],
            )
            assert cursor.fetchall() == []

    def test_the_runtime_role_owns_nothing_it_could_disarm(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
            assert cursor.fetchall() == []
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            assert cursor.fetchone() == (False,)

    def test_no_model_has_changed_without_its_migration(self) -> None:
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)

    def test_every_foreign_key_of_a_record_protects_what_it_points_to(self) -> None:
        loose = [
            f"{model.__name__}.{field.name}"
            for model in product_models()
            if model._meta.db_table in self.APPEND_ONLY
            for field in model._meta.concrete_fields
            if field.remote_field and field.remote_field.on_delete is not models.PROTECT
        ]
        assert loose == []


def test_the_walk_finds_calls() -> None:
    assert any(name == "audit.record" for path in sources() for _, name in calls(ast.parse(path.read_text("utf-8"))))
