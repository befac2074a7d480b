"""The verbs on cases: what applicants, reviewers, the third party and authorities do."""

from __future__ import annotations

from typing import Any

from applications.vehicles import services as vehicles
from applications.vehicles.dossier import SCHEMES, parse_facts
from applications.vehicles.facts import ANSWERED, REFERENCE
from console.rehearsal.lines import Line, take
from console.rehearsal.player import Player, verb
from ledger import services as ledger
from policy.errors import InputError, Refused
from policy.finding import Finding
from policy.money import format_yuan, parse_yuan
from review import services as review
from review.models import Case
from review.schemes import reviewed
from review.services.decisions import suggested

# A rehearsal may leave the reasons out (contract §3); where the findings bring none either, these stand in.
_STAND_IN = {
    ("vehicle-scrappage", "return"): "V22",
    ("vehicle-replacement", "return"): "V23",
    ("vehicle-scrappage", "reject"): "V27",
    ("vehicle-replacement", "reject"): "V27",
}


def case_of(player: Player, reference: str) -> Case:
    """The case a line means: by a name given with `as`, or by receipt number. Refused where there is none."""
    case = Case.objects.filter(receipt_no=player.named(reference, "case")).first()
    if case is None:
        raise Refused("not_found", "没有这件申请。")
    return case


def state_of(case: Case) -> dict[str, Any]:
    """What most verbs give: the case and its state."""
    case.refresh_from_db()
    return {"case": case.receipt_no, "state": case.state}


def judged(case: Case) -> dict[str, Any]:
    """State, findings and amount as they stand."""
    found = state_of(case)
    latest = case.evaluations.order_by("-seq")[0]
    found["outcome"] = case.outcome
    found["findings"] = [Finding.from_record(record).as_contract() for record in latest.findings]
    found["amount"] = _yuan(case.amount_fen)
    return found


@verb("case.submit")
def submit(player: Player, line: Line) -> dict[str, Any]:
    """File a whole dossier; its authorities' facts are taken as their answers, `at` as the receipt time."""
    raw = dict(take(line.arguments, {"dossier": dict})["dossier"])
    if raw.get("scheme") not in SCHEMES:
        raise InputError.of("dossier.scheme", "应为：" + "、".join(SCHEMES))
    facts = raw.pop("facts", None) or {}
    raw.pop("submitted_at", None)
    raw["correction_submitted_at"] = None
    try:
        parse_facts(facts, scheme=raw["scheme"])
        answers = {name: facts[name] for name in (*ANSWERED, *REFERENCE) if name in facts}
        submission = vehicles.submit(raw, at=line.at, actor=f"channel:{raw.get('channel')}", answers=answers)
    except InputError as error:
        raise error.under("dossier") from None
    return judged(submission.case)


@verb("case.correct")
def correct(player: Player, line: Line) -> dict[str, Any]:
    """The applicant's correction: {dotted path: value}."""
    arguments = take(line.arguments, {"case": str, "changes": dict})
    case = case_of(player, arguments["case"])
    vehicles.correct(case.pk, arguments["changes"], at=line.at, actor="applicant")
    return judged(case)


@verb("case.withdraw")
def withdraw(player: Player, line: Line) -> dict[str, Any]:
    """The applicant takes the application back."""
    arguments = take(line.arguments, {"case": str}, {"reason": str})
    case = case_of(player, arguments["case"])
    vehicles.withdraw(case.pk, at=line.at, actor="applicant", reason=arguments["reason"] or "")
    return state_of(case)


@verb("case.take")
def take_case(player: Player, line: Line) -> dict[str, Any]:
    """Claim the case."""
    arguments = take(line.arguments, {"case": str, "by": str})
    case = case_of(player, arguments["case"])
    review.take(case.pk, by=player.staff.by(arguments["by"], line.at), at=line.at)
    return state_of(case)


def _decision(event: str) -> None:
    def play(player: Player, line: Line) -> dict[str, Any]:
        arguments = take(
            line.arguments, {"case": str, "by": str}, {"reasons": list, "comment": str, "amount": str, "second": str}
        )
        case = case_of(player, arguments["case"])
        if arguments["amount"] is not None and _fen(arguments["amount"]) != case.amount_fen:
            raise Refused("state", "补贴金额由系统核算，不能填写其他金额。")
        codes = [str(code) for code in arguments["reasons"] or ()]
        comment = arguments["comment"] or ""
        if event in ("return", "reject") and not codes and not comment:
            codes = _reasons(case, event)
        by = player.staff.by(arguments["by"], line.at)
        review.decide(case.pk, event, by=by, at=line.at, reasons=codes, comment=comment)
        return state_of(case)

    verb(f"case.{event}")(play)


for _event in ("pass", "return", "reject", "back", "recuse"):
    _decision(_event)


@verb("case.assess")
def assess(player: Player, line: Line) -> dict[str, Any]:
    """The third party's opinion."""
    arguments = take(line.arguments, {"case": str, "by": str, "opinion": str}, {"comment": str})
    case = case_of(player, arguments["case"])
    by = player.staff.by(arguments["by"], line.at)
    review.assess(case.pk, opinion=arguments["opinion"], by=by, at=line.at, comment=arguments["comment"] or "")
    return judged(case)


@verb("case.clear")
def clear(player: Player, line: Line) -> dict[str, Any]:
    """A person settles a manual finding."""
    arguments = take(line.arguments, {"case": str, "by": str, "rule": str, "result": str}, {"comment": str})
    case = case_of(player, arguments["case"])
    review.clear(
        case.pk,
        rule=arguments["rule"],
        result=arguments["result"],
        comment=arguments["comment"] or "",
        by=player.staff.by(arguments["by"], line.at),
        at=line.at,
    )
    return state_of(case)


@verb("facts.answer")
def answer(player: Player, line: Line) -> dict[str, Any]:
    """An authority answers; the case is judged again."""
    arguments = take(line.arguments, {"case": str, "kind": str, "values": dict})
    case = case_of(player, arguments["case"])
    vehicles.answer(case.pk, arguments["kind"], arguments["values"], at=line.at, actor=f"channel:{arguments['kind']}")
    return judged(case)


def show(case: Case) -> dict[str, Any]:
    """What `show` says of a case."""
    held = ledger.held(case.pk)
    return {
        **judged(case),
        "round": case.round,
        "version": case.version,
        "opinion": case.opinion or None,
        "held": format_yuan(held),
        "due_at": case.due_at.isoformat() if case.due_at else None,
    }


def _reasons(case: Case, event: str) -> list[str]:
    findings = list(case.evaluations.order_by("-seq")[0].findings)
    if suggested(case, event, findings):
        return []
    code = _STAND_IN[(case.scheme, event)]
    return [code] if code in reviewed(case.scheme).reason_codes else []


def _fen(text: str) -> int:
    try:
        return parse_yuan(text)
    except ValueError:
        raise InputError.of("amount", "应为以元为单位、最多两位小数的金额") from None


def _yuan(fen: int | None) -> str | None:
    return None if fen is None else format_yuan(fen)
