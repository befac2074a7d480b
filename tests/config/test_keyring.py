"""A portal without its keys does not start, and says which one is missing."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import keyring
from config.embedded.layout import CHECKOUT

COMPLETE = {
    "SECRET_KEY": "s" * 60,
    "PORTAL_FIELD_KEY": "k2:" + "0a" * 16 + ",k1:" + "0b" * 16,
    "PORTAL_LOOKUP_KEY": "0c" * 32,
    "PORTAL_AUDIT_KEY": "0d" * 32,
}


@pytest.mark.parametrize("name", keyring.NAMES)
def test_a_missing_key_is_named(name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} not set"):
        keyring.read({**COMPLETE, name: ""}, own=False)


@pytest.mark.parametrize("name", keyring.NAMES)
@pytest.mark.parametrize("how", [{"PORTAL_ENV": "production"}, {"DEBUG": "off"}])
def test_a_command_refuses_in_one_line(name: str, how: dict[str, str]) -> None:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PORTAL_")}
    environment = {**clean, **COMPLETE, **how}
    del environment[name]
    done = subprocess.run(
        [sys.executable, "manage.py", "rules"], cwd=CHECKOUT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert name in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_field_keys_keep_their_order_and_the_first_is_current() -> None:
    found = keyring.read(COMPLETE, own=False)
    assert list(found.field_keys) == ["k2", "k1"]
    assert found.field_keys["k2"] == b"\x0a" * 16
    assert found.lookup_key == b"\x0c" * 32


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_FIELD_KEY", "0a" * 16),
        ("PORTAL_FIELD_KEY", "k1:" + "0a" * 15),
        ("PORTAL_FIELD_KEY", "k1:" + "0a" * 16 + ",k1:" + "0b" * 16),
        ("PORTAL_LOOKUP_KEY", "0c" * 31),
        ("PORTAL_AUDIT_KEY", "not hex at all"),
    ],
)
def test_a_malformed_key_is_named_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured) as raised:
        keyring.read({**COMPLETE, name: value}, own=False)
    assert name in str(raised.value)
    assert value not in str(raised.value)


@pytest.mark.parametrize(
    ("variables", "debug", "expected"),
    [
        ({}, False, "demonstration"),
        ({"DATABASE_URL": "postgres://h/d"}, False, "production"),
        ({"DATABASE_URL": "postgres://h/d"}, True, "demonstration"),
        ({"DEBUG": "off"}, False, "production"),
        ({"DEBUG": "off", "PORTAL_ENV": "demonstration"}, False, "demonstration"),
        ({"PORTAL_ENV": "production"}, True, "production"),
    ],
)
def test_the_environment_decides(variables: dict[str, str], debug: bool, expected: str) -> None:
    assert keyring.environment(variables, debug=debug) == expected


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="PORTAL_ENV"):
        keyring.environment({"PORTAL_ENV": "prod"}, debug=False)
