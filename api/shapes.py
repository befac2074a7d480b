"""The shapes of bodies: small checks of what is read, and what the OpenAPI document says of requests and answers.

The serializers here describe; bodies are read by the declared dossier and by the checks below.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from applications.vehicles.dossier import DISTRICTS, REPLACEMENT, SCHEMES, SCRAPPAGE, Facts, json_schema
from documents.models import DocumentType
from exchange.authority import FIELDS
from policy.errors import InputError
from policy.finding import Outcome as OutcomeWord
from policy.reading import compile_section
from review import states

RECEIPT_NO = r"[SR]-[0-9]{6}-[0-9]{5,9}"
MAX_CHANGES = 200


def is_receipt_no(text: str) -> bool:
    """Whether a text has the form of a vehicle receipt number, S-260316-04127."""
    return re.fullmatch(RECEIPT_NO, text) is not None


def only(body: dict[str, Any], *, required: Set[str] = frozenset(), optional: Set[str] = frozenset()) -> dict[str, Any]:
    """The body if it has all required names and no others than these. Raises InputError naming the fields."""
    errors = {name: ["未知字段"] for name in body if name not in required and name not in optional}
    errors |= {name: ["必填"] for name in sorted(required) if name not in body}
    if errors:
        raise InputError(errors)
    return body


def text(body: dict[str, Any], name: str, *, most: int) -> str:
    """An optional text of a body, "" if absent or null. Raises InputError."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError.of(name, "应为文字")
    if len(value) > most:
        raise InputError.of(name, f"不得超过{most}个字符")
    return value


class Finding(serializers.Serializer[Any]):
    """What one rule says of the application."""

    rule = serializers.CharField(help_text="catalogue id, e.g. V-S-07")
    clause = serializers.CharField()
    outcome = serializers.ChoiceField(choices=[word.value for word in OutcomeWord])
    message = serializers.CharField(help_text="Chinese sentence for staff and applicants")


class Outcome(serializers.Serializer[Any]):
    """State and findings of an application."""

    receipt_no = serializers.RegexField(f"^{RECEIPT_NO}$")
    scheme = serializers.ChoiceField(choices=SCHEMES)
    state = serializers.ChoiceField(choices=states.ALL)
    outcome = serializers.ChoiceField(choices=[word.value for word in OutcomeWord])
    amount = serializers.CharField(allow_null=True, help_text="yuan with two decimals, null where nothing is payable")
    findings = Finding(many=True)


class Reason(serializers.Serializer[Any]):
    """Why an application was returned or refused."""

    code = serializers.CharField()
    title = serializers.CharField()
    clause = serializers.CharField()


class Document(serializers.Serializer[Any]):
    """An uploaded page."""

    id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=DocumentType.values)
    page = serializers.IntegerField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    legible = serializers.BooleanField(allow_null=True)
    original = serializers.BooleanField(allow_null=True)
    confirmed = serializers.BooleanField(help_text="staff has confirmed or denied the claims")
    uploaded_at = serializers.DateTimeField()
    receipt_no = serializers.CharField(required=False)


class Application(Outcome):
    """An application as the channel that filed it sees it."""

    external_no = serializers.CharField(allow_null=True)
    district = serializers.ChoiceField(choices=DISTRICTS)
    submitted_at = serializers.DateTimeField()
    corrected_at = serializers.DateTimeField(allow_null=True)
    reasons = Reason(many=True)
    documents = Document(many=True)


class FactsOutcome(Outcome):
    """State and findings after an authority's answer."""

    kind = serializers.ChoiceField(choices=sorted(FIELDS))


class Upload(serializers.Serializer[Any]):
    """One page of evidence; `legible` and `original` are claims that staff confirm."""

    type = serializers.ChoiceField(choices=DocumentType.values)
    page = serializers.IntegerField(min_value=1, max_value=50)
    legible = serializers.ChoiceField(choices=["true", "false"], required=False)
    original = serializers.ChoiceField(choices=["true", "false"], required=False)
    file = serializers.FileField(help_text="PDF, JPEG or PNG by content, up to 10 MB")


class Problem(serializers.Serializer[Any]):
    """An answer that is not a success."""

    code = serializers.CharField()
    message = serializers.CharField()


class Invalid(serializers.Serializer[Any]):
    """Malformed input; nothing was stored."""

    code = serializers.ChoiceField(choices=["invalid"])
    fields = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="dotted path to messages"
    )


class Refusal(serializers.Serializer[Any]):
    """A rule, a state, the funds or an idempotency conflict refuses."""

    code = serializers.CharField()
    message = serializers.CharField()
    rule = serializers.CharField(required=False)
    clause = serializers.CharField(required=False)


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]{1,200}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="The same key and body, freshly signed, answer again what they answered first.",
)
RECEIPT = OpenApiParameter(
    "receipt_no",
    {"type": "string", "pattern": f"^{RECEIPT_NO}$"},
    OpenApiParameter.PATH,
    required=True,
)
_PROBLEMS = {
    401: "Not signed, wrongly signed, stale or replayed.",
    403: "Not this channel's business.",
    404: "Not there for this channel.",
    405: "No such method here.",
    411: "A body without Content-Length.",
    413: "The body is too large.",
    415: "Not the content type of this endpoint.",
    429: "Too fast; see Retry-After.",
}


def answers(stored: type[serializers.Serializer[Any]], *statuses: int, success: int = 201) -> dict[int, Any]:
    """The answers an endpoint gives: the stored object, and the problems by status."""
    shown: dict[int, Any] = {success: stored}
    for status in statuses:
        if status == 400:
            shown[status] = OpenApiResponse(Invalid, "Malformed: each bad field with its messages.")
        elif status == 409:
            shown[status] = OpenApiResponse(Refusal, "Refused by a rule, a state or the funds; or the key is taken.")
        else:
            shown[status] = OpenApiResponse(Problem, _PROBLEMS[status])
    return shown


def _facts_schema(kind: str) -> dict[str, Any]:
    """The body of an authority's answer: the declared facts, limited to what this authority may say."""
    properties = compile_section(Facts, "核查事实", scheme=REPLACEMENT).json_schema()["properties"]
    if kind == "tax":
        values = properties["tax"]["anyOf"][0]["properties"]
    else:
        dossier = json_schema(SCRAPPAGE, filed=True)["properties"]
        values = {name: properties.get(name) or dossier[name] for name in sorted(FIELDS[kind])}
    return {
        "type": "object",
        "properties": {
            "receipt_no": {"type": "string", "pattern": f"^{RECEIPT_NO}$"},
            "values": {
                "type": "object",
                "properties": values,
                "additionalProperties": False,
                "minProperties": 1,
            },
        },
        "required": ["receipt_no", "values"],
        "additionalProperties": False,
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": schema}


DOSSIER = _json({"oneOf": [json_schema(scheme, filed=True) for scheme in SCHEMES]})
POLICE_ANSWER = _json(_facts_schema("police"))
TAX_ANSWER = _json(_facts_schema("tax"))
Correction = _json(
    {
        "type": "object",
        "properties": {
            "changes": {
                "type": "object",
                "description": "dotted path to new value, e.g. invoice.total_incl_tax",
                "minProperties": 1,
                "maxProperties": MAX_CHANGES,
            }
        },
        "required": ["changes"],
        "additionalProperties": False,
    }
)
Withdrawal = _json(
    {
        "type": "object",
        "properties": {"reason": {"type": ["string", "null"], "maxLength": 500}},
        "additionalProperties": False,
    }
)
AssessmentBody = _json(
    {
        "type": "object",
        "properties": {
            "opinion": {"type": "string", "enum": ["pass", "fail"]},
            "comment": {"type": ["string", "null"], "maxLength": 2000},
        },
        "required": ["opinion"],
        "additionalProperties": False,
    }
)
