"""`manage.py channel`: data on standard output, messages on standard error, one clear line on failure."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from exchange import channels, signatures
from exchange.models import Channel
from policy import clock
from tests.builders import when

pytestmark = pytest.mark.django_db
AT = when("03-02 10:00")


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    with clock.frozen(AT):
        call_command("channel", *arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def test_create_prints_the_secret_once_and_nothing_else() -> None:
    out, err = run("create", "jingtong", "--scope", "vehicles.city", "--scope", "tokens.claim")
    channel = Channel.objects.get()
    assert out == f"{channel.secret}\n"
    assert channel.scopes == ["tokens.claim", "vehicles.city"]
    assert channel.secret not in err
    assert channel.secret not in "".join(run("list") + run("list", "--json"))


def test_what_sign_prints_is_accepted(tmp_path: Path) -> None:
    secret = run("create", "national", "--scope", "vehicles.national")[0].strip()
    body = tmp_path / "body.json"
    body.write_bytes('{"a": "京"}'.encode())
    path = "/api/v1/vehicle-applications/?x=%20"
    for given in (["--secret", secret], []):
        out, _ = run("sign", "--channel", "national", "--path", path, "--body", str(body), *given)
        channels.authenticate(out.strip(), "POST", path, body.read_bytes(), at=AT)


def test_sign_takes_method_time_and_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
    arguments = ["--channel", "any", "--secret", "s", "--method", "get", "--path", "/p", "--body", "-"]
    out, _ = run("sign", *arguments, "--at", "2026-03-05T08:00:00+08:00")
    presented = signatures.parse(out.strip())
    signatures.check(presented, "s", "GET", "/p", b"{}", at=when("03-05 08:00"))


def test_revoke_stops_a_channel_and_says_so_twice() -> None:
    run("create", "jingtong", "--scope", "vehicles.city")
    for _ in range(2):
        assert "已停用" in run("revoke", "jingtong")[1]
    assert json.loads(run("list", "--json")[0])[0]["active"] is False
    assert run("list")[0] == "jingtong\trevoked\t600/min\tvehicles.city\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "Upper", "--scope", "orders"],
        ["create", "fine"],
        ["create", "fine", "--scope", "everything"],
        ["create", "fine", "--scope", "orders", "--rate", "0"],
        ["revoke", "nobody"],
        ["sign", "--channel", "nobody", "--path", "/p"],
        ["sign", "--channel", 'a"b', "--secret", "s", "--path", "/p"],
        ["sign", "--channel", "a", "--secret", "s", "--path", "p"],
        ["sign", "--channel", "a", "--secret", "s", "--path", "/p", "--body", "/nowhere/body"],
        ["sign", "--channel", "a", "--secret", "s", "--path", "/p", "--at", "2026-03-05T08:00:00"],
        ["sign", "--channel", "a", "--secret", "s", "--path", "/p", "--at", "soon"],
        [],
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: list[str]) -> None:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert str(caught.value)
    assert "\n" not in str(caught.value)
    assert not Channel.objects.exists()
