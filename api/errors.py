"""Every answer that is not a success, as JSON with a code (contract §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response

from exchange.idempotency import KeyConflict
from policy.errors import InputError, Refused

_CODES: Mapping[int, tuple[str, str]] = {
    400: ("invalid", "请求无法识别"),
    401: ("unauthenticated", "请求未通过签名验证"),
    403: ("forbidden", "该渠道无权办理此事项"),
    404: ("not_found", "没有该对象，或不属于本渠道"),
    405: ("method_not_allowed", "不支持该请求方法"),
    406: ("not_acceptable", "只提供 JSON"),
    411: ("length_required", "请求须带 Content-Length"),
    413: ("too_large", "请求体过大"),
    415: ("unsupported_media_type", "不支持该内容类型"),
    429: ("throttled", "请求过于频繁，请稍后再试"),
}


class TooLarge(exceptions.APIException):
    """The body passes the cap."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _CODES[413][1]


class LengthRequired(exceptions.APIException):
    """A body of unknown length: its signature could only be checked after reading without bound."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = _CODES[411][1]


def body_for(status_code: int, message: str | None = None) -> dict[str, Any]:
    """The body of an answer by its status."""
    code, default = _CODES.get(status_code, ("error", "请求无法办理"))
    return {"code": code, "message": message or default}


def refusal_status(refused: Refused) -> int:
    """404 for what is not there for this caller, 403 for what it may not do, 409 for what a rule or state refuses."""
    return {"not_found": 404, "permission": 403}.get(refused.code, 409)


def refusal_body(refused: Refused) -> dict[str, Any]:
    """`{"code", "rule", "clause", "message"}`; rule and clause only where a rule refuses."""
    status_code = refusal_status(refused)
    if status_code == 409:
        return refused.as_dict()
    return body_for(status_code, refused.message if status_code == 403 else None)


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn what a view raised into an answer; None (an unforeseen error) becomes a logged 500."""
    if isinstance(error, InputError):
        return Response(error.as_dict(), status=400)
    if isinstance(error, Refused):
        return Response(refusal_body(error), status=refusal_status(error))
    if isinstance(error, KeyConflict):
        return Response({"code": "idempotency_conflict", "message": "该幂等键已用于另一请求"}, status=409)
    if isinstance(error, Http404):
        return Response(body_for(404), status=404)
    if isinstance(error, DjangoPermissionDenied):
        return Response(body_for(403), status=403)
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    return None


def _of_framework(error: exceptions.APIException) -> Response:
    """An error of the REST framework, with the headers it asks for."""
    headers = {}
    auth_header = getattr(error, "auth_header", None)
    wait = getattr(error, "wait", None)
    if auth_header:
        headers["WWW-Authenticate"] = auth_header
    if wait is not None:
        headers["Retry-After"] = str(int(wait))
    own_words = str(error.detail) if error.status_code == 401 else None
    if error.status_code >= 500:
        return Response({"code": "error", "message": "系统出现错误，请稍后重试"}, status=error.status_code)
    return Response(body_for(error.status_code, own_words), status=error.status_code, headers=headers)
