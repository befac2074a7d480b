"""Commands that read code and files start no servers."""

import psycopg
import pytest

from config import database, entry


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--version",
        "help migrate",
        "rules --json",
        "evaluate vehicle-scrappage -",
        "check --deploy",
        "migrate --help",
    ],
)
def test_needs_nothing(line: str) -> None:
    assert not entry.needs_services(line.split())


@pytest.mark.parametrize("line", ["migrate", "audit verify", "jobs run J-13", "rehearse x.jsonl", "demo load"])
def test_needs_services(line: str) -> None:
    assert entry.needs_services(line.split())


def test_only_schema_commands_are_the_owners() -> None:
    assert database.default()["USER"] == database.runtime()["USER"]
    assert "rehearse" not in database.OWNER_COMMANDS
    assert "migrate" in database.OWNER_COMMANDS


def test_a_database_without_tables_gets_them_once(fresh_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    own = database.owner() | {"NAME": fresh_db}
    with monkeypatch.context() as patch:
        patch.setattr(database, "owner", lambda: own)
        patch.setattr(entry.subprocess, "run", lambda command, **_: asked.append(command))
        entry.give_tables()
        assert asked == []
        with psycopg.connect(**database.connection_arguments(own), autocommit=True) as connection:
            connection.execute("ALTER TABLE django_migrations RENAME TO elsewhere")
        entry.give_tables()
    assert [command[2] for command in asked] == ["migrate"]
