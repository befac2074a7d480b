"""What happens to every request: its log lines, the one language, the idle time-out."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django_structlog.middlewares.request import RequestMiddleware

from policy import clock
from staff import services as staff

_SEEN = "seen_at"
# The session is rewritten at most this often, so that reading pages does not cost a write each.
_STAMP_SECONDS = 60


class RequestLog(RequestMiddleware):
    """django-structlog's request lines without the query string: somebody may have typed a name into a search."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


class SimplifiedChinese:
    """Every page and message is in Simplified Chinese, whatever language the browser asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(settings.LANGUAGE_CODE):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", settings.LANGUAGE_CODE)
        return response


class IdleTimeout:
    """Ends a signed-in session that made no request for SESSION_IDLE_SECONDS, and says so in the trail."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = int(clock.now().timestamp())
            seen = request.session.get(_SEEN, now)
            if now - seen >= settings.SESSION_IDLE_SECONDS:
                staff.session_expired(request.user, at=clock.now())
                logout(request)
            elif _SEEN not in request.session or now - seen >= _STAMP_SECONDS:
                request.session[_SEEN] = now
        return self.get_response(request)
