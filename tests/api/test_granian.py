"""The server the portal runs on, and the request target a signature is checked over: granian passes no raw path."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

APPLICATION = """
import sys
sys.path.insert(0, {root!r})
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from api.reading import raw_target

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [raw_target(environ).encode("latin-1")]
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """granian on a free loopback port, answering with the target it believes it was asked for."""
    place = tmp_path_factory.mktemp("granian")
    (place / "echo_target.py").write_text(APPLICATION.format(root=str(ROOT)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    program = Path(sys.executable).with_name("granian")
    command = [str(program), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(number)]
    with (place / "log").open("wb") as log:
        served = subprocess.Popen(
            [*command, "echo_target:application"],
            cwd=place,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(place)},
        )
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", number), timeout=1).close()
                break
            except OSError:
                assert served.poll() is None, (place / "log").read_text()
                time.sleep(0.1)
        yield number
    finally:
        os.killpg(served.pid, signal.SIGTERM)
        served.wait(timeout=30)


def believed(port: int, target: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", target, body=b"{}")
    answer = connection.getresponse().read().decode("latin-1")
    connection.close()
    return answer


@pytest.mark.parametrize(
    "target",
    [
        "/api/v1/vehicle-applications/",
        "/api/v1/vehicle-applications/S-260316-04127/documents/",
        "/api/v1/x/?a=%20b&c=%zz+d&e=%E4%BA%AC&f=a/b?c",
        "/%E4%BA%AC/a%20b/%FF/%25/",
        "/a;p=1,2/~x'(y)!*$&:@-._",
        "/a//b/../c/./",
    ],
)
def test_the_target_is_what_was_sent(port: int, target: str) -> None:
    assert believed(port, target) == target


def test_a_query_mark_without_a_query_is_not_signed(port: int) -> None:
    assert believed(port, "/api/v1/x/?") == "/api/v1/x/"


@pytest.mark.parametrize(("target", "taken_as"), [("/a%2Fb", "/a/b"), ("/%7Ea", "/~a"), ("/%e4", "/%E4")])
def test_an_address_encoded_otherwise_than_rfc_3986_says_fails_its_signature(
    port: int, target: str, taken_as: str
) -> None:
    # No address of the contract needs it; the raw bytes are gone before Python sees the request.
    assert believed(port, target) == taken_as
