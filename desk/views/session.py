"""Sign-in with two factors, and sign-out."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp import login as otp_login

from desk.access import everybody
from policy import clock
from staff import services as staff
from staff.models import User

NOTICES = (
    {"when": "2月9日", "text": "10:00 起受理申请，提交时间以系统收到为准"},
    {"when": "11月30日", "text": "24时截止申请，逾期不予补贴"},
    {"when": "12月10日", "text": "24时截止补正，逾期未补正的不予补贴"},
)
IDLE = "长时间未操作或会话已失效，请重新登录。已填写但未提交的内容没有保存。"


@everybody(methods=("GET", "POST"))
def sign_in(request: HttpRequest) -> HttpResponse:
    """工号, 密码, 动态口令. The session is new after sign-in; an error says what to do and how many tries remain."""
    target = safe_next(request, request.POST.get("next") or request.GET.get("next", ""))
    context = {
        "action": reverse("desk:sign-in"),
        "next": target,
        "login": "",
        "errors": {},
        "notices": NOTICES,
        "notice": IDLE if request.GET.get("why") == "idle" else "",
    }
    if request.method == "GET":
        return (
            HttpResponseRedirect(target) if request.user.is_authenticated else render(request, "signin.html", context)
        )
    name = request.POST.get("login", "").strip()[:40]
    errors = _missing(request)
    status = 400
    if not errors:
        try:
            user = staff.authenticate(
                name,
                request.POST["password"],
                request.POST["code"].strip(),
                address=request.META.get("REMOTE_ADDR", ""),
                at=clock.now(),
            )
        except staff.SignInFailed as failed:
            errors, status = {"form": failed.message}, 429 if failed.reason == "locked" else 400
        else:
            # A new session key: whatever was known of the old one opens nothing.
            login(request, user, backend=staff.BACKEND)
            otp_login(request, getattr(user, "otp_device"))  # noqa: B009 - put there by `authenticate`
            return HttpResponseRedirect(target)
    return render(request, "signin.html", {**context, "login": name, "errors": errors}, status=status)


@everybody(methods=("POST",))
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if isinstance(request.user, User):
        staff.signed_out(request.user, at=clock.now())
    logout(request)
    return HttpResponseRedirect(reverse("desk:sign-in"))


def safe_next(request: HttpRequest, target: str) -> str:
    """Where to go after sign-in: an address of this portal, else the queue."""
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return settings.LOGIN_REDIRECT_URL


def _missing(request: HttpRequest) -> dict[str, str]:
    wanted = {"login": "请输入工号。", "password": "请输入密码。", "code": "请输入动态口令的 6 位数字。"}
    errors = {name: text for name, text in wanted.items() if not request.POST.get(name, "").strip()}
    code = request.POST.get("code", "").strip()
    if code and not (code.isascii() and code.isdigit() and len(code) == 6):
        errors["code"] = wanted["code"]
    return errors
