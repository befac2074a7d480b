"""Authorities' answers over REST (V-C-18, V-C-19): to open questions, unasked, or correcting an earlier answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from api import objects, shapes
from api.channel_view import ChannelView
from applications.vehicles import services as vehicles
from policy.errors import InputError


class _Facts(ChannelView):
    """One authority's answers. Acts on any case; answers state and findings, never identities."""

    kind = ""

    def answer(self) -> HttpResponse:
        """Take `{"receipt_no", "values": {…}}`."""
        body = shapes.only(self.json_body(), required={"receipt_no", "values"})
        values, receipt_no = body["values"], body["receipt_no"]
        if not isinstance(values, dict):
            raise InputError.of("values", "应为对象")
        if not isinstance(receipt_no, str) or not shapes.is_receipt_no(receipt_no):
            raise InputError.of("receipt_no", "受理编号格式错误")
        case = objects.find(receipt_no)

        def act() -> Mapping[str, Any]:
            try:
                answered = vehicles.answer(case.pk, self.kind, values, at=self.received_at, actor=self.channel.actor)
            except InputError as error:
                raise error.under("values") from error
            return objects.outcome_of(answered) | {"kind": self.kind}

        return self.once(act)


class PoliceFacts(_Facts):
    """The traffic police's answers."""

    scopes = ("facts.police",)
    kind = "police"

    @extend_schema(
        operation_id="answerPolice",
        summary="Answer of the traffic police on one application",
        parameters=[shapes.IDEMPOTENCY_KEY],
        request=shapes.POLICE_ANSWER,
        responses=shapes.answers(shapes.FactsOutcome, 400, 401, 403, 404, 405, 409, 413, 415, 429),
    )
    def post(self, request: Request) -> HttpResponse:
        """201 with the application's state and findings after the answer."""
        return self.answer()


class TaxFacts(_Facts):
    """The tax office's answers."""

    scopes = ("facts.tax",)
    kind = "tax"

    @extend_schema(
        operation_id="answerTax",
        summary="Answer of the tax office on one application",
        parameters=[shapes.IDEMPOTENCY_KEY],
        request=shapes.TAX_ANSWER,
        responses=shapes.answers(shapes.FactsOutcome, 400, 401, 403, 404, 405, 409, 413, 415, 429),
    )
    def post(self, request: Request) -> HttpResponse:
        """201 with the application's state and findings after the answer."""
        return self.answer()
