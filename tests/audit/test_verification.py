"""Whoever changes a row behind the portal's back is found, and the row is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from audit import heads, services
from audit.models import Event, Seal, SealedEvent
from staff.models import NaturalPerson

Happen = Callable[..., list[Event]]
Tamper = Callable[..., int]


@pytest.fixture
def sealed(fresh_db: str, happen: Happen, at: datetime) -> list[Event]:
    """Six sealed events in two seals; two more that are not sealed yet come with `happen`."""
    first = happen(3)
    services.seal(at)
    second = happen(3, start=at + timedelta(minutes=5))
    services.seal(at + timedelta(minutes=10))
    return first + second


def verify(*arguments: str) -> tuple[str, int]:
    """What the command prints, and its exit status."""
    out = StringIO()
    try:
        call_command("audit", "verify", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue(), error.returncode
    return out.getvalue(), 0


def found(output: str) -> set[tuple[str, str]]:
    """The (table, row) pairs that were named."""
    return {(line.split(" ")[0], line.split(" ")[1].rstrip(":")) for line in output.splitlines() if line}


def test_whole_trail_is_ok(sealed: list[Event], happen: Happen, at: datetime) -> None:
    happen(2, start=at + timedelta(hours=1))
    output, status = verify()
    assert (output.strip(), status) == ("ok: 8 events, 6 sealed, 2 not sealed yet, 2 seals, 0 subjects", 0)
    report = json.loads(verify("--json")[0])
    assert report["ok"] is True
    assert report["counts"]["events"] == 8


@pytest.mark.parametrize(
    "change",
    [
        "verb = 'test.other'", "actor = 'staff:someone'", "object_id = '99'", "data = '{}'", "request_id = 'x'",
        "before = 'x'", "after = 'x'", "row_digest = sha256('x')", "subject = 'x'", "at = at + interval '1 second'",
        "id = '00000000-0000-7000-8000-000000000000'",
    ],
)  # fmt: skip
def test_an_edited_event_is_named(sealed: list[Event], tamper: Tamper, change: str) -> None:
    assert tamper(f"UPDATE audit_event SET {change} WHERE id = %s", sealed[1].id) == 1
    output, status = verify()
    assert status == 1
    assert ("audit_event", str(sealed[1].id)) in found(output)
    assert not any(row == str(event.id) for _, row in found(output) for event in sealed if event is not sealed[1])


def test_an_edited_event_that_is_not_sealed_yet_is_named(
    sealed: list[Event], happen: Happen, tamper: Tamper, at: datetime
) -> None:
    event = happen(1, start=at + timedelta(hours=1))[0]
    tamper("UPDATE audit_event SET actor = 'staff:other' WHERE id = %s", event.id)
    output, status = verify()
    assert (found(output), status) == ({("audit_event", str(event.id))}, 1)


def test_json_names_the_break(sealed: list[Event], tamper: Tamper) -> None:
    tamper("UPDATE audit_event SET actor = 'staff:other' WHERE id = %s", sealed[0].id)
    output, status = verify("--json")
    report = json.loads(output)
    assert (report["ok"], status) == (False, 1)
    assert [(b["table"], b["row"]) for b in report["breaks"]] == [("audit_event", str(sealed[0].id))]


def test_a_deleted_event_is_named(sealed: list[Event], tamper: Tamper) -> None:
    tamper("DELETE FROM audit_event WHERE id = %s", sealed[2].id)
    output, status = verify()
    assert (found(output), status) == ({("audit_event", str(sealed[2].id))}, 1)


def test_a_deleted_event_with_its_position_leaves_a_gap(sealed: list[Event], tamper: Tamper) -> None:
    tamper("DELETE FROM audit_event WHERE id = %s", sealed[1].id)
    tamper("DELETE FROM audit_sealedevent WHERE event_id = %s", sealed[1].id)
    output, status = verify()
    assert (found(output), status) == ({("audit_sealedevent", "2")}, 1)


def test_a_position_taken_away_is_named(sealed: list[Event], tamper: Tamper) -> None:
    tamper("DELETE FROM audit_sealedevent WHERE event_id = %s", sealed[1].id)
    output, status = verify()
    assert status == 1
    # The event is named too, unless a transaction elsewhere in the cluster was older than the last seal's floor.
    assert found(output) - {("audit_event", str(sealed[1].id))} == {("audit_sealedevent", "2")}


def test_closing_the_gap_is_found(sealed: list[Event], tamper: Tamper) -> None:
    tamper("DELETE FROM audit_event WHERE id = %s", sealed[1].id)
    tamper("DELETE FROM audit_sealedevent WHERE position = 2")
    tamper("UPDATE audit_sealedevent SET position = -position WHERE position > 2")
    tamper("UPDATE audit_sealedevent SET position = -position - 1 WHERE position < 0")
    output, status = verify()
    assert status == 1
    assert ("audit_sealedevent", "2") in found(output)
    assert ("audit_sealedevent", "6") in found(output), "the last seal counts six"


def test_swapped_events_are_named(sealed: list[Event], tamper: Tamper) -> None:
    one, two = SealedEvent.objects.filter(position__in=[1, 3]).order_by("position")
    blank = "00000000-0000-7000-8000-000000000000"
    tamper("UPDATE audit_sealedevent SET event_id = %s WHERE position = 1", blank)
    for row, other in ((two, one), (one, two)):
        tamper(
            "UPDATE audit_sealedevent SET event_id = %s, event_at = %s WHERE position = %s",
            other.event_id, other.event_at, row.position,
        )  # fmt: skip
    output, status = verify()
    assert (found(output), status) == ({("audit_sealedevent", "1"), ("audit_sealedevent", "3")}, 1)


def test_swapped_contents_are_named(sealed: list[Event], tamper: Tamper) -> None:
    columns = "verb, actor, object_id, data, row_digest"
    tamper(
        f"UPDATE audit_event e SET ({columns}) = (SELECT {columns} FROM audit_event o WHERE o.id <> e.id"
        " AND o.id IN (%s, %s)) WHERE e.id IN (%s, %s)",
        *([sealed[0].id, sealed[1].id] * 2),
    )
    output, status = verify()
    assert (found(output), status) == ({("audit_event", str(e.id)) for e in sealed[:2]}, 1)


def test_an_inserted_event_is_named(sealed: list[Event], tamper: Tamper) -> None:
    forged = "11111111-0000-7000-8000-000000000000"
    columns = "at, verb, actor, object_type, object_id, before, after, subject, data, request_id, row_digest"
    tamper(f"INSERT INTO audit_event (id, {columns}) SELECT %s, {columns} FROM audit_event WHERE id = %s",
           forged, sealed[0].id)  # fmt: skip
    output, status = verify()
    assert (found(output), status) == ({("audit_event", forged)}, 1)


def test_an_inserted_event_is_still_named_when_sealed(sealed: list[Event], tamper: Tamper, at: datetime) -> None:
    forged = "11111111-0000-7000-8000-000000000000"
    columns = "at, verb, actor, object_type, object_id, before, after, subject, data, request_id, row_digest"
    tamper(f"INSERT INTO audit_event (id, {columns}) SELECT %s, {columns} FROM audit_event WHERE id = %s",
           forged, sealed[0].id)  # fmt: skip
    assert services.seal(at) == 1
    output, status = verify()
    assert (found(output), status) == ({("audit_event", forged)}, 1)


def test_an_event_hidden_from_the_sealer_is_named(sealed: list[Event], happen: Happen, tamper: Tamper) -> None:
    event = happen(1)[0]
    tamper("UPDATE audit_event SET txid = 3 WHERE id = %s", event.id)
    output, status = verify()
    assert (found(output), status) == ({("audit_event", str(event.id))}, 1)


def test_a_cut_tail_is_found(sealed: list[Event], tamper: Tamper) -> None:
    ids = [event.id for event in sealed[4:]]
    tamper("DELETE FROM audit_event WHERE id = ANY(%s)", ids)
    tamper("DELETE FROM audit_sealedevent WHERE event_id = ANY(%s)", ids)
    output, status = verify()
    assert (found(output), status) == ({("audit_sealedevent", "5..6")}, 1)


def test_a_tail_cut_with_its_seal_is_found_by_the_witness(sealed: list[Event], tamper: Tamper, tmp_path: Path) -> None:
    witness = tmp_path / "heads.json"
    out = StringIO()
    call_command("audit", "heads", "--json", stdout=out)
    witness.write_text(out.getvalue(), encoding="utf-8")
    assert verify("--witness", str(witness))[1] == 0
    ids = [event.id for event in sealed[3:]]
    tamper("DELETE FROM audit_event WHERE id = ANY(%s)", ids)
    tamper("DELETE FROM audit_sealedevent WHERE event_id = ANY(%s)", ids)
    tamper("DELETE FROM audit_seal WHERE number = 2")
    assert verify()[1] == 0, "from inside, a trail cut at a seal is whole: this is what the witness is for"
    output, status = verify("--witness", str(witness))
    assert (found(output), status) == ({("audit_seal", "2")}, 1)


def test_a_witness_notices_a_rewritten_seal(sealed: list[Event]) -> None:
    kept = heads.day_heads()
    kept[0]["head_hash"] = "00" * 32
    assert [number for number, _ in heads.check(kept)] == [2], "a head without our signature"


@pytest.mark.parametrize(
    "change", ["head_hash = sha256('x')", "last_position = 2", "at = at + interval '1 day'", "signature = 'x'"]
)
def test_an_edited_seal_is_named(sealed: list[Event], tamper: Tamper, change: str) -> None:
    tamper(f"UPDATE audit_seal SET {change} WHERE number = 1")
    output, status = verify()
    assert status == 1
    assert ("audit_seal", "1") in found(output)


def test_a_missing_seal_is_named(sealed: list[Event], tamper: Tamper) -> None:
    tamper("DELETE FROM audit_seal WHERE number = 1")
    output, status = verify()
    assert (found(output), status) == ({("audit_seal", "1..1")}, 1)


def test_an_edited_chain_hash_is_named(sealed: list[Event], tamper: Tamper) -> None:
    tamper("UPDATE audit_sealedevent SET chain_hash = sha256('x') WHERE position = 2")
    output, status = verify()
    assert status == 1
    assert ("audit_sealedevent", "2") in found(output)


def test_another_key_fits_nothing(sealed: list[Event], settings: Any) -> None:
    settings.PORTAL_AUDIT_KEY = b"another key of the trail"
    output, status = verify()
    assert status == 1
    assert found(output) == {("audit_event", str(event.id)) for event in sealed} | {
        ("audit_seal", "1"), ("audit_seal", "2"),
    }  # fmt: skip


@pytest.fixture
def rows(fresh_db: str, watched_rows: str, at: datetime) -> list[NaturalPerson]:
    """Three rows of a registered kind, each spoken of by an event."""
    with transaction.atomic():
        made = NaturalPerson.objects.bulk_create([NaturalPerson(code=f"p{number}") for number in range(3)])
        for row in made:
            services.record("test.happened", actor="applicant", at=at, object_type=watched_rows, object_id=row.pk)
    services.seal(at)
    assert services.verify().counts["subjects"] == 3
    assert services.verify().ok
    return made


def test_a_changed_subject_is_named(rows: list[NaturalPerson], tamper: Tamper) -> None:
    tamper("UPDATE staff_naturalperson SET code = 'other' WHERE id = %s", rows[1].pk)
    output, status = verify()
    assert (found(output), status) == ({("staff_naturalperson", str(rows[1].pk))}, 1)


def test_a_deleted_subject_is_named(rows: list[NaturalPerson], tamper: Tamper) -> None:
    tamper("DELETE FROM staff_naturalperson WHERE id = %s", rows[1].pk)
    output, status = verify()
    assert (found(output), status) == ({("staff_naturalperson", str(rows[1].pk))}, 1)


def test_a_subject_nobody_recorded_is_named(rows: list[NaturalPerson], tamper: Tamper) -> None:
    extra = NaturalPerson.objects.create(code="slipped in")
    output, status = verify()
    assert (found(output), status) == ({("staff_naturalperson", str(extra.pk))}, 1)


def test_verify_is_batched(sealed: list[Event], happen: Happen, django_assert_max_num_queries: Any) -> None:
    happen(500)
    with django_assert_max_num_queries(40):
        assert services.verify().ok


def test_malformed_witness_is_a_clear_error(fresh_db: str, tmp_path: Path) -> None:
    bad = tmp_path / "heads.json"
    bad.write_text("[]", encoding="utf-8")
    with pytest.raises(CommandError, match="audit heads"):
        call_command("audit", "verify", "--witness", str(bad))


def test_nothing_to_verify_is_ok(fresh_db: str) -> None:
    assert verify()[1] == 0
    assert Seal.objects.count() == 0
