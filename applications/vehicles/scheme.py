"""The two vehicle schemes as `policy` knows them: read a dossier, judge it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from applications.vehicles import cases
from applications.vehicles import dossier as dossiers
from applications.vehicles.dossier import REPLACEMENT, SCRAPPAGE, Dossier
from applications.vehicles.rules import BASELINE, computed_amount
from policy.parameters import ParameterSet
from policy.reading import Section
from policy.registry import check_rules
from policy.scheme import Result, conclude, judge_all, register


class VehicleScheme:
    """Scrappage (报废更新) or replacement (置换更新)."""

    def __init__(self, code: str, title: str) -> None:
        self.code = code
        self.title = title
        self._rules = tuple(check_rules(code))

    @property
    def baseline(self) -> ParameterSet:
        """The baseline policy version of `rules/parameters.yaml`."""
        return BASELINE

    @property
    def section(self) -> Section:
        """The declaration of the whole dossier: columns of spreadsheets, labels, JSON schema."""
        return dossiers.section_for(self.code)

    @property
    def filed_section(self) -> Section:
        """The declaration of what is filed: without facts, as channels send it and the desk imports it."""
        return dossiers.section_for(self.code, filed=True)

    def parse(self, raw: Any, *, at: datetime, filed: bool = False) -> Dossier:
        """The dossier in decoded JSON; `filed` = as channels send it, without facts. Raises InputError."""
        return dossiers.parse(raw, scheme=self.code, at=at, filed=filed)

    def evaluate(self, dossier: Dossier, params: ParameterSet) -> Result:
        """Every rule that applies, each one finding; the amount is there even when a person must still look."""
        return conclude(judge_all(self._rules, dossier, params), computed_amount(dossier, params))

    def case_counts(self) -> Mapping[str, int]:
        """How many worked cases of `rules/cases.yaml` each rule has in this scheme."""
        return cases.counts(self.code)


SCHEMES = (VehicleScheme(SCRAPPAGE, "汽车报废更新"), VehicleScheme(REPLACEMENT, "汽车置换更新"))
for _scheme in SCHEMES:
    register(_scheme)
