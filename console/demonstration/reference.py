"""The reference tables of the demonstration, taken in through the same import that staff use."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime

from console.demonstration import names
from console.demonstration.accounts import ACTOR
from regulation import services as regulation


def load(*, at: datetime) -> None:
    """Import the catalogue of new-energy models and the list of scrapping enterprises."""
    models = [*names.NEV_MODELS, names.WITHDRAWN_MODEL]
    catalogue = [
        (model.code, f"第{number}批", _day(model.included_on), _day(model.withdrawn_on))
        for number, model in enumerate(models, start=71)
    ]
    header = ("车型型号", "批次", "列入日期", "撤销日期")
    regulation.import_table("nev-models", _sheet(header, catalogue), by=ACTOR, at=at)
    enterprises = [
        (row.name, row.uscc, row.region, _day(row.qualified_from), _day(row.qualified_to))
        for row in (*names.SCRAPPERS, names.EXPIRED_SCRAPPER)
    ]
    header_of_enterprises = ("企业名称", "统一社会信用代码", "地区", "资质起始日期", "资质截止日期")
    regulation.import_table("scrap-enterprises", _sheet(header_of_enterprises, enterprises), by=ACTOR, at=at)


def _sheet(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
