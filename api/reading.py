"""Reading requests of machine channels: capped bytes, strict JSON, and multipart forms, without trusting any of it."""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.exceptions import UnsupportedMediaType

from api.errors import LengthRequired, TooLarge
from policy.errors import InputError

MAX_DEPTH = 20
MAX_DIGITS = 15
_WHOLE = ""
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
# What RFC 3986 lets stand in a path; everything else is sent percent-encoded.
_PATH_SAFE = "/!$&'()*+,;=:@-._~"


@dataclass(frozen=True)
class Form:
    """A multipart body: text fields and files by name, each given once, and a digest of what it says."""

    fields: dict[str, str]
    files: dict[str, UploadedFile]
    digest: str


def raw_target(environ: dict[str, Any]) -> str:
    """PATH?QUERY as sent, for the signature.

    Servers that pass the raw request target (RAW_URI, REQUEST_URI) are taken at their word. granian gives the decoded
    path only: it is percent-encoded again, as every client library sends it. The query is always raw.
    """
    for name in ("RAW_URI", "REQUEST_URI"):
        target = environ.get(name)
        if isinstance(target, str) and target.startswith("/"):
            return target.removesuffix("?")
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"
    query = environ.get("QUERY_STRING", "")
    encoded = quote(path.encode("latin-1"), safe=_PATH_SAFE)
    return f"{encoded}?{query}" if query else encoded


def read_body(request: HttpRequest, limit: int) -> bytes:
    """The whole body. Raises TooLarge before reading more than `limit` bytes, LengthRequired for a body of no
    declared length, InputError if the client breaks off."""
    declared = request.META.get("CONTENT_LENGTH") or ""
    if not declared and "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise LengthRequired
    if declared.isascii() and declared.isdigit() and int(declared[:12]) > limit:
        raise TooLarge
    try:
        body = request.read(limit + 1)
    except UnreadablePostError as error:
        raise InputError.of(_WHOLE, "请求体未完整发送") from error
    if len(body) > limit:
        raise TooLarge
    return body


def read_json(body: bytes, content_type: str) -> dict[str, Any]:
    """A JSON object. Raises UnsupportedMediaType, or InputError for anything that is not plain, unambiguous JSON:
    bad UTF-8, duplicate keys, NaN, huge numbers, deep nesting, NUL characters, lone surrogates."""
    media_type, _, parameters = content_type.partition(";")
    charset = parameters.replace('"', "").replace(" ", "").lower()
    if media_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise UnsupportedMediaType(media_type[:60])
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError.of(_WHOLE, "请求体不是有效的 UTF-8") from error
    if _depth(text) > MAX_DEPTH:
        raise InputError.of(_WHOLE, f"JSON 嵌套不得超过{MAX_DEPTH}层")
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        raise InputError.of(_WHOLE, f"不是有效的 JSON（第{error.lineno}行第{error.colno}列）") from error
    if not isinstance(value, dict):
        raise InputError.of(_WHOLE, "请求体须为 JSON 对象")
    _refuse_unusable(value, "")
    return value


def read_form(body: bytes, meta: dict[str, Any]) -> Form:
    """A multipart form. Raises UnsupportedMediaType, or InputError for a malformed one or a repeated name."""
    content_type = str(meta.get("CONTENT_TYPE", ""))
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise UnsupportedMediaType(content_type.partition(";")[0][:60])
    handlers = [MemoryFileUploadHandler(), TemporaryFileUploadHandler()]
    own_meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}
    try:
        fields, files = MultiPartParser(own_meta, io.BytesIO(body), handlers, "utf-8").parse()
    except (MultiPartParserError, SuspiciousOperation, StopUpload, UnicodeError, ValueError) as error:
        raise InputError.of(_WHOLE, "不是有效的 multipart/form-data") from error
    repeated = [name for source in (fields, files) for name in source if len(source.getlist(name)) > 1]
    if repeated or set(fields) & set(files):
        raise InputError.of(_WHOLE, "表单字段重复")
    texts = {str(name): str(fields[name]) for name in fields}
    _refuse_unusable(texts, "")
    uploads: dict[str, UploadedFile] = {str(name): files.getlist(name)[0] for name in files}
    return Form(texts, uploads, _form_digest(texts, uploads))


def _form_digest(fields: dict[str, str], files: dict[str, UploadedFile]) -> str:
    """What "the same body" means for a form: the same names and contents, whatever the boundary is called."""
    contents = {}
    for name, file in files.items():
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
        contents[name] = digest.hexdigest()
    said = json.dumps([sorted(fields.items()), sorted(contents.items())], ensure_ascii=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _depth(text: str) -> int:
    """Deepest nesting of brackets outside strings; runs before the parser, which would recurse."""
    deepest = depth = 0
    for part in re.sub(r'"(?:[^"\\]|\\.)*+"?+', "", text, flags=re.DOTALL):
        if part in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif part in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no name stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InputError.of(_WHOLE, "JSON 中同一对象内有重复的键")
    return found


def _integer(text: str) -> int:
    """A JSON integer of reasonable length."""
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise InputError.of(_WHOLE, f"数字不得超过{MAX_DIGITS}位")
    return int(text)


def _number(text: str) -> float:
    """A JSON number with fraction or exponent; no field of the contract takes one, the reader of the field says so."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise InputError.of(_WHOLE, "数字超出范围")
    return value


def _constant(text: str) -> Any:
    """NaN and Infinity are not JSON."""
    raise InputError.of(_WHOLE, "JSON 不允许 NaN 或 Infinity")


def _refuse_unusable(value: Any, path: str) -> None:
    """Refuse texts no database column can hold: NUL and lone surrogates, in names and in values."""
    if isinstance(value, str):
        if _UNUSABLE.search(value):
            raise InputError.of(path, "含有不允许的字符")
    elif isinstance(value, dict):
        for name, item in value.items():
            if _UNUSABLE.search(name) or len(name) > 100:
                raise InputError.of(path, "字段名含有不允许的字符或过长")
            _refuse_unusable(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_unusable(item, f"{path}.{index}" if path else str(index))
