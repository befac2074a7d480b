"""Reading a dossier: what is malformed is an error that names its field, and what is not is read exactly."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from applications.vehicles.dossier import SCHEMES, apply_changes, json_schema, parse, parse_facts
from policy.clock import SHANGHAI
from policy.errors import InputError
from policy.finding import Outcome
from tests.vehicles.dossiers import ABSENT, AT, dossier, judge, paths, put

BASES = ("报废", "置换")


def errors(raw: Any, scheme: str = "vehicle-scrappage", *, filed: bool = False) -> dict[str, list[str]]:
    with pytest.raises(InputError) as caught:
        parse(raw, scheme=scheme, at=AT, filed=filed)
    return caught.value.fields


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("old_vehicle.vin", "LSVAA49J2C2012345"),
        ("new_vehicle.vin", "LGXCE6CDXT0123457"),
        ("new_vehicle.vin", "LGXCE6CDXT012345"),
        ("new_vehicle.vin", "LGXCE6CDXT01234567"),
        ("old_vehicle.vin", "车架号"),
        ("applicant.id_number", "11010119800101002"),
        ("applicant.id_number", "110101198001010028"),
        ("applicant.id_number", "110101198002300024"),
        ("applicant.id_number", "1101011980010100290"),
        ("applicant.id_number", 110101198001010029),
        ("applicant.type", "person"),
        ("applicant.id_type", "driving_licence"),
        ("applicant.name", " "),
        ("applicant.name", "李\x00娜"),
        ("applicant.name", "李\ud800"),
        ("applicant.phone", "abc"),
        ("invoice.total_incl_tax", "139800.505"),
        ("invoice.total_incl_tax", 139800.5),
        ("invoice.total_incl_tax", 139800),
        ("invoice.total_incl_tax", "-1.00"),
        ("invoice.total_incl_tax", "1,000.00"),
        ("invoice.total_incl_tax", "1e5"),
        ("invoice.total_incl_tax", "1234567890123.00"),
        ("invoice.total_incl_tax", "１２３"),
        ("invoice.total_incl_tax", ""),
        ("invoice.total_incl_tax", None),
        ("invoice.issue_date", "2026-02-30"),
        ("invoice.issue_date", "2026-2-3"),
        ("invoice.issue_date", "20260203"),
        ("invoice.issue_date", "2026-02-03T00:00:00+08:00"),
        ("invoice.issue_date", 20260203),
        ("submitted_at", "2026-03-01T10:15:00"),
        ("submitted_at", "2026-03-01 10:15:00+08:00"),
        ("submitted_at", "2026-03-01T24:00:00+08:00"),
        ("submitted_at", "2026-03-01T10:15+08:00"),
        ("submitted_at", 1772331300),
        ("scheme", "vehicle-replacement"),
        ("scheme", "vehicle"),
        ("district", "pudong"),
        ("bank_account.class", "IV"),
        ("bank_account.number", "6222-0202"),
        ("old_vehicle.nev", "false"),
        ("old_vehicle.nev", 0),
        ("new_vehicle.displacement_ml", "1498"),
        ("new_vehicle.displacement_ml", 0),
        ("new_vehicle.displacement_ml", True),
        ("ownership.0.event", "买卖"),
        ("ownership.0.to", "2012-05-09"),
        ("documents.0.type", "PHOTO"),
        ("documents.0.page", 0),
        ("documents.0.legible", "yes"),
        ("documents", {}),
        ("invoice", []),
        ("facts.tax.status", "ok"),
        ("facts.police_answered", "yes"),
        ("facts.prior_vehicle_applications", [{"scheme": "vehicle-scrappage", "state": "GONE"}]),
    ],
)
def test_malformed_value_names_its_field(path: str, value: Any) -> None:
    raw = dossier()
    put(raw, path, value)
    named = errors(raw)
    expected = f"{path}.0.state" if path == "facts.prior_vehicle_applications" else path
    assert list(named) == [expected]
    assert all(ord(mark) > 127 for mark in named[expected][0][:2]), "messages are Chinese"


def test_errors_do_not_repeat_personal_values() -> None:
    raw = dossier()
    raw["applicant"].update(id_number="11010119800101002", name="李\x00娜", phone="电话13800138000")
    named = errors(raw)
    assert {"applicant.name", "applicant.phone"} <= set(named)
    assert not any(value in str(named) for value in ("11010119800101002", "李", "13800138000"))


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("colour", "colour"),
        ("invoice.colour", "invoice.colour"),
        ("documents.0.colour", "documents.0.colour"),
        ("facts.tax.colour", "facts.tax.colour"),
        ("used_car_invoice", "used_car_invoice"),
        ("facts.old_owner_id_now", "facts.old_owner_id_now"),
    ],
)
def test_unknown_field_is_named(path: str, named: str) -> None:
    raw = dossier()
    put(raw, path, "red")
    assert errors(raw) == {named: ["未知字段"]}


@pytest.mark.parametrize(
    "path",
    ["id", "channel", "district", "applicant", "applicant.name", "old_vehicle.nev", "new_vehicle", "invoice.vin"],
)
def test_missing_required_field_is_named(path: str) -> None:
    raw = dossier()
    put(raw, path, ABSENT)
    assert errors(raw) == {path: ["缺少此项"]}


@pytest.mark.parametrize("raw", [None, [], "text", 1, True])
def test_dossier_that_is_no_object(raw: Any) -> None:
    assert errors(raw) == {"": ["应为一组字段"]}


@pytest.mark.parametrize("path", ["invoice", "deregistration", "recycling_certificate", "bank_account", "documents"])
def test_document_absent_means_the_same_as_null(path: str) -> None:
    null, absent = dossier(), dossier()
    null[path] = None
    del absent[path]
    assert parse(null, scheme="vehicle-scrappage", at=AT) == parse(absent, scheme="vehicle-scrappage", at=AT)


def test_at_dates_only_what_the_dossier_does_not() -> None:
    dated = parse(dossier(), scheme="vehicle-scrappage", at=AT)
    undated = parse(dossier(submitted_at=None), scheme="vehicle-scrappage", at=AT)
    assert (dated.submitted_at, undated.submitted_at) == (datetime(2026, 3, 1, 10, 15, tzinfo=SHANGHAI), AT)


def test_fractions_of_a_second_are_cut_never_rounded_past_a_bound() -> None:
    raw = dossier(submitted_at="2026-11-30T23:59:59.9999999+08:00")
    last = parse(raw, scheme="vehicle-scrappage", at=AT).submitted_at
    assert last == datetime(2026, 12, 1, tzinfo=SHANGHAI) - timedelta(microseconds=1)


def test_letters_of_numbers_are_read_as_capitals() -> None:
    raw = dossier(applicant__id_number="11010519880720002x", new_vehicle__vin="lgxce6cdxt0123456")
    read = parse(raw, scheme="vehicle-scrappage", at=AT)
    assert (read.applicant.id_number, read.new_vehicle.vin) == ("11010519880720002X", "LGXCE6CDXT0123456")


@pytest.mark.parametrize(
    ("vin", "accepted"),
    [
        ("WVWZZZ1JZ3W386752", True),
        ("1HGCM82633A004352", True),
        ("1HGCM82643A004352", False),
        ("LSVAA49JZC2012345", False),
    ],
)
def test_foreign_makers_may_put_a_letter_where_the_check_digit_is(vin: str, accepted: bool) -> None:
    raw = dossier(old_vehicle__vin=vin)
    if accepted:
        assert parse(raw, scheme="vehicle-scrappage", at=AT).old_vehicle.vin == vin
    else:
        assert list(errors(raw)) == ["old_vehicle.vin"]


def test_filed_dossier_has_no_facts_and_needs_no_id() -> None:
    raw = dossier()
    facts = raw.pop("facts")
    del raw["id"]
    read = parse(raw, scheme="vehicle-scrappage", at=AT, filed=True)
    assert (read.id, set(read.facts)) == ("", {None})
    assert errors({**raw, "facts": facts}, filed=True) == {"facts": ["未知字段"]}
    raw["correction_submitted_at"] = "2026-03-09T10:00:00+08:00"
    assert errors(raw, filed=True) == {"correction_submitted_at": ["未知字段"]}


def test_facts_alone_name_paths_below_facts() -> None:
    facts = parse_facts({"tax": {"status": "valid", "total_incl_tax": "1.00"}}, scheme="vehicle-scrappage")
    assert facts.tax is not None
    assert facts.tax.total_incl_tax == 100
    with pytest.raises(InputError) as caught:
        parse_facts({"tax": {"status": "fine"}}, scheme="vehicle-scrappage")
    assert list(caught.value.fields) == ["facts.tax.status"]


# -- Corrections --------------------------------------------------------------------------------------------------


def test_corrections_reach_fields_sections_lists_and_the_place_after_the_last() -> None:
    raw = dossier(deregistration=None)
    page = {"type": "DEREG", "page": 1, "legible": True, "original": True}
    changed = apply_changes(
        raw,
        {
            "bank_account.number": "6222020200000001244",
            "deregistration": dossier()["deregistration"],
            "documents.7": page,
            "documents.0.legible": False,
        },
    )
    assert changed["bank_account"]["number"] == "6222020200000001244"
    assert changed["deregistration"]["reason"] == "报废"
    assert (changed["documents"][7], changed["documents"][0]["legible"]) == (page, False)
    assert raw["documents"][0]["legible"] is True, "the filed dossier stays as it was"


def test_correction_builds_a_section_that_was_not_filed() -> None:
    fields = {f"deregistration.{name}": value for name, value in dossier()["deregistration"].items()}
    assert apply_changes(dossier(deregistration=None), fields)["deregistration"] == dossier()["deregistration"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"applicant.id_number": "110101197905120015"}, "applicant.id_number"),
        ({"applicant.id_type": "passport"}, "applicant.id_type"),
        ({"applicant": {}}, "applicant"),
        ({"id": "X"}, "id"),
        ({"scheme": "vehicle-replacement"}, "scheme"),
        ({"submitted_at": "2026-03-01T10:15:00+08:00"}, "submitted_at"),
        ({"facts": {}}, "facts"),
        ({"facts.tax.status": "valid"}, "facts.tax.status"),
        ({"channel": "nat_web"}, "channel"),
        ({"district": "haidian"}, "district"),
        ({"colour": "red"}, "colour"),
        ({"documents.0.colour": "red"}, "documents.0.colour"),
        ({"documents.9": {}}, "documents.9"),
        ({"documents.-1": {}}, "documents.-1"),
        ({"documents.x": {}}, "documents.x"),
        ({"invoice.vin.x": "1"}, "invoice.vin.x"),
        ({"invoice.total_incl_tax": "1.005"}, "invoice.total_incl_tax"),
        ({"new_vehicle.vin": "LGXCE6CDXT0123457"}, "new_vehicle.vin"),
        ({}, "changes"),
    ],
)
def test_correction_that_cannot_be(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError) as caught:
        apply_changes(dossier(), changes)
    assert list(caught.value.fields) == [named]


# -- Whatever comes in --------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), name=st.sampled_from(BASES), value=JSON)
def test_any_value_anywhere_is_judged_or_refused_by_name(data: st.DataObject, name: str, value: Any) -> None:
    raw = dossier(name)
    path = data.draw(st.sampled_from(paths(raw)))
    if path == "scheme":
        return
    put(raw, path, value)
    named: list[str] = []
    findings: tuple[object, ...] = ()
    try:
        findings = judge(raw).findings
    except InputError as error:
        named = list(error.fields)
    assert findings or named
    assert all(field == path or field.startswith(f"{path}.") or path.startswith(field) for field in named)


@pytest.mark.parametrize("name", BASES)
def test_no_silence_of_an_authority_refuses(name: str) -> None:
    """Each fact alone and all together: null is at most a matter for a person."""
    facts = [path for path in paths(dossier(name)) if path.startswith("facts.")]
    assert len(facts) > 8
    for path in [*facts, "facts"]:
        raw = dossier(name)
        put(raw, path, None if path != "facts" else {})
        result = judge(raw)
        assert result.outcome in (Outcome.PASS, Outcome.MANUAL), path
        assert result.amount_fen is not None


@pytest.mark.parametrize("scheme", SCHEMES)
def test_schema_requires_what_reading_requires(scheme: str) -> None:
    whole, filed = json_schema(scheme), json_schema(scheme, filed=True)
    assert "facts" in whole["properties"]
    assert "facts" not in filed["properties"]
    assert set(filed["required"]) == {"scheme", "channel", "district", "applicant", "old_vehicle", "new_vehicle"}
    assert set(whole["required"]) == {*filed["required"], "id"}
