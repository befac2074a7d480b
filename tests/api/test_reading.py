"""Reading requests strictly: the request target, JSON, forms."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from rest_framework.exceptions import UnsupportedMediaType

from api import reading
from api.errors import LengthRequired, TooLarge
from policy.errors import InputError

JSON = "application/json"


@pytest.mark.parametrize(
    ("environ", "target"),
    [
        ({"PATH_INFO": "/api/v1/x/"}, "/api/v1/x/"),
        ({"PATH_INFO": "/api/v1/x/", "QUERY_STRING": "a=%20b&c=%zz+d"}, "/api/v1/x/?a=%20b&c=%zz+d"),
        ({"PATH_INFO": "/api/v1/x/", "QUERY_STRING": ""}, "/api/v1/x/"),
        # granian hands over decoded bytes as latin-1 text
        ({"PATH_INFO": "/a/京".encode().decode("latin-1")}, "/a/%E4%BA%AC"),
        ({"PATH_INFO": "/a b/\xff/%/"}, "/a%20b/%FF/%25/"),
        ({"PATH_INFO": "/a;p=1,2/~x'(y)!*$&:@-._"}, "/a;p=1,2/~x'(y)!*$&:@-._"),
        ({"PATH_INFO": "/a", "SCRIPT_NAME": "/portal"}, "/portal/a"),
        # a server that knows the raw target is taken at its word
        ({"PATH_INFO": "/a/b", "RAW_URI": "/a%2Fb?x=1", "QUERY_STRING": "x=1"}, "/a%2Fb?x=1"),
        ({"PATH_INFO": "/a", "REQUEST_URI": "/a?"}, "/a"),
        ({"PATH_INFO": "/a", "RAW_URI": "http://h/a"}, "/a"),
    ],
)
def test_the_raw_target(environ: dict[str, Any], target: str) -> None:
    assert reading.raw_target(environ) == target


def request(body: bytes, **meta: str) -> WSGIRequest:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "wsgi.input": BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
    }
    return WSGIRequest(environ | meta)


def test_a_body_up_to_the_limit_is_read_and_no_further() -> None:
    assert reading.read_body(request(b"x" * 10), 10) == b"x" * 10
    with pytest.raises(TooLarge):
        reading.read_body(request(b"x" * 11), 10)


def test_a_declared_length_is_believed_before_reading() -> None:
    huge = request(b"", CONTENT_LENGTH="9" * 30)
    with pytest.raises(TooLarge):
        reading.read_body(huge, 10)


def test_a_body_without_length_is_not_read() -> None:
    with pytest.raises(LengthRequired):
        reading.read_body(request(b"x", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked"), 10)


@pytest.mark.parametrize("content_type", [JSON, "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
def test_plain_json_is_read(content_type: str) -> None:
    body = {"a": [1, -2, 1.5, None, True, '京\\u4eac [[[ " }'], "b": {"c": {}}}
    assert reading.read_json(json.dumps(body).encode(), content_type) == body


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml", "application/json; charset=gbk"])
def test_another_content_type_is_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        reading.read_json(b"{}", content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b'{"a": 1,}',
        b'{"a": 1} x',
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": 1, "a": 1}',
        b'{"x": {"a": 1, "a": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"\\u0000": 1}',
        b'{"a": "x\x00"}',
        b'{"' + b"k" * 101 + b'": 1}',
        b'{"a": ' + b"[" * 21 + b"]" * 21 + b"}",
        b'{"a":' * 100_000,
        b"[" * 500_000,
        b'"' * 500_001,
        b"\\" * 500_001,
    ],
    ids=lambda body: body[:30].decode("latin-1"),
)
def test_anything_else_is_malformed_never_an_error_of_ours(body: bytes) -> None:
    with pytest.raises(InputError):
        reading.read_json(body, JSON)


def test_an_unusable_text_is_named_by_its_path() -> None:
    with pytest.raises(InputError) as caught:
        reading.read_json(b'{"documents": [{"type": "a\\u0000"}]}', JSON)
    assert list(caught.value.fields) == ["documents.0.type"]


def form(*parts: bytes, boundary: bytes = b"b") -> tuple[bytes, dict[str, str]]:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"
    return body, {"CONTENT_TYPE": f"multipart/form-data; boundary={boundary.decode()}"}


FIELD = b'Content-Disposition: form-data; name="type"\r\n\r\nID'
FILE = b'Content-Disposition: form-data; name="file"; filename="x"\r\n\r\ncontent'


def test_a_form_is_read_and_the_boundary_is_not_part_of_what_it_says() -> None:
    first, second = reading.read_form(*form(FIELD, FILE)), reading.read_form(*form(FILE, FIELD, boundary=b"other"))
    assert first.fields == {"type": "ID"}
    assert first.files["file"].read() == b"content"
    assert first.digest == second.digest
    changed = reading.read_form(*form(FIELD, FILE.replace(b"content", b"Content")))
    assert changed.digest != first.digest


@pytest.mark.parametrize(
    ("body", "meta"),
    [
        form(FIELD, FIELD),
        form(FILE, FILE),
        form(FIELD.replace(b"type", b"file"), FILE),
        form(FIELD.replace(b"ID", b"I\x00D")),
        (b"not a form", {"CONTENT_TYPE": "multipart/form-data; boundary=b"}),
        (b"", {"CONTENT_TYPE": "multipart/form-data; boundary=b"}),
        (b"--b--", {"CONTENT_TYPE": "multipart/form-data"}),
        (b"--b--", {"CONTENT_TYPE": "multipart/form-data; boundary=" + "b" * 300}),
        form(*[FIELD.replace(b"type", str(n).encode()) for n in range(2500)]),
        form(FIELD.replace(b"ID", b"x" * 3_000_000)),
    ],
)
def test_a_malformed_form_is_refused_or_empty(body: bytes, meta: dict[str, str]) -> None:
    try:
        read = reading.read_form(body, meta)
    except InputError:
        return
    assert (read.fields, read.files) == ({}, {})


def test_json_is_not_a_form() -> None:
    with pytest.raises(UnsupportedMediaType):
        reading.read_form(b"{}", {"CONTENT_TYPE": JSON})
