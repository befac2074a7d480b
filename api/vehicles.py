"""Vehicle applications over REST (contract §4): file, follow, correct, withdraw, upload, assess."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import objects, shapes
from api.channel_view import ChannelView
from api.reading import Form
from applications.vehicles import services as vehicles
from documents import inspection
from documents import services as documents
from exchange import channels, signatures
from policy.errors import InputError, Refused
from policy.reading import MOMENT
from policy.registry import rule_by_id
from review import services as review
from review import states

NATIONAL, CITY = "vehicles.national", "vehicles.city"
CITIZEN = (NATIONAL, CITY)
# Which scope may file which scheme, and the rule that says so (V-S-15, V-R-10).
INTAKE = {
    "vehicle-scrappage": (NATIONAL, "V-S-15", "报废更新须通过全国汽车流通信息管理系统或“汽车以旧换新”小程序申报"),
    "vehicle-replacement": (CITY, "V-R-10", "置换更新须通过本市申报渠道申报"),
}
# While these last the applicant may add evidence: before anybody has signed over it.
UPLOADABLE = (states.DISTRICT_REVIEW, *states.AWAITING_APPLICANT)
_FORM_OVERHEAD = 64 * 1024


class Applications(ChannelView):
    """File an application."""

    scopes = CITIZEN

    @extend_schema(
        operation_id="fileVehicleApplication",
        summary="File a vehicle application",
        parameters=[shapes.IDEMPOTENCY_KEY],
        request=shapes.DOSSIER,
        responses=shapes.answers(shapes.Application, 400, 401, 403, 405, 409, 413, 415, 429),
    )
    def post(self, request: Request) -> HttpResponse:
        """The dossier without `facts`; 201 with the stored application, 409 where a rule blocks."""
        dossier = self.json_body()
        submitted_at = self._submitted_at(dossier)
        # An example dossier carries the empty field; the time of a correction is the server's.
        if dossier.get("correction_submitted_at", ...) is None:
            del dossier["correction_submitted_at"]
        return self.once(lambda: self._file(dossier, submitted_at))

    def _file(self, dossier: dict[str, Any], submitted_at: datetime | None) -> Mapping[str, Any]:
        """Submit in the transaction of the answer, and remember whose filing it is."""
        self._refuse_wrong_door(dossier.get("scheme"))
        submission = vehicles.submit(dossier, at=self.received_at, actor=self.channel.actor, submitted_at=submitted_at)
        channels.note_filing(self.channel, submission.case.pk, at=self.received_at)
        return objects.application(submission.case)

    def _submitted_at(self, dossier: dict[str, Any]) -> datetime | None:
        """The national system's time for its own filings; for all others the receipt time counts (None).

        Raises InputError on `submitted_at` if it cannot be read or lies in the future.
        """
        given = dossier.pop("submitted_at", None)
        if given is None:
            return None
        try:
            moment: datetime = MOMENT.read(given)
        except ValueError as error:
            raise InputError.of("submitted_at", str(error)) from error
        if not self.channel.may(NATIONAL):
            return None
        if moment > self.received_at + signatures.SKEW:
            raise InputError.of("submitted_at", "提交时间不能晚于当前时间")
        return min(moment, self.received_at)

    def _refuse_wrong_door(self, scheme: Any) -> None:
        """Scrappage comes through the national system only, replacement through the city's channels only."""
        if not isinstance(scheme, str) or scheme not in INTAKE:
            return
        scope, rule, message = INTAKE[scheme]
        if not self.channel.may(scope):
            raise Refused("rule", f"{message}。", rule, rule_by_id(rule).clause)


class Application(ChannelView):
    """Follow an application."""

    scopes = CITIZEN

    @extend_schema(
        operation_id="readVehicleApplication",
        summary="Read an application this channel filed",
        parameters=[shapes.RECEIPT],
        responses=shapes.answers(shapes.Application, 401, 403, 404, 405, 429, success=200),
    )
    def get(self, request: Request, receipt_no: str) -> Response:
        """200 with state, findings, reasons and the pages uploaded; 404 for what another channel filed."""
        return Response(objects.application(objects.find_own(self.channel, receipt_no)))


class Corrections(ChannelView):
    """Correct a returned application."""

    scopes = CITIZEN

    @extend_schema(
        operation_id="correctVehicleApplication",
        summary="Correct a returned application",
        parameters=[shapes.RECEIPT, shapes.IDEMPOTENCY_KEY],
        request=shapes.Correction,
        responses=shapes.answers(shapes.Application, 400, 401, 403, 404, 405, 409, 413, 415, 429),
    )
    def post(self, request: Request, receipt_no: str) -> HttpResponse:
        """`{"changes": {dotted path: value}}`; 409 (V-C-05) from the deadline on."""
        body = shapes.only(self.json_body(), required={"changes"})
        changes = body["changes"]
        if not isinstance(changes, dict):
            raise InputError.of("changes", "应为对象：点分路径与新值")
        case = objects.find_own(self.channel, receipt_no)

        def act() -> Mapping[str, Any]:
            return objects.application(
                vehicles.correct(case.pk, changes, at=self.received_at, actor=self.channel.actor)
            )

        return self.once(act)


class Withdrawal(ChannelView):
    """Take an application back."""

    scopes = CITIZEN

    @extend_schema(
        operation_id="withdrawVehicleApplication",
        summary="Withdraw an application before it is approved",
        parameters=[shapes.RECEIPT, shapes.IDEMPOTENCY_KEY],
        request=shapes.Withdrawal,
        responses=shapes.answers(shapes.Application, 400, 401, 403, 404, 405, 409, 413, 415, 429),
    )
    def post(self, request: Request, receipt_no: str) -> HttpResponse:
        """`{"reason"?}`; its reservation is released."""
        body = shapes.only(self.json_body(), optional={"reason"})
        reason = shapes.text(body, "reason", most=500)
        case = objects.find_own(self.channel, receipt_no)

        def act() -> Mapping[str, Any]:
            return objects.application(
                vehicles.withdraw(case.pk, at=self.received_at, actor=self.channel.actor, reason=reason)
            )

        return self.once(act)


class Documents(ChannelView):
    """Upload evidence."""

    scopes = CITIZEN
    max_body = inspection.MAX_BYTES + _FORM_OVERHEAD

    @extend_schema(
        operation_id="uploadVehicleDocument",
        summary="Upload one page of evidence",
        parameters=[shapes.RECEIPT, shapes.IDEMPOTENCY_KEY],
        request={"multipart/form-data": shapes.Upload},
        responses=shapes.answers(shapes.Document, 400, 401, 403, 404, 405, 409, 413, 415, 429),
    )
    def post(self, request: Request, receipt_no: str) -> HttpResponse:
        """PDF, JPEG or PNG up to 10 MB; `legible` and `original` are claims that staff confirm."""
        form = self.form_body()
        doc_type, page, claims = _upload_fields(form)
        case = objects.find_own(self.channel, receipt_no)
        # Judged before the transaction: a decoder may take seconds.
        admitted = documents.admit(form.files["file"])

        def act() -> Mapping[str, Any]:
            case.refresh_from_db()
            if case.state not in UPLOADABLE:
                raise Refused("state", f"本件处于“{case.get_state_display()}”，不再接收材料。")
            stored = documents.attach(
                admitted,
                case_ref=case.pk,
                doc_type=doc_type,
                page=page,
                at=self.received_at,
                actor=self.channel.actor,
                **claims,
            )
            vehicles.documents_changed(case.pk, at=self.received_at, actor=self.channel.actor)
            return objects.document(stored) | {"receipt_no": case.receipt_no}

        return self.once(act, body_digest=form.digest)


class Assessment(ChannelView):
    """The third party's opinion (V-C-17)."""

    scopes = ("assessment",)

    @extend_schema(
        operation_id="assessVehicleApplication",
        summary="Record the third-party auditor's opinion",
        parameters=[shapes.RECEIPT, shapes.IDEMPOTENCY_KEY],
        request=shapes.AssessmentBody,
        responses=shapes.answers(shapes.Outcome, 400, 401, 403, 404, 405, 409, 413, 415, 429),
    )
    def post(self, request: Request, receipt_no: str) -> HttpResponse:
        """`{"opinion": "pass" | "fail", "comment"?}`; the state does not change."""
        body = shapes.only(self.json_body(), required={"opinion"}, optional={"comment"})
        opinion, comment = body["opinion"], shapes.text(body, "comment", most=2000)
        if opinion not in ("pass", "fail"):
            raise InputError.of("opinion", "应为 pass 或 fail")
        case = objects.find(receipt_no)

        def act() -> Mapping[str, Any]:
            return objects.outcome_of(
                review.assess(case.pk, opinion=opinion, comment=comment, actor=self.channel.actor, at=self.received_at)
            )

        return self.once(act)


def _upload_fields(form: Form) -> tuple[str, int, dict[str, bool | None]]:
    """Type, page and claims of an upload. Raises InputError naming the fields."""
    errors: dict[str, list[str]] = {}
    for name in (set(form.fields) - {"type", "page", "legible", "original"}) | (set(form.files) - {"file"}):
        errors[name] = ["未知字段"]
    if "file" not in form.files:
        errors["file"] = ["必填"]
    if "type" not in form.fields:
        errors["type"] = ["必填"]
    page = form.fields.get("page", "")
    if not (page.isascii() and page.isdecimal() and len(page) <= 3):
        errors["page"] = ["应为页码数字"]
    claims: dict[str, bool | None] = {}
    for name in ("legible", "original"):
        said = form.fields.get(name)
        if said not in (None, "true", "false"):
            errors[name] = ["应为 true 或 false"]
        claims[name] = None if said is None else said == "true"
    if errors:
        raise InputError(errors)
    return form.fields["type"], int(page), claims
