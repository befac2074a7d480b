"""Pages for requests that failed: Chinese for people, JSON for machine channels, nothing of the request in either."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string

_MESSAGES = {
    400: ("invalid", "请求无法识别"),
    403: ("permission", "没有权限执行此操作"),
    404: ("not_found", "页面不存在或无权查看"),
    500: ("error", "系统出现错误，请稍后重试"),
}
_PLAIN = (
    '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>{message}</title></head>'
    "<body><h1>{status}</h1><p>{message}</p></body></html>"
)


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    code, message = _MESSAGES[status]
    if request.path.startswith("/api/"):
        return JsonResponse({"code": code, "message": message}, status=status)
    try:
        # Without the request: its context processors may be what failed.
        page: str = render_to_string(f"errors/{status}.html", {"status": status, "message": message})
    except TemplateDoesNotExist:
        page = _PLAIN.format(status=status, message=message)
    return HttpResponse(page, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _answer(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _answer(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of a form without a valid token."""
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _answer(request, 500)
