"""Commands that read code and files start no servers."""

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
