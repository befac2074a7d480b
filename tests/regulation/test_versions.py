"""A parameter changes only as a numbered version that two people signed (V-C-21)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit.models import Event
from policy.errors import InputError, Refused
from regulation import selectors, services
from regulation.models import PolicyVersion
from tests.actors import Desk
from tests.builders import SCRAPPAGE, when

AT = when("03-16 10:00")
FROM = when("07-01 00:00")
NUMBER = "京商流通字〔2026〕19号"

pytestmark = pytest.mark.proves("V-C-21")


def drafted(desk: Desk, changes: dict[str, Any] | None = None, **more: Any) -> PolicyVersion:
    changes = changes or {"cap_s_nev": "22000.00"}
    return services.draft("2026-2", changes, effective_from=FROM, by=desk.municipal(1), at=AT, **more)


def cap(at: Any) -> int:
    value: int = selectors.parameters(SCRAPPAGE, at)["cap_s_nev"]
    return value


def test_a_draft_changes_nothing_a_signed_version_only_what_comes_after(desk: Desk, db: None) -> None:
    version = drafted(desk)
    assert cap(FROM) == 2_000_000
    services.sign(version.pk, document_no=NUMBER, by=desk.municipal(2), at=AT)
    assert cap(FROM) == 2_200_000
    assert cap(FROM - timedelta(microseconds=1)) == 2_000_000
    assert selectors.parameters(SCRAPPAGE, FROM).version == "2026-2"
    assert selectors.parameters(SCRAPPAGE, AT).version == "2026-1"


def test_whoever_drafted_does_not_sign_by_whatever_account(desk: Desk, db: None) -> None:
    version = drafted(desk)
    second = desk.person("second-account", [("municipal_approver", "bureau")], same_as=desk.municipal(1))
    for by in (desk.municipal(1), second):
        with pytest.raises(Refused) as refused:
            services.sign(version.pk, document_no=NUMBER, by=by, at=AT)
        assert refused.value.code == "four_eyes"
    assert cap(FROM) == 2_000_000


def test_without_a_document_number_nothing_is_activated(desk: Desk, db: None) -> None:
    version = drafted(desk)
    with pytest.raises(Refused) as refused:
        services.sign(version.pk, document_no="  ", by=desk.municipal(2), at=AT)
    assert (refused.value.code, refused.value.rule) == ("rule", "V-C-21")


def test_the_table_itself_wants_two_people_and_a_number(desk: Desk, db: None) -> None:
    version = drafted(desk)
    rows = PolicyVersion.objects.filter(pk=version.pk)
    for change in (
        {"signed_by": desk.municipal(1), "document_no": NUMBER},
        {"signed_by": desk.municipal(2), "document_no": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    assert rows.update(signed_by=desk.municipal(2), document_no=NUMBER) == 1


def test_a_version_is_signed_once_and_not_after_its_time(desk: Desk, db: None) -> None:
    version = drafted(desk)
    with pytest.raises(Refused) as refused:
        services.sign(version.pk, document_no=NUMBER, by=desk.municipal(2), at=FROM + timedelta(seconds=1))
    assert refused.value.code == "state"
    services.sign(version.pk, document_no=NUMBER, by=desk.municipal(2), at=AT)
    with pytest.raises(Refused) as refused:
        services.sign(version.pk, document_no=NUMBER, by=desk.municipal(3), at=AT)
    assert refused.value.code == "state"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"no_such_parameter": 1}, "changes.no_such_parameter"),
        ({"cap_s_nev": "22000.005"}, "changes.cap_s_nev"),
        ({"rate_s_nev": 120}, "changes.rate_s_nev"),
        ({"app_close_before": "tomorrow"}, "changes.app_close_before"),
        ({}, "changes"),
    ],
)
def test_a_change_that_cannot_be_is_named(desk: Desk, db: None, changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InputError) as caught:
        services.draft("2026-2", changes, effective_from=FROM, by=desk.municipal(1), at=AT)
    assert list(caught.value.fields) == [path]
    assert not PolicyVersion.objects.exists()


def test_a_code_is_used_once(desk: Desk, db: None) -> None:
    drafted(desk)
    with pytest.raises(Refused) as refused:
        drafted(desk)
    assert refused.value.code == "duplicate"


def test_only_municipal_approvers_draft_and_sign(desk: Desk, db: None) -> None:
    for role in ("district_reviewer", "fund_officer", "system_admin", "auditor"):
        with pytest.raises(Refused) as refused:
            services.draft("2026-2", {"cap_s_nev": "1.00"}, effective_from=FROM, by=desk.holder(role), at=AT)
        assert refused.value.code == "permission"
    version = drafted(desk)
    with pytest.raises(Refused) as refused:
        services.sign(version.pk, document_no=NUMBER, by=desk.holder("fund_officer"), at=AT)
    assert refused.value.code == "permission"


def test_both_signatures_are_in_the_trail(desk: Desk, db: None) -> None:
    version = drafted(desk)
    services.sign(version.pk, document_no=NUMBER, by=desk.municipal(2), at=AT)
    events = list(Event.objects.filter(object_type="policy_version").order_by("id").values_list("verb", "actor"))
    assert events == [
        ("policy.drafted", desk.municipal(1).actor),
        ("policy.signed", desk.municipal(2).actor),
    ]
