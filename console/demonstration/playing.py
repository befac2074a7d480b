"""Play the stories through the portal's own services, all of them in the order of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from applications.vehicles import services as vehicles
from console.demonstration.accounts import ACTOR, APPROVERS
from console.demonstration.moments import Window
from console.demonstration.stories import LIVES
from console.demonstration.writing import Sheet, Written
from documents import services as documents
from ledger import services as ledger
from policy import clock
from policy.errors import Refused
from policy.money import parse_yuan
from review import services as review
from review.models import Evaluation
from staff.models import User

POOL = "vehicles-2026"
TOTAL = "300000000.00"
# What is left in the pool for one evening, so that two applications find none (contract §3, CLOSED_NO_FUNDS).
_REMNANT = "2000.00"
_EVENING_HOUR = 20
_COMMENTS = {
    "assess_pass": ("材料齐全，证件、发票、登记信息相互一致。", "已逐页核对，建议通过。", "核对无误。"),
    "assess_fail": ("材料之间存在不一致，建议区级进一步核查。", "核验结果与申报不符，建议不予通过。"),
    "clear": ("已与有关部门电话核实，情况属实，予以认可。", "调阅原始凭证核对，差异已说明，可以通过。"),
    "return": ("请按列明的事项补正后重新提交。",),
    "back": ("请区级补充核对旧车登记历史后再报。",),
    "withdraw": ("申请人改为申报其他补贴。",),
    "recuse": ("与申请人有亲属关系，申请回避。",),
}


@dataclass(slots=True)
class _Step:
    at: datetime
    order: int
    verb: str
    row: Written
    number: int


class Player:
    """Plays written applications; `users` are the demonstration accounts by login."""

    def __init__(self, window: Window, users: Mapping[str, User], random: Random) -> None:
        self._window = window
        self._users = users
        self._random = random
        self._cases: dict[int, int] = {}
        self._reviewers = _reviewers(users)
        self._auditors = [user for login, user in sorted(users.items()) if login.startswith("SF-")]
        self._approvers = [user for login, user in sorted(users.items()) if login in APPROVERS]

    def play(self, written: list[Written]) -> None:
        """All steps of all stories in the order of time; the clock stands at each step's moment."""
        for step in sorted(self._steps(written), key=lambda step: (step.at, step.order)):
            with clock.frozen(step.at):
                getattr(self, f"_{step.verb}")(step.row, step.number, step.at)

    def _steps(self, written: list[Written]) -> list[_Step]:
        order = count()
        steps: list[_Step] = []
        for number, row in enumerate(written):
            filed_at = self._no_funds_evening() if row.story.life == "no_funds" else row.filed_at
            steps.append(_Step(filed_at, next(order), "file", row, number))
            if row.story.life != "no_funds":
                steps.append(_Step(filed_at, next(order), "upload", row, number))
            for offset, verb in LIVES[row.story.life]:
                at = self._window.at(max(row.story.age - offset, 0.0))
                # Whatever the scale of the window, a step never comes before the one it follows.
                at = max(at, steps[-1].at)
                if verb == "take":
                    at = max(self._window.end - timedelta(minutes=6), steps[-1].at)
                steps.append(_Step(at, next(order), verb, row, number))
        return steps

    def _no_funds_evening(self) -> datetime:
        """An evening half-way through, when nothing else happens."""
        return self._window.at(15.0).replace(hour=_EVENING_HOUR, minute=5, second=0, microsecond=0)

    # -- The applicant ------------------------------------------------------------------------------------------

    def _file(self, row: Written, number: int, at: datetime) -> None:
        answers = None
        if row.story.life.startswith("with_answers"):
            answers = {**(row.filing.police or {}), "tax": row.filing.tax}
        if row.story.life == "no_funds":
            self._without_money(row, number, at)
            return
        submission = vehicles.submit(row.filing.filed, at=at, actor=self._channel(row), answers=answers)
        self._cases[number] = submission.case.pk

    def _without_money(self, row: Written, number: int, at: datetime) -> None:
        """Filed on the evening when the first allotment is used up; the next morning there is money again."""
        left = ledger.pool(POOL).left_fen - parse_yuan(_REMNANT)
        taken = f"demo:adjust:{number}"
        ledger.allot(POOL, -left, key=f"{taken}:out", at=at, actor=ACTOR, document_no="京财经建〔2026〕演示118号")
        submission = vehicles.submit(row.filing.filed, at=at, actor=self._channel(row))
        self._cases[number] = submission.case.pk
        later = at + timedelta(hours=13)
        with clock.frozen(later):
            ledger.allot(POOL, left, key=f"{taken}:in", at=later, actor=ACTOR, document_no="京财经建〔2026〕演示121号")

    def _upload(self, row: Written, number: int, at: datetime) -> None:
        """The pages that came with the filing, with the claims that were filed."""
        for page in row.filing.filed["documents"]:
            self._attach(row, number, (page["type"], page["page"], page["legible"]), at)
        if row.story.own_pictures:
            vehicles.documents_changed(self._cases[number], at=at, actor=self._channel(row))

    def _correct(self, row: Written, number: int, at: datetime) -> None:
        held = {(page["type"], page["page"], page["legible"]) for page in row.filing.filed["documents"]}
        for sheet in row.evidence:
            if sheet not in held:
                self._attach(row, number, sheet, at)
        changes = row.filing.cure or {"applicant.phone": row.filing.filed["applicant"]["phone"]}
        vehicles.correct(self._cases[number], changes, at=at, actor="applicant")

    def _withdraw(self, row: Written, number: int, at: datetime) -> None:
        vehicles.withdraw(self._cases[number], at=at, actor="applicant", reason=self._comment("withdraw"))

    def _file_again(self, row: Written, number: int, at: datetime) -> None:
        """A second application of the same person: refused by V-C-03, only the attempt stays."""
        again = dict(row.filing.filed)
        again["external_no"] = f"{again['external_no']}2"
        try:
            vehicles.submit(again, at=at, actor=self._channel(row))
        except Refused as refused:
            if refused.rule != "V-C-03":
                raise

    def _attach(self, row: Written, number: int, sheet: Sheet, at: datetime) -> None:
        kind, page, sharp = sheet
        documents.attach(
            row.evidence[sheet],
            case_ref=self._cases[number],
            doc_type=kind,
            page=page,
            at=at,
            actor=self._channel(row),
            legible=sharp,
            original=True,
        )

    # -- Authorities and third party ----------------------------------------------------------------------------

    def _police(self, row: Written, number: int, at: datetime) -> None:
        self._answer(number, "police", row.filing.police, at)

    def _tax(self, row: Written, number: int, at: datetime) -> None:
        self._answer(number, "tax", row.filing.tax, at)

    def _answer(self, number: int, kind: str, values: dict[str, Any] | None, at: datetime) -> None:
        if values is not None:
            vehicles.answer(self._cases[number], kind, values, at=at, actor=f"channel:{kind}")

    def _assess_pass(self, row: Written, number: int, at: datetime) -> None:
        self._assess("pass", number, at)

    def _assess_fail(self, row: Written, number: int, at: datetime) -> None:
        self._assess("fail", number, at)

    def _assess(self, opinion: str, number: int, at: datetime) -> None:
        by = self._auditors[number % len(self._auditors)]
        review.assess(self._cases[number], opinion=opinion, by=by, at=at, comment=self._comment(f"assess_{opinion}"))

    # -- Staff --------------------------------------------------------------------------------------------------

    def _take(self, row: Written, number: int, at: datetime) -> None:
        review.take(self._cases[number], by=self._reviewers[row.story.district][-1], at=at)

    def _recuse(self, row: Written, number: int, at: datetime) -> None:
        by = self._reviewers[row.story.district][-1]
        review.decide(self._cases[number], "recuse", by=by, at=at, comment=self._comment("recuse"))

    def _clear(self, row: Written, number: int, at: datetime) -> None:
        """Settle every manual finding with a reason."""
        by = self._district(row, number)
        for rule in _manual_rules(self._cases[number]):
            review.clear(self._cases[number], rule=rule, result="pass", comment=self._comment("clear"), by=by, at=at)

    def _pass_district(self, row: Written, number: int, at: datetime) -> None:
        self._decide("pass", self._district(row, number), number, at)

    def _return_district(self, row: Written, number: int, at: datetime) -> None:
        self._decide("return", self._district(row, number), number, at, comment=self._comment("return"))

    def _reject_district(self, row: Written, number: int, at: datetime) -> None:
        self._decide("reject", self._district(row, number), number, at)

    def _pass_municipal(self, row: Written, number: int, at: datetime) -> None:
        self._decide("pass", self._approver(number), number, at)

    def _return_municipal(self, row: Written, number: int, at: datetime) -> None:
        comment = "银行卡照片账号后四位被遮挡，请重新提交。"
        self._decide("return", self._approver(number), number, at, reasons=("V24",), comment=comment)

    def _reject_municipal(self, row: Written, number: int, at: datetime) -> None:
        self._decide("reject", self._approver(number), number, at)

    def _back(self, row: Written, number: int, at: datetime) -> None:
        self._decide("back", self._approver(number), number, at, comment=self._comment("back"))

    def _decide(
        self, event: str, by: User, number: int, at: datetime, *, reasons: tuple[str, ...] = (), comment: str = ""
    ) -> None:
        review.take(self._cases[number], by=by, at=at)
        review.decide(self._cases[number], event, by=by, at=at, reasons=reasons, comment=comment)

    def _district(self, row: Written, number: int) -> User:
        return self._reviewers[row.story.district][number % len(self._reviewers[row.story.district])]

    def _approver(self, number: int) -> User:
        return self._approvers[number % len(self._approvers)]

    def _comment(self, kind: str) -> str:
        return self._random.choice(_COMMENTS[kind])

    @staticmethod
    def _channel(row: Written) -> str:
        """The machine channel through which it came, as the trail names it."""
        return "channel:national" if row.story.scheme == "vehicle-scrappage" else "channel:city"


def _manual_rules(case_id: int) -> list[str]:
    """The rules whose finding in force asks for a person."""
    latest = Evaluation.objects.filter(case_id=case_id).order_by("-seq")[0]
    return [record["rule"] for record in latest.findings if record["outcome"] == "manual"]


def _reviewers(users: Mapping[str, User]) -> dict[str, list[User]]:
    """The reviewers of each district, by login."""
    found: dict[str, list[User]] = {}
    for _, user in sorted(users.items()):
        if user.organisation.kind == "district":
            found.setdefault(user.organisation.code, []).append(user)
    return found
