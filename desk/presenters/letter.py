"""The letter to the applicant, composed from the reasons of a decision (previewed before it is signed)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from policy.clock import local

_NUMERALS = "一二三四五六七八九十"
_CITED = re.compile(r"（《[^（）]*》[^（）]*(?:\([^（）]*\)[^（）]*)*）。?$")
TITLES = {"return": "补正告知书", "reject": "不予补贴告知书"}


@dataclass(frozen=True, slots=True)
class Item:
    """One matter of the letter, with the sentence of the finding that brought it and its clause."""

    number: str
    title: str
    text: str
    clause: str


@dataclass(frozen=True, slots=True)
class Letter:
    """The text of a letter."""

    title: str
    to: str
    receipt_no: str
    opening: str
    items: tuple[Item, ...]
    comment: str
    closing: str
    body: str
    date: str


def day(at: datetime) -> str:
    """2026年3月16日, in Beijing time."""
    moment = local(at)
    return f"{moment.year}年{moment.month}月{moment.day}日"


def end_of_day(exclusive: datetime) -> str:
    """A deadline that ends with an exclusive midnight, in the words of the document: 2026年12月10日24时."""
    moment = local(exclusive)
    if (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        return f"{day(moment - timedelta(days=1))}24时"
    return f"{day(moment)}{moment:%H:%M}"


def compose(
    event: str,
    *,
    applicant: str,
    receipt_no: str,
    scheme_title: str,
    submitted_at: datetime,
    reasons: Sequence[Mapping[str, str]],
    sentences: Mapping[str, Sequence[str]],
    comment: str,
    correct_before: datetime,
    body: str,
    at: datetime,
) -> Letter:
    """A letter for `event` (return or reject). `sentences` maps a reason code to the findings' own sentences."""
    returning = event == "return"
    matter = "需补正以下事项" if returning else "因以下原因不予补贴"
    items = tuple(
        Item(
            number=_numeral(index),
            title=reason["title"],
            text="".join(dict.fromkeys(_plain(text) for text in sentences.get(reason["code"], ()))),
            clause=reason["clause"],
        )
        for index, reason in enumerate(reasons, start=1)
    )
    closing = (
        f"请于{end_of_day(correct_before)}前补正；逾期未补正的，不予补贴（《方案》二(三)1、三(三)1）。"
        if returning
        else "如有异议，可以依法申请行政复议或者提起行政诉讼。"
    )
    return Letter(
        title=TITLES[event],
        to=applicant,
        receipt_no=receipt_no,
        opening=f"您于{day(submitted_at)}提交的{scheme_title}补贴申请，经审核，{matter}：",
        items=items,
        comment=comment.strip(),
        closing=closing,
        body=body,
        date=day(at),
    )


def _plain(sentence: str) -> str:
    """A finding's sentence without its closing citation: the item cites its clause itself."""
    return _CITED.sub("。", sentence)


def _numeral(index: int) -> str:
    return _NUMERALS[index - 1] if index <= len(_NUMERALS) else str(index)
