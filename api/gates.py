"""Who may come in: signature, scope, rate. All three are attached to every channel view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.throttling import BaseThrottle

from api import reading
from exchange import channels, signatures
from exchange.models import Channel
from policy import clock

_log = structlog.get_logger(__name__)
_MINUTE = 60


@dataclass(frozen=True)
class Caller:
    """Who DRF calls the user of a request. Not the channel's row itself: logs take a row's key for a staff id."""

    channel: Channel
    is_authenticated: bool = True


class SignedChannel(BaseAuthentication):
    """Reads the body (capped by the view's `max_body`) and checks the request's signature.

    Leaves on the Django request: `channel_body` (bytes) and `received_at`, the receipt time of the complete request.
    """

    def authenticate(self, request: Any) -> tuple[Caller, None]:
        """The channel that signed; 401 otherwise."""
        http: HttpRequest = request._request
        body = reading.read_body(http, request.parser_context["view"].max_body)
        at = clock.now()
        try:
            channel = channels.authenticate(
                http.META.get("HTTP_AUTHORIZATION"), http.method or "", reading.raw_target(http.META), body, at=at
            )
        except signatures.NotAuthenticated as error:
            raise AuthenticationFailed(str(error)) from error
        http.channel_body = body  # type: ignore[attr-defined]
        http.received_at = at  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(channel=channel.name)
        return Caller(channel), None

    def authenticate_header(self, request: Any) -> str:
        """What a 401 asks for."""
        return f'{signatures.SCHEME} realm="api"'


class HasScope(BasePermission):
    """The channel holds one of the scopes the view names for the method."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """False answers 403."""
        return isinstance(request.user, Caller) and request.user.channel.may(*view.scopes)


class PerChannel(BaseThrottle):
    """A fixed number of requests a minute for each channel, counted in the cache.

    The cache only protects; it decides nothing. When it is away, requests pass and the log says so.
    """

    def __init__(self) -> None:
        self._wait = _MINUTE

    def allow_request(self, request: Any, view: Any) -> bool:
        """Count the request; False answers 429."""
        channel: Channel = request.user.channel
        seconds = int(clock.now().timestamp())
        key = f"api-rate:{channel.pk}:{seconds // _MINUTE}"
        self._wait = _MINUTE - seconds % _MINUTE
        try:
            cache.add(key, 0, timeout=2 * _MINUTE)
            count = cache.incr(key)
        except (RedisError, OSError, ValueError) as error:
            # ValueError: the key was evicted between the two calls.
            _log.warning("api.throttle_off", error=type(error).__name__)
            return True
        return count <= channel.rate_per_minute

    def wait(self) -> float:
        """Seconds until the next minute begins, for Retry-After."""
        return float(self._wait)
