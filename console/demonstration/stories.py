"""What becomes of each demonstration application: a table of stories, told in office days.

朝阳 comes first and has every kind of case in both schemes; the other sixteen districts share out the rest. More than
six in ten applications are in order, as in a real queue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from random import Random

from applications.vehicles.dossier import DISTRICTS, REPLACEMENT, SCRAPPAGE

S, R = SCRAPPAGE, REPLACEMENT
CASES = 160
# Cases of 朝阳 whose evidence is drawn with their own values; all others share one specimen page a type.
OWN_PICTURES = 14

Step = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Story:
    """One application: where, what is wrong with it, what happens, filed how many office days ago."""

    district: str
    scheme: str
    problem: str
    life: str
    age: float
    own_pictures: bool = False


_ANSWERS: tuple[Step, ...] = ((0.15, "police"), (0.3, "tax"))
_READY: tuple[Step, ...] = (*_ANSWERS, (0.6, "assess_pass"))
_DOUBTED: tuple[Step, ...] = (*_ANSWERS, (0.6, "assess_fail"))
_TO_CITY: tuple[Step, ...] = (*_READY, (1.2, "pass_district"))
_CLEARED: tuple[Step, ...] = (*_READY, (1.0, "clear"), (1.2, "pass_district"))
_PROPOSED: tuple[Step, ...] = (*_DOUBTED, (1.3, "reject_district"))
_RETURNED: tuple[Step, ...] = (*_READY, (1.1, "return_district"))
_CITY_RETURNED: tuple[Step, ...] = (*_TO_CITY, (1.8, "return_municipal"))

# What happens after filing, each step so many office days later. `with_answers`: the channel has asked the
# authorities before it files, so that an incomplete application is returned at once.
LIVES: Mapping[str, tuple[Step, ...]] = {
    "filed": _ANSWERS,
    "ready": _READY,
    "doubted": _DOUBTED,
    "taken": (*_READY, (0.7, "take")),
    "recused": (*_READY, (0.7, "recuse")),
    "again": (*_READY, (0.9, "file_again")),
    "municipal": _TO_CITY,
    "approved": (*_TO_CITY, (2.0, "pass_municipal")),
    "cleared": _CLEARED,
    "approved_cleared": (*_CLEARED, (2.0, "pass_municipal")),
    "returned": _RETURNED,
    "returned_corrected": (*_RETURNED, (2.0, "correct")),
    "with_answers": (),
    "with_answers_corrected": ((1.0, "correct"), (1.5, "assess_pass")),
    "municipal_returned": _CITY_RETURNED,
    "municipal_returned_corrected": (*_CITY_RETURNED, (2.6, "correct")),
    "proposed": _PROPOSED,
    "rejected": (*_PROPOSED, (2.1, "reject_municipal")),
    "sent_back": (*_TO_CITY, (1.9, "back")),
    "withdrawn": (*_ANSWERS, (0.8, "withdraw")),
    "no_funds": (),
}

# Scheme, problem, life, age: the forty-five of 朝阳. Ages below 3 are in time, above are late in the first pass.
_CHAOYANG: tuple[tuple[str, str, str, float], ...] = (
    (S, "clean", "ready", 0.9),
    (R, "clean", "ready", 1.1),
    (S, "fuel", "ready", 1.3),
    (S, "tax_amount", "doubted", 2.2),
    (S, "clean", "taken", 1.0),
    (R, "clean", "ready", 1.6),
    (S, "capped", "ready", 1.8),
    (S, "clean", "ready", 2.3),
    (R, "clean", "ready", 2.5),
    (S, "police_silent", "filed", 3.4),
    (S, "old_nev", "ready", 2.7),
    (R, "passport", "ready", 2.9),
    (S, "old_nev_new_fuel", "ready", 1.5),
    (S, "displacement_2010", "ready", 2.1),
    (R, "first_day", "ready", 1.4),
    (S, "invoice_vin", "with_answers", 2.6),
    (R, "illegible", "with_answers", 2.0),
    (S, "clean", "ready", 3.3),
    (S, "clean", "ready", 4.1),
    (R, "tax_silent", "filed", 2.8),
    (S, "clean", "filed", 0.4),
    (R, "clean", "filed", 0.6),
    (S, "illegible_invoice", "with_answers_corrected", 3.0),
    (R, "clean", "ready", 3.6),
    (S, "special_class", "ready", 1.7),
    (R, "class_two", "with_answers", 3.8),
    (S, "clean", "municipal", 3.0),
    (R, "clean", "municipal", 4.5),
    (S, "fuel", "municipal", 6.0),
    (S, "unknown_scrapper", "cleared", 5.0),
    (S, "registered_late", "rejected", 9.0),
    (R, "held_with_gap", "proposed", 5.5),
    (R, "gift", "proposed", 3.9),
    (S, "clean", "approved", 8.0),
    (R, "clean", "approved", 10.0),
    (S, "capped", "approved", 13.0),
    (S, "fuel", "approved", 16.0),
    (R, "clean", "approved", 21.0),
    (S, "clean", "withdrawn", 7.0),
    (S, "clean", "again", 2.4),
    (R, "free_of_charge", "doubted", 1.9),
    (S, "reused_vin", "ready", 1.2),
    (S, "recycling_vin", "returned", 4.2),
    (R, "clean", "recused", 1.7),
    (S, "clean", "ready", 1.9),
)

# What the other districts meet beside applications in order, shared out in this order.
_TROUBLED: tuple[tuple[str, str, str, float], ...] = (
    (R, "illegible", "with_answers", 2.4),
    (S, "tax_amount", "ready", 2.4),
    (S, "spouse", "rejected", 11.0),
    (R, "elsewhere", "proposed", 4.0),
    (S, "illegible", "with_answers", 5.0),
    (R, "tax_date", "ready", 2.0),
    (S, "displacement_2010", "approved_cleared", 12.0),
    (R, "others_card", "returned", 4.4),
    (S, "clean", "sent_back", 4.6),
    (R, "clean", "municipal_returned", 5.2),
    (S, "clean", "no_funds", 15.0),
    (R, "clean", "no_funds", 15.0),
    (S, "displacement_2488", "rejected", 14.0),
    (R, "came_back", "proposed", 3.7),
    (S, "recycling_vin", "returned_corrected", 4.8),
    (R, "illegible_invoice", "with_answers_corrected", 3.2),
    (S, "clean", "municipal_returned_corrected", 6.2),
    (R, "new_fuel", "rejected", 18.0),
    (S, "police_differs", "ready", 1.6),
    (R, "sold_on", "cleared", 5.8),
    (S, "hybrid", "cleared", 4.3),
    (R, "unlisted_model", "doubted", 2.6),
    (S, "new_owner", "proposed", 3.5),
    (R, "clean", "withdrawn", 9.0),
    (S, "tax_void", "returned", 6.6),
    (R, "bought_used", "ready", 1.3),
    (S, "missing_page", "with_answers_corrected", 5.4),
    (R, "missing_page", "with_answers", 7.2),
    (S, "exported", "rejected", 16.5),
    (R, "held_too_late", "rejected", 19.0),
    (S, "withdrawn_model", "ready", 2.2),
    (S, "police_silent", "filed", 4.9),
    (S, "expired_scrapper", "approved_cleared", 13.5),
    (R, "tax_silent", "filed", 0.8),
    (S, "held_with_gap", "proposed", 4.7),
)
# Six of a district's cases that are in order: scheme, problem, life, youngest and oldest age.
_ORDERLY: tuple[tuple[str, str, str, float, float], ...] = (
    (S, "clean", "ready", 0.8, 1.9),
    (R, "clean", "approved", 5.0, 22.0),
    (S, "fuel", "municipal", 2.0, 6.0),
    (R, "clean", "ready", 2.1, 2.9),
    (S, "clean", "approved", 7.0, 24.0),
)


def stories(random: Random) -> list[Story]:
    """All stories in their order of importance: whoever wants fewer takes the first ones."""
    own = [
        Story("chaoyang", scheme, problem, life, age, own_pictures=number < OWN_PICTURES)
        for number, (scheme, problem, life, age) in enumerate(_CHAOYANG)
    ]
    troubled = iter(_TROUBLED)
    others: list[Story] = []
    for district in cycle(_others()):
        missing = CASES - len(own) - len(others)
        if missing <= 0:
            return own + others
        others += _of_district(district, random, troubled)[:missing]
    return own + others


def _others() -> list[str]:
    """The other districts, 海淀 first and once more at the end, so that it has the most of them."""
    rest = [code for code in DISTRICTS if code not in ("chaoyang", "haidian")]
    return ["haidian", *rest]


def _of_district(district: str, random: Random, troubled: Iterator[tuple[str, str, str, float]]) -> list[Story]:
    orderly = [
        Story(district, scheme, problem, life, round(random.uniform(youngest, oldest), 2))
        for scheme, problem, life, youngest, oldest in _ORDERLY
    ]
    first, second = next(troubled, None), next(troubled, None)
    found = [Story(district, *row) for row in (first, second) if row is not None]
    return [*orderly[:3], *found[:1], *orderly[3:], *found[1:]]
