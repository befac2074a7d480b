"""Who may use which address: every view says so in one registry, and a view without a rule is a failing test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from policy.errors import Refused
from staff import permissions
from staff.models import User

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Rule:
    """Any one of `actions` opens the view; none of them means that it is open to everybody."""

    actions: tuple[str, ...]
    methods: tuple[str, ...]

    @property
    def public(self) -> bool:
        """Whether the view needs no sign-in."""
        return not self.actions


def rule_of(view: View) -> Rule | None:
    """The rule a view declares; None for a view without one."""
    return getattr(view, "desk_rule", None)


def needs(*actions: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Let in who is signed in and may do one of `actions` anywhere; the object's own door narrows it to a district.

    Refused("not_found") becomes 404 and Refused("permission") 403; other refusals are the view's to show.
    """
    if not actions:
        raise ValueError("name at least one action, or use `everybody`")
    return _guard(Rule(actions, methods))


def everybody(*, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """A page before sign-in."""
    return _guard(Rule((), methods))


def signed_in(request: HttpRequest) -> User:
    """The user behind the guard of `needs`."""
    assert isinstance(request.user, User)
    return request.user


def _guard(rule: Rule) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not rule.public:
                if not request.user.is_authenticated:
                    return _to_sign_in(request)
                user = signed_in(request)
                if not any(permissions.allowed(user, action) for action in rule.actions):
                    raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except Refused as refused:
                if refused.code == "not_found":
                    raise Http404 from None
                if refused.code == "permission":
                    raise PermissionDenied from None
                raise

        guarded = never_cache(require_http_methods(list(rule.methods))(inner))
        guarded.desk_rule = rule  # type: ignore[attr-defined]
        return guarded

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back; a partial request answers 401, so that what was typed stays on the page."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401)
    query = {"next": request.get_full_path() if request.method == "GET" else "/"}
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        query["why"] = "idle"
    return HttpResponseRedirect(f"{reverse('desk:sign-in')}?{urlencode(query)}")
