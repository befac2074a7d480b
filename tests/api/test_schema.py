"""The OpenAPI document against the portal: schemathesis makes requests by it, and answers must be what it says.

Requests are made by the document and signed here; a second test breaks one value of a good filing at a time, which
gets past the first checks more often than made-up data does.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
import requests
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.checks import load_all_checks
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from policy import clock
from tests.api.conftest import NOW
from tests.api.machine import APPLICATIONS, Machine, replacement, scrappage

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "25"))
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
OPERATIONS = [
    "fileVehicleApplication",
    "readVehicleApplication",
    "correctVehicleApplication",
    "withdrawVehicleApplication",
    "uploadVehicleDocument",
    "assessVehicleApplication",
    "answerPolice",
    "answerTax",
]
load_all_checks()


@cache
def document() -> dict[str, Any]:
    from django.test import Client

    return Client().get("/api/v1/schema/").json()


@cache
def operations() -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(document())
    found: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    return {operation.definition.raw["operationId"]: operation for operation in found}


def test_every_operation_is_tried(db: None) -> None:
    assert sorted(operations()) == sorted(OPERATIONS)


@pytest.fixture
def everybody(funds: None) -> Machine:
    """A channel that may do everything, and is never too fast."""
    return Machine("everybody", "vehicles.national", "assessment", "facts.police", "facts.tax", rate=1_000_000)


@pytest.fixture
def receipt_no(everybody: Machine) -> str:
    """An application of its own."""
    return everybody.post(APPLICATIONS, scrappage()).json()["receipt_no"]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "unfitting"])
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_answers_are_what_the_document_says(
    everybody: Machine, receipt_no: str, operation_id: str, mode: GenerationMode
) -> None:
    operation = operations()[operation_id]

    @bounded
    @given(case=operation.as_strategy(generation_mode=mode), own=st.booleans())
    def holds(case: Any, own: bool) -> None:
        if own and case.path_parameters and mode is GenerationMode.POSITIVE:
            case.path_parameters["receipt_no"] = receipt_no
        if own and isinstance(case.body, dict) and isinstance(case.body.get("receipt_no"), str):
            case.body["receipt_no"] = receipt_no
        with rolled_back():
            answer = send(everybody, case)
        assert answer.status_code < 500, answer.content
        checks = [status_code_conformance, content_type_conformance, response_schema_conformance]
        if mode is GenerationMode.NEGATIVE:
            checks.append(negative_data_rejection)
        case.validate_response(answer, checks=checks)

    holds()


def rolled_back() -> Any:
    """Each example meets the same data, and a broken transaction shows at once."""
    return _RolledBack()


class _RolledBack:
    def __enter__(self) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def __exit__(self, *error: object) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)


def send(machine: Machine, case: Any) -> Response:
    """Sign and send what schemathesis made, through the portal's own handler."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    made: Any = prepared.body or b""
    body: bytes = made.encode() if isinstance(made, str) else made
    method = str(prepared.method)
    headers = {
        name: value.decode("latin-1") if isinstance(value, bytes) else value
        for name, value in prepared.headers.items()
        if name.lower() not in ("content-length", "authorization", "cookie")
    }
    headers["Authorization"] = machine.sign(method, prepared.path_url, body)
    content_type = headers.pop("Content-Type", "")
    got = machine.client.generic(method, prepared.path_url, body, content_type=content_type, headers=headers)
    answer_headers = {name: [value] for name, value in got.items()}
    return Response(got.status_code, answer_headers, got.content, prepared, elapsed=0.0, verify=False)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["", " ", "\x00", "\ud800", "\u202e", "0", "-1", "1e5", "NaN", "9" * 400, "2026-02-30", "0001-01-01",
         "9999-12-31", "2026-03-01T24:00:00+08:00", "2026-03-01T10:00:00+99:00", "١٢٣", "1.005", "-0.00"]
    ),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)  # fmt: skip


@pytest.mark.parametrize(("make", "scope"), [(scrappage, "vehicles.national"), (replacement, "vehicles.city")])
def test_a_filing_broken_in_one_place_never_breaks_the_portal(funds: None, make: Any, scope: str) -> None:
    machine = Machine("breaker", scope, rate=1_000_000)
    good = make()
    codes = set()

    @settings(bounded, max_examples=EXAMPLES * 6)
    @given(place=st.sampled_from(sorted(places(good), key=str)), value=ODD, drop=st.booleans())
    def holds(place: tuple[Any, ...], value: Any, drop: bool) -> None:
        dossier = copy.deepcopy(good)
        parent = dossier
        for step in place[:-1]:
            parent = parent[step]
        if drop:
            del parent[place[-1]]
        else:
            parent[place[-1]] = value
        with rolled_back():
            answer = machine.send("POST", APPLICATIONS, json.dumps(dossier).encode())
        assert answer.status_code in (201, 400, 409), (place, answer.content)
        codes.add(answer.status_code)

    holds()
    assert {201, 400} <= codes


@pytest.mark.parametrize("make", [scrappage, replacement])
def test_the_documented_dossier_takes_a_good_filing(db: None, make: Any) -> None:
    place = document()["paths"]["/api/v1/vehicle-applications/"]["post"]
    schema = place["requestBody"]["content"]["application/json"]["schema"]
    Draft202012Validator(schema).validate(make())
    assert not Draft202012Validator(schema).is_valid(make(facts={}))


def test_the_document_is_the_same_whoever_asks_and_whenever(db: None) -> None:
    with clock.frozen(NOW + timedelta(days=100)):
        from django.test import Client

        assert Client().get("/api/v1/schema/").json() == document()
