"""From stories to applications: what is filed, with its evidence drawn and judged before anything is stored."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from applications.vehicles.dossier import SCRAPPAGE
from console.demonstration import pictures
from console.demonstration.dossiers import Author, Filing
from console.demonstration.moments import Window
from console.demonstration.problems import PROBLEMS
from console.demonstration.stories import Story
from documents.services import Admitted, admit

# Kind, page, sharp or not.
Sheet = tuple[str, int, bool]
# Every so many applications of a long or otherwise demanding name.
_SPECIAL_EVERY = 23


@dataclass(slots=True)
class Written:
    """A story with its application, the moment of filing, and its evidence, judged."""

    story: Story
    filing: Filing
    filed_at: datetime
    evidence: dict[Sheet, Admitted] = field(default_factory=dict)


def write(stories: Iterable[Story], window: Window, random: Random) -> list[Written]:
    """Every story's application, nothing stored yet."""
    author = Author(random)
    written: list[Written] = []
    for number, story in enumerate(stories):
        known = PROBLEMS[story.scheme].get(story.problem, PROBLEMS[story.scheme]["clean"])
        name = known.name or (author.special_name() if number % _SPECIAL_EVERY == 4 else None)
        at = window.at(story.age)
        filing = author.write(story.scheme, story.district, at.date(), old=known.old, model=known.model, name=name)
        known.change(filing)
        if story.problem == "reused_vin":
            _reuse_old_vin(filing, written)
        written.append(Written(story, filing, at))
    return written


def draw(written: list[Written], random: Random) -> None:
    """Draw and judge the evidence: own pages for the chosen stories, one specimen of each page for all others.

    The judge is a process of its own, so drawing and judging go on side by side.
    """
    day = written[0].filed_at.date()
    author = Author(random)
    specimens = {scheme: author.write(scheme, "chaoyang", day, name="演示样张") for scheme in PROBLEMS}
    shared: dict[tuple[str, Sheet], Admitted] = {}
    with ThreadPoolExecutor(max_workers=3) as pool:
        own = {
            (number, sheet): pool.submit(_judged, row.filing, sheet)
            for number, row in enumerate(written)
            if row.story.own_pictures
            for sheet in _sheets(row)
        }
        needed = {(row.story.scheme, sheet) for row in written if not row.story.own_pictures for sheet in _sheets(row)}
        drawn = {key: pool.submit(_judged, specimens[key[0]], key[1]) for key in sorted(needed)}
        shared = {key: done.result() for key, done in drawn.items()}
        for number, row in enumerate(written):
            for sheet in _sheets(row):
                row.evidence[sheet] = (
                    own[number, sheet].result() if row.story.own_pictures else shared[row.story.scheme, sheet]
                )


def _judged(filing: Filing, sheet: Sheet) -> Admitted:
    kind, page, sharp = sheet
    return admit(pictures.page(filing, kind, page, blurred=not sharp))


def _sheets(row: Written) -> list[Sheet]:
    """The pages an application comes with; one that is corrected later also has the sharp page for it."""
    wanted: list[Sheet] = [(page["type"], page["page"], page["legible"]) for page in row.filing.filed["documents"]]
    if row.story.life.endswith("corrected"):
        wanted += [(kind, page, True) for kind, page, sharp in wanted if not sharp]
        cured = row.filing.cure.get("documents", [])
        known = {(kind, page) for kind, page, _ in wanted}
        wanted += [(page["type"], page["page"], True) for page in cured if (page["type"], page["page"]) not in known]
    return wanted


def _reuse_old_vin(filing: Filing, written: list[Written]) -> None:
    """The old car of an application that was filed earlier, once more."""
    at = max((row for row in written if row.story.scheme == SCRAPPAGE), key=lambda row: row.story.age)
    vin = at.filing.filed["old_vehicle"]["vin"]
    for section in ("old_vehicle", "recycling_certificate", "deregistration"):
        filing.filed[section]["vin"] = vin
