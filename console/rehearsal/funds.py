"""The verbs on money, parameters and jobs, and `show`."""

from __future__ import annotations

from typing import Any

from applications.vehicles.dossier import SCHEMES
from console.rehearsal import cases
from console.rehearsal.lines import Line, moment, take
from console.rehearsal.player import START_FEN, Player, verb
from ledger import services as ledger
from ledger.selectors import pools
from nightly import services as nightly
from policy.clock import local
from policy.errors import InputError, Refused
from policy.money import format_yuan, parse_yuan
from regulation import selectors as regulation


def code_of(name: str) -> str:
    """The code of the pool a line means: the code itself, or a scheme or word that begins like it ("vehicles")."""
    stem = name.split("-")[0].rstrip("s")
    codes = [pool.code for pool in pools()]
    matches = [code for code in codes if code == name] or [
        code for code in codes if stem and code.split("-")[0].rstrip("s") == stem
    ]
    if not matches:
        raise Refused("not_found", f"没有编号为 {name} 的资金池。")
    return matches[0]


def balance(code: str) -> dict[str, Any]:
    """A pool's counters as yuan strings."""
    pool = ledger.pool(code)
    return {
        "pool": pool.code,
        "state": "CLOSED" if pool.closed_at else "OPEN",
        "total": format_yuan(pool.total_fen),
        "reserved": format_yuan(pool.reserved_fen),
        "committed": format_yuan(pool.committed_fen),
        "paid": format_yuan(pool.paid_fen),
        "left": format_yuan(pool.left_fen),
    }


@verb("pool.allot")
def allot(player: Player, line: Line) -> dict[str, Any]:
    """Allot money. The first positive allotment takes the place of the placeholder a rehearsal starts with.

    Later ones add; a negative amount takes back.
    """
    arguments = take(line.arguments, {"pool": str, "amount": str}, {"document_no": str})
    code = code_of(arguments["pool"])
    amount = _signed_fen(arguments["amount"])
    if amount >= 0 and code in player.untouched_pools:
        amount -= START_FEN
    player.untouched_pools.discard(code)
    number = arguments["document_no"] or ""
    player.allotments += 1
    key = f"rehearsal:{code}:{player.allotments}"
    ledger.allot(code, amount, key=key, at=line.at, actor="system:rehearsal", document_no=number)
    return balance(code)


@verb("pool.close")
def close(player: Player, line: Line) -> dict[str, Any]:
    """The closing order, effective at once or at `effective_at`."""
    arguments = take(line.arguments, {"pool": str}, {"effective_at": str, "document_no": str})
    code = code_of(arguments["pool"])
    effective = moment(arguments["effective_at"], "effective_at") if arguments["effective_at"] else line.at
    ledger.close(code, document_no=arguments["document_no"] or "rehearsal", effective_at=effective, at=line.at)
    return balance(code)


@verb("parameter.draft")
def draft(player: Player, line: Line) -> dict[str, Any]:
    """From here on this rehearsal judges by the value."""
    scheme, code, value = (line.arguments.get(name) for name in ("scheme", "code", "value"))
    unknown = set(line.arguments) - {"scheme", "code", "value"}
    if unknown:
        raise InputError({name: ["未知字段"] for name in sorted(unknown)})
    if scheme not in SCHEMES:
        raise InputError.of("scheme", "应为：" + "、".join(SCHEMES))
    if not isinstance(code, str):
        raise InputError.of("code", "缺少")
    regulation.draft(scheme, code, value)
    written = regulation.parameters(scheme, line.at).parameter(code).written
    return {"scheme": scheme, "code": code, "value": written}


@verb("job.run")
def run_job(player: Player, line: Line) -> dict[str, Any]:
    """Run a job for the business date of `at`."""
    arguments = take(line.arguments, {"job": str}, {"date": str})
    ran = nightly.run(arguments["job"], local(line.at).date(), at=line.at, actor="system:rehearsal")
    return {"job": ran.job, "date": ran.business_date.isoformat(), "repeated": not ran.fresh, "counts": ran.counts}


@verb("show")
def show(player: Player, line: Line) -> dict[str, Any]:
    """The state of a case or pool now."""
    if "case" in line.arguments:
        return cases.show(cases.case_of(player, take(line.arguments, {"case": str})["case"]))
    if "pool" in line.arguments:
        return balance(code_of(take(line.arguments, {"pool": str})["pool"]))
    raise InputError.of("", "show 需要 case 或 pool")


def _signed_fen(text: str) -> int:
    try:
        return -parse_yuan(text[1:]) if text.startswith("-") else parse_yuan(text)
    except ValueError:
        raise InputError.of("amount", "应为以元为单位、最多两位小数的金额") from None
