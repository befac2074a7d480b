"""Addresses of the machine channels below /api/v1/."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from api import facts, shapes, vehicles
from api.errors import body_for
from api.schema import Schema


@csrf_exempt
def nowhere(request: HttpRequest, **_: Any) -> JsonResponse:
    """Any other path below /api/v1/: a plain 404, never a redirect to a guessed address."""
    return JsonResponse(body_for(404, "没有该接口"), status=404, json_dumps_params={"ensure_ascii": False})


_CASE = rf"^vehicle-applications/(?P<receipt_no>{shapes.RECEIPT_NO})"

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", Schema.as_view(), name="api-schema"),
    path("vehicle-applications/", vehicles.Applications.as_view(), name="api-applications"),
    re_path(rf"{_CASE}/\Z", vehicles.Application.as_view(), name="api-application"),
    re_path(rf"{_CASE}/corrections/\Z", vehicles.Corrections.as_view(), name="api-corrections"),
    re_path(rf"{_CASE}/withdrawal/\Z", vehicles.Withdrawal.as_view(), name="api-withdrawal"),
    re_path(rf"{_CASE}/documents/\Z", vehicles.Documents.as_view(), name="api-documents"),
    re_path(rf"{_CASE}/assessment/\Z", vehicles.Assessment.as_view(), name="api-assessment"),
    path("facts/police/", facts.PoliceFacts.as_view(), name="api-facts-police"),
    path("facts/tax/", facts.TaxFacts.as_view(), name="api-facts-tax"),
    re_path(r"", nowhere, name="api-nowhere"),
]
