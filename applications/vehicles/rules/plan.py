"""The published plan these rules stand in, and what they share: schemes, missing documents, wording of bounds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path

from applications.vehicles.dossier import REPLACEMENT, SCHEMES, SCRAPPAGE, Dossier
from policy import registry
from policy.clause import Document
from policy.finding import Outcome, Shown, Verdict
from policy.money import grouped_yuan
from policy.parameters import ParameterSet, load_baseline

PLAN = Document(number="京商流通字〔2026〕2号", short="《方案》", title="《北京市2026年汽车以旧换新补贴实施方案》")
RULES = Path(__file__).parent
BASELINE = load_baseline(RULES / "parameters.yaml")

rule = partial(registry.rule, document=PLAN, schemes=SCHEMES)
scrappage_rule = partial(registry.rule, document=PLAN, schemes=(SCRAPPAGE,))
replacement_rule = partial(registry.rule, document=PLAN, schemes=(REPLACEMENT,))
process_rule = partial(registry.process_rule, document=PLAN, schemes=SCHEMES)

PASS, FLAG, RETURN, MANUAL, NOT_ACCEPTED, REJECT, BLOCK = Outcome
Inputs = dict[str, Shown]

# What staff and applicants call the documents in sentences.
RECYCLING_CERTIFICATE = "《报废机动车回收证明》"
DEREGISTRATION_CERTIFICATE = "《机动车注销证明》"
NEW_CAR_INVOICE = "《机动车销售统一发票》"
USED_CAR_INVOICE = "《二手车销售统一发票》"
TRANSFER = "旧车转让登记"


def with_missing(*outcomes: Outcome) -> dict[str, tuple[Outcome, ...]]:
    """The declared outcomes of a rule that needs a document: return or not_accepted beside its own."""
    return {SCRAPPAGE: (*outcomes, RETURN), REPLACEMENT: (*outcomes, NOT_ACCEPTED)}


def missing_outcome(dossier: Dossier) -> Outcome:
    """What a missing document means: 退回补正 in scrappage, 不予受理 in replacement (三(三)4)."""
    return NOT_ACCEPTED if dossier.scheme == REPLACEMENT else RETURN


def missing(dossier: Dossier, params: ParameterSet, *documents: str) -> Verdict:
    """The verdict of a rule that cannot judge because documents were not filed."""
    inputs = {f"missing_{n}": Shown(document, "未提交", "APP", True) for n, document in enumerate(documents, 1)}
    return Verdict(missing_outcome(dossier), missing_message(dossier, params, "、".join(documents)), inputs)


def missing_message(dossier: Dossier, params: ParameterSet, what: str) -> str:
    """The sentence for missing material, as each scheme puts it."""
    if dossier.scheme == REPLACEMENT:
        return f"缺少{what}，申报材料不齐全，不予受理（《方案》三(三)4）。"
    return f"缺少{what}，请于{until(params['corr_close_before'])}前补正（《方案》二(三)1、4）。"


@lru_cache(maxsize=256)
def cn_date(day: date) -> str:
    """2013年6月30日"""
    return f"{day.year}年{day.month}月{day.day}日"


@lru_cache(maxsize=256)
def cn_moment(at: datetime) -> str:
    """2026年2月9日10时; minutes and seconds only where they are not zero."""
    text = f"{cn_date(at.date())}{at.hour}时"
    if at.minute or at.second:
        text += f"{at.minute}分"
    return text + (f"{at.second}秒" if at.second else "")


@lru_cache(maxsize=256)
def until(bound: datetime) -> str:
    """An exclusive bound as people say it: midnight is 24时 of the day before."""
    if bound.hour or bound.minute or bound.second:
        return cn_moment(bound)
    return f"{cn_date((bound - timedelta(days=1)).date())}24时"


def stamp(at: datetime) -> str:
    """A moment for the desk, to the second, never rounded up past a bound."""
    return at.replace(tzinfo=None).isoformat(" ", "milliseconds" if at.microsecond else "seconds")


def yuan(fen: int) -> str:
    """158,000.00 元"""
    return f"{grouped_yuan(fen)} 元"


def ten_thousands(fen: int) -> str:
    """A cap as people say it: 2万元, 1.5万元; other amounts in full."""
    tenths, rest = divmod(fen, 100_000)
    if rest or not tenths:
        return yuan(fen)
    return f"{tenths // 10}万元" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}万元"


def litres(ml: int) -> str:
    """2.0升"""
    return f"{ml // 1000}.{ml % 1000 // 100}升"
