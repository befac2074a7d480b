"""What may be written to the trail, and that it is one statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import canonical, digests, partitions, personal, recording, services, verbs
from audit.models import Event
from policy.clock import SHANGHAI
from staff.models import NaturalPerson

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, 30, tzinfo=SHANGHAI)


def record(**changes: Any) -> Event:
    given: dict[str, Any] = {
        "verb": "test.happened", "actor": "staff:CY-0127", "at": AT, "object_type": "thing", "object_id": 1,
    }  # fmt: skip
    return services.record(**(given | changes))


def test_event_is_stored_as_given() -> None:
    made = record(data={"b": [1, None, True], "a": "文"}, request_id="r-1", before={"x": 1}, after=b"\x01\x02")
    stored = Event.objects.get(pk=made.pk)
    assert (stored.verb, stored.actor, stored.at, stored.object_id) == ("test.happened", "staff:CY-0127", AT, "1")
    assert stored.data == {"b": [1, None, True], "a": "文"}
    assert bytes(stored.after or b"") == b"\x01\x02"
    assert len(bytes(stored.before or b"")) == 32, "of a value only a keyed digest is kept"
    assert bytes(stored.row_digest) == recording.row_digest(stored)
    assert stored.txid > 0


def test_unknown_verb_raises() -> None:
    with pytest.raises(verbs.UnknownVerb, match="never_registered"):
        record(verb="test.never_registered")


def test_verb_cannot_change_its_title() -> None:
    with pytest.raises(ValueError, match="registered already"):
        verbs.register("test.happened", "别的")


@pytest.mark.parametrize("actor", ["CY-0127", "staff:", "robot:x", "staff:a b", ""])
def test_actor_is_a_plain_code(actor: str) -> None:
    with pytest.raises(ValueError, match="actor"):
        record(actor=actor)


@pytest.mark.parametrize(
    "data",
    [
        {"id_number": "x"},
        {"nested": [{"Phone": "x"}]},
        {"note": "请联系13800138000"},
        {"note": "110101198001010029"},
        {"list": ["6222020200000001236"]},
    ],
)
def test_personal_data_is_refused_and_not_repeated(data: dict[str, Any]) -> None:
    with pytest.raises(personal.PersonalData) as refused:
        record(data=data)
    for secret in ("13800138000", "110101198001010029", "6222020200000001236"):
        assert secret not in str(refused.value)


@pytest.mark.parametrize("data", [{"receipt": "S-260316-04127"}, {"digest": "ab" * 32}, {"vin": "LGXCE6CDXT0123456"}])
def test_codes_are_not_taken_for_personal_data(data: dict[str, Any]) -> None:
    assert record(data=data).data == data


def test_floats_have_no_single_spelling() -> None:
    with pytest.raises(TypeError, match="float"):
        record(data={"amount": 1.5})


def test_many_events_are_one_statement() -> None:
    entries = [
        services.Entry(verb="test.happened", actor="applicant", at=AT, object_type="thing", object_id=number)
        for number in range(300)
    ]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        events = services.record_many(entries)
    assert len(queries) == 1
    assert Event.objects.count() == 300
    assert [event.id for event in events] == sorted(event.id for event in events), "ids keep the order of writing"


def test_request_id_comes_from_the_request() -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc-123"):
        assert record().request_id == "abc-123"


def test_subject_is_digested_in_one_read(watched_rows: str) -> None:
    people = NaturalPerson.objects.bulk_create([NaturalPerson(code=f"p{number}") for number in range(20)])
    entries = [
        services.Entry(verb="test.happened", actor="applicant", at=AT, object_type=watched_rows, object_id=person.pk)
        for person in people
    ]
    with CaptureQueriesContext(connection) as queries:
        events = services.record_many(entries)
    assert len(queries) == 2
    assert len({bytes(event.subject or b"") for event in events}) == 20


def test_an_event_cannot_speak_of_a_row_that_does_not_exist(watched_rows: str) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        record(object_type=watched_rows, object_id=987654)


def test_digest_of_encrypted_columns_is_refused() -> None:
    from people.models import Person

    with pytest.raises(ValueError, match="rotation"):
        digests.register_model("someone", Person, ["name"])


def test_encoding_tells_apart() -> None:
    values: list[list[Any]] = [
        ["ab", "c"], ["a", "bc"], ["abc"], [b"abc"], [1], ["1"], [True], [None], [""], [{"a": 1}], [{"a": True}], [],
    ]  # fmt: skip
    assert len({canonical.encode(value) for value in values}) == len(values)


def test_encoding_of_a_moment_does_not_depend_on_its_zone() -> None:
    assert canonical.encode([AT]) == canonical.encode([AT.astimezone(UTC)])


def test_partitions_are_made_ahead_once(happen: Callable[..., list[Event]]) -> None:
    late = datetime(2031, 5, 31, 23, 59, 59, 999999, tzinfo=SHANGHAI)
    assert partitions.ensure(1, at=late) == 2
    assert partitions.ensure(1, at=late) == 0
    happen(2, start=late)
    assert _where() == ["audit_event_y2031m05", "audit_event_y2031m06"]


def test_without_partition_the_default_takes_the_row(happen: Callable[..., list[Event]]) -> None:
    happen(1, start=datetime(2040, 1, 1, tzinfo=SHANGHAI))
    assert _where() == ["audit_event_default"]
    assert partitions.ensure(0, at=datetime(2040, 1, 1, tzinfo=SHANGHAI)) == 0, "its month stays in the default one"
    assert services.verify().ok


def _where() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM audit_event ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]
