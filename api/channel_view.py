"""The one shape of a channel's request: gates, body, idempotency, answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from api import reading
from api.errors import refusal_body, refusal_status
from api.gates import HasScope, PerChannel, SignedChannel
from audit.services import record
from exchange import idempotency, verbs
from exchange.models import Channel
from policy.errors import Refused

MAX_JSON = 1024 * 1024
Act = Callable[[], Mapping[str, Any]]


class AlwaysJson(BaseContentNegotiation):
    """There is one representation; an Accept header does not change the answer."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Bodies are read by `api.reading`."""
        return None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> tuple[Any, str]:
        """JSON."""
        return renderers[0], renderers[0].media_type


class ChannelView(APIView):
    """A view for machine channels. Subclasses name `scopes`, and `max_body` where it is not JSON."""

    scopes: ClassVar[tuple[str, ...]] = ()
    max_body: ClassVar[int] = MAX_JSON
    http_method_names: ClassVar[list[str]] = ["get", "post"]
    authentication_classes = (SignedChannel,)
    permission_classes = (HasScope,)
    throttle_classes = (PerChannel,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AlwaysJson

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """A method that is not there is 405 before anything else is asked."""
        if (request.method or "").lower() not in self.http_method_names or not hasattr(
            self, (request.method or "").lower()
        ):
            raise MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)

    @property
    def channel(self) -> Channel:
        """Who signed."""
        return self.request.user.channel

    @property
    def received_at(self) -> datetime:
        """When the complete request was received."""
        return self.request._request.received_at

    def json_body(self) -> dict[str, Any]:
        """The body as a JSON object. Raises InputError, UnsupportedMediaType."""
        return reading.read_json(self._body(), self.request._request.META.get("CONTENT_TYPE", ""))

    def form_body(self) -> reading.Form:
        """The body as a multipart form. Raises InputError, UnsupportedMediaType."""
        return reading.read_form(self._body(), self.request._request.META)

    def once(self, act: Act, *, body_digest: str | None = None) -> HttpResponse:
        """Answer this POST once per Idempotency-Key: 201 with what `act` returns, or 409 with what refused it.

        Both are stored and given again. Malformed input, missing objects and missing rights are not stored.
        """
        key = idempotency.check_key(self.request._request.META.get("HTTP_IDEMPOTENCY_KEY"))
        answer = idempotency.answer_once(
            self.channel,
            self.request.path,
            key,
            body_digest or idempotency.digest(self._body()),
            lambda: self._execute(act),
            at=self.received_at,
        )
        response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
        if answer.replayed:
            response["Idempotency-Replayed"] = "true"
        return response

    def _execute(self, act: Act) -> idempotency.Answer:
        """Run the business of the request. Services roll their own work back before they refuse, and may leave a
        note of the attempt: hence no savepoint around them here."""
        try:
            status, body = 201, act()
        except Refused as refused:
            status, body = refusal_status(refused), refusal_body(refused)
            if status != 409:
                raise
            record(
                verbs.REQUEST_REFUSED,
                actor=self.channel.actor,
                at=self.received_at,
                object_type="channel",
                object_id=self.channel.name,
                data={"view": type(self).__name__, "code": refused.code, "rule": refused.rule or ""},
            )
        return idempotency.Answer(status, json.dumps(body, ensure_ascii=False, separators=(",", ":")))

    def _body(self) -> bytes:
        """The bytes the signature was checked over."""
        return self.request._request.channel_body
