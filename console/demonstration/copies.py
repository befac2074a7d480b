"""Copies of sample applications as rows, a chunk at a time, written with COPY."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from django.db import connection, models

from applications.vehicles import content
from applications.vehicles.models import VehicleApplication
from applications.vehicles.rules.plan import stamp
from applications.vehicles.services.filing import labels, search_keys
from audit import services as trail
from console.demonstration import names, numbers
from console.demonstration.moments import Window
from console.demonstration.playing import POOL
from ledger.batches import Wanted, reserve_all
from people.crypto import lookup_digest
from people.fields import EncryptedField
from people.models import Person
from policy.clock import local
from policy.masking import mask_account, mask_id, mask_name, mask_phone
from policy.workdays import WorkCalendar
from review import states
from review.models import Case, CaseKey, Decision, Evaluation
from review.schemes import reviewed
from staff.models import User
from staff.roles import Role

_SPAN = 24.0
# Every so many cases one has passed the district and waits at the bureau.
_PASSED_EVERY = 5


class Clock:
    """Moments of filing with the deadlines that follow; few enough distinct ones to remember."""

    def __init__(self, window: Window, calendar: WorkCalendar) -> None:
        self._window = window
        self._calendar = calendar
        self._due: dict[tuple[datetime, int], datetime] = {}

    def filed(self, random: Random) -> datetime:
        """A minute of the window; about half of all in the last three days."""
        return self._window.at(_SPAN * random.random() ** 3).replace(second=0, microsecond=0)

    def due(self, at: datetime, days: int) -> datetime:
        """The deadline of a stage that began at `at`."""
        if (at, days) not in self._due:
            self._due[at, days] = self._calendar.due(at, days)
        return self._due[at, days]


@dataclass(frozen=True, slots=True)
class Sample:
    """A filed application as text in which every own value of it can be exchanged."""

    case: Case
    filed: str
    answers: str
    findings: str
    parameters: str
    policy_version: str
    own: dict[str, str]

    @classmethod
    def of(cls, case: Case, filed: dict[str, Any]) -> Sample:
        """The sample of a case that was just opened."""
        evaluation = Evaluation.objects.get(case=case, seq=1)
        application = VehicleApplication.objects.get(case=case)
        invoice, used = filed["invoice"], filed.get("used_car_invoice") or filed.get("recycling_certificate") or {}
        own = {
            "id": filed["applicant"]["id_number"],
            "person": filed["applicant"]["name"],
            "phone": filed["applicant"]["phone"],
            "card": filed["bank_account"]["number"],
            "old_vin": filed["old_vehicle"]["vin"],
            "new_vin": filed["new_vehicle"]["vin"],
            "invoice": invoice["number"],
            "paper": used["number"],
            "external": filed["external_no"],
        }
        return cls(
            case=case,
            filed=_json(application.filed),
            answers=_json(application.answers),
            findings=_json(evaluation.findings),
            parameters=_json(evaluation.parameters),
            policy_version=evaluation.policy_version,
            own=own,
        )

    def exchanged(self, new: dict[str, str], at: datetime) -> tuple[str, str, str]:
        """Filed content, answers and findings with the values of another application."""
        filed, answers, findings = self.filed, self.answers, self.findings
        for name, value in self.own.items():
            filed = filed.replace(value, new[name])
            answers = answers.replace(value, new[name])
            findings = findings.replace(value, new[name])
        for name, mask in (("id", mask_id), ("person", mask_name), ("phone", mask_phone), ("card", mask_account)):
            findings = findings.replace(mask(self.own[name]), mask(new[name]))
        return filed, answers, findings.replace(stamp(local(self.case.submitted_at)), stamp(local(at)))


class Chunk:
    """Some thousand applications on their way into the tables; belongs into one transaction."""

    def __init__(
        self, *, first: int, random: Random, samples: list[Sample], times: Clock, districts: list[str]
    ) -> None:
        self._first = first
        self._random = random
        self._samples = samples
        self._times = times
        self._districts = districts
        self._auditor = _holder(Role.THIRD_PARTY_AUDITOR)
        self._reviewers = {
            user.organisation.code: user
            for user in User.objects.filter(assignments__role=Role.DISTRICT_REVIEWER)
            .exclude(assignments__role=Role.MUNICIPAL_APPROVER)
            .select_related("organisation")
            .order_by("-login")
        }
        self._people: list[tuple[Any, ...]] = []
        self._cases: list[tuple[Any, ...]] = []
        self._applications: list[tuple[Any, ...]] = []
        self._keys: list[tuple[Any, ...]] = []
        self._evaluations: list[tuple[Any, ...]] = []
        self._decisions: list[tuple[Any, ...]] = []
        self._money: list[Wanted] = []
        self._events: list[trail.Entry] = []

    def write(self, size: int, *, at: datetime) -> None:
        """Build `size` applications and write them."""
        ids = [_ids(model, size) for model in (Person, Case, Evaluation)]
        receipts = _next("review_receipt_no", size)
        decisions = iter(_ids(Decision, 2 * (size // _PASSED_EVERY + 1)))
        for number, (person_id, case_id, evaluation_id, receipt) in enumerate(zip(*ids, receipts, strict=True)):
            self._add(self._first + number, person_id, case_id, evaluation_id, receipt, decisions)
        _copy(Person, _PERSON, self._people)
        _copy(Case, _CASE, self._cases)
        _copy(VehicleApplication, _APPLICATION, self._applications)
        _copy(CaseKey, _KEY, self._keys)
        _copy(Evaluation, _EVALUATION, self._evaluations)
        _copy(Decision, _DECISION, self._decisions)
        trail.record_many(self._events)
        reserve_all(POOL, self._money, at=at, actor="system:intake")

    def _add(
        self, number: int, person_id: int, case_id: int, evaluation_id: int, receipt: int, decisions: Iterable[int]
    ) -> None:
        random = self._random
        sample = self._samples[number % len(self._samples)]
        scheme, at = sample.case.scheme, self._times.filed(random)
        new = _own_values(number, scheme, at, random)
        filed_text, answers_text, findings = sample.exchanged(new, at)
        filed = json.loads(filed_text)
        district = filed["district"] = random.choice(self._districts)
        digest = content.digest(filed, content.pages(filed, None), sample.case.computed_fen)
        self._people.append(_person(person_id, new, at))
        receipt_no = f"{reviewed(scheme).prefix}-{at:%y%m%d}-{receipt:05d}"
        passed = number % _PASSED_EVERY == 0 and sample.case.outcome == "pass" and district in self._reviewers
        self._cases.append(self._case(case_id, receipt_no, district, person_id, digest, sample, filed, at, passed))
        self._applications.append(
            (
                case_id,
                _seal(VehicleApplication, "filed", filed),
                _seal(VehicleApplication, "answers", json.loads(answers_text)),
                new["old_vin"],
                new["new_vin"],
                new["invoice"],
                "",
            )
        )
        keys = {("number", str(receipt)), *search_keys(filed)}
        self._keys += [(case_id, kind, value) for kind, value in sorted(keys)]
        self._evaluations.append(
            (
                evaluation_id,
                case_id,
                1,
                at,
                "submit",
                sample.policy_version,
                sample.parameters,
                findings,
                sample.case.outcome,
                sample.case.amount_fen,
                sample.case.computed_fen,
                digest,
            )
        )
        self._tell(case_id, evaluation_id, receipt_no, digest, sample, at)
        if passed:
            self._sign(case_id, receipt_no, district, digest, sample, at, decisions)

    def _case(
        self,
        case_id: int,
        receipt_no: str,
        district: str,
        person_id: int,
        digest: str,
        sample: Sample,
        filed: dict[str, Any],
        at: datetime,
        passed: bool,
    ) -> tuple[Any, ...]:
        of = sample.case
        shown = labels(filed)
        state = states.MUNICIPAL_REVIEW if passed else states.DISTRICT_REVIEW
        days = reviewed(of.scheme).clock_days[states.STAGE_OF[state]]
        return (
            case_id,
            receipt_no,
            of.scheme,
            district,
            state,
            "",
            1,
            3 if passed else 1,
            digest,
            f"vehicles:{person_id}",
            person_id,
            of.outcome,
            _json(of.counts),
            of.open_manual,
            of.amount_fen,
            of.computed_fen,
            of.base_fen,
            shown["applicant_label"],
            shown["subject"],
            shown["channel"],
            shown["external_no"],
            "pass" if passed else "",
            at,
            at,
            at,
            at,
            self._times.due(at, days),
        )

    def _tell(
        self, case_id: int, evaluation_id: int, receipt_no: str, digest: str, sample: Sample, at: datetime
    ) -> None:
        """Trail and money of the filing, as the intake leaves them."""
        actor = "channel:national" if sample.case.scheme == "vehicle-scrappage" else "channel:city"
        data = {"state": states.DISTRICT_REVIEW, "outcome": sample.case.outcome}
        self._events += [
            trail.Entry(
                verb="case.submitted",
                actor=actor,
                at=at,
                object_type="case",
                object_id=receipt_no,
                after=digest,
                data=data,
            ),
            trail.Entry(
                verb="evaluation.frozen", actor=actor, at=at, object_type="evaluation", object_id=evaluation_id
            ),
        ]
        if sample.case.computed_fen:
            self._money.append(Wanted(case_id, sample.case.computed_fen, f"case:{case_id}:submit", at))

    def _sign(
        self,
        case_id: int,
        receipt_no: str,
        district: str,
        digest: str,
        sample: Sample,
        at: datetime,
        decisions: Iterable[int],
    ) -> None:
        """The third party's opinion and the district's pass."""
        signed = (
            (self._auditor, states.THIRD_PARTY, "assess", states.DISTRICT_REVIEW, "pass", "case.assessed"),
            (self._reviewers[district], states.DISTRICT, "pass", states.MUNICIPAL_REVIEW, "", "case.pass"),
        )
        for version, (by, stage, event, target, opinion, verb) in enumerate(signed, start=1):
            decision_id = next(iter(decisions))
            self._decisions.append(
                (
                    decision_id,
                    case_id,
                    1,
                    stage,
                    event,
                    states.DISTRICT_REVIEW,
                    target,
                    by.actor,
                    by.pk,
                    by.natural_person_id,
                    at,
                    "[]",
                    "",
                    opinion,
                    sample.case.amount_fen,
                    digest,
                    version,
                )
            )
            self._events += [
                trail.Entry(verb=verb, actor=by.actor, at=at, object_type="case", object_id=receipt_no, after=target),
                trail.Entry(
                    verb="decision.signed", actor=by.actor, at=at, object_type="decision", object_id=decision_id
                ),
            ]


_PERSON = "id id_type id_lookup name_lookup phone_lookup id_number name phone created_at updated_at"
_CASE = (
    "id receipt_no scheme district state returned_from round version content_digest exclusive_key person_id outcome"
    " counts open_manual amount_fen computed_fen base_fen applicant_label subject channel external_no opinion"
    " submitted_at complete_at queue_at stage_at due_at"
)
_APPLICATION = "case_id filed answers old_vin new_vin invoice_no imported_digest"
_KEY = "case_id kind value"
_EVALUATION = (
    "id case_id seq at cause policy_version parameters findings outcome amount_fen computed_fen content_digest"
)
_DECISION = (
    "id case_id round stage event from_state to_state actor by_id natural_person_id at reasons comment opinion"
    " amount_fen content_digest case_version"
)


def _own_values(number: int, scheme: str, at: datetime, random: Random) -> dict[str, str]:
    """Values of application `number` that no other has."""
    return {
        "id": numbers.numbered_resident_id(number),
        "person": names.person(random),
        "phone": numbers.mobile(random),
        "card": numbers.bank_account(random),
        "old_vin": numbers.vin(random, 2012, 2_000_000 + number),
        "new_vin": numbers.vin(random, 2026, 5_000_000 + number),
        "invoice": numbers.invoice_number(random, 2_000_000 + number),
        "paper": numbers.invoice_number(random, 5_000_000 + number),
        "external": f"{'QG' if scheme == 'vehicle-scrappage' else 'BJ'}{at:%Y%m%d}9{number:07d}",
    }


def _person(person_id: int, new: dict[str, str], at: datetime) -> tuple[Any, ...]:
    sealed = [_seal(Person, name, new[key]) for name, key in _SEALED]
    digests = [
        lookup_digest(kind, new[key]) for kind, key in (("id_number", "id"), ("name", "person"), ("phone", "phone"))
    ]
    return (person_id, "resident_id", *digests, *sealed, at, at)


_SEALED = (("id_number", "id"), ("name", "person"), ("phone", "phone"))


def _seal(model: type[models.Model], name: str, value: Any) -> bytes:
    """A value as its encrypted column holds it."""
    field = model._meta.get_field(name)
    assert isinstance(field, EncryptedField)
    return field.seal(value)


def _holder(role: str) -> User:
    """The first account that holds a role."""
    return User.objects.filter(assignments__role=role).order_by("login")[0]


def _ids(model: type[models.Model], count: int) -> list[int]:
    """So many fresh primary keys."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
        return _next(cursor.fetchone()[0], count)


def _next(sequence: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])
        return [row[0] for row in cursor.fetchall()]


def _copy(model: type[models.Model], columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows; columns that are not named are null or have a value of their own."""
    listed = ", ".join(f'"{name}"' for name in columns.split())
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({listed}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
