"""Reading vehicle dossiers: whole for `evaluate`, filed (no facts yet) for intake, facts alone for answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from applications.vehicles.dossier.kinds import SCHEMES
from applications.vehicles.dossier.sections import Dossier, Facts
from policy import clock
from policy.errors import InputError
from policy.reading import Section, compile_section
from policy.reading import changes as reading_changes

_TITLE = "汽车补贴申请"
_CORRECTED_AT = "correction_submitted_at"
_FILLED_IN = frozenset({"submitted_at", "documents", "facts"})
_WHOLE = {scheme: compile_section(Dossier, _TITLE, scheme=scheme, optional=_FILLED_IN) for scheme in SCHEMES}
_FILED = {
    scheme: compile_section(
        Dossier,
        _TITLE,
        scheme=scheme,
        without=frozenset({"facts", _CORRECTED_AT}),
        optional=_FILLED_IN | {"id"},
    )
    for scheme in SCHEMES
}
_FACTS = {scheme: compile_section(Facts, "核查事实", scheme=scheme) for scheme in SCHEMES}
NO_FACTS = Facts(*(None,) * len(Facts._fields))


def section_for(scheme: str, *, filed: bool = False) -> Section:
    """The compiled declaration of a scheme's dossier; `filed` is the form without `facts` that channels send."""
    return (_FILED if filed else _WHOLE)[scheme]


def parse(raw: Any, *, scheme: str, at: datetime, filed: bool = False) -> Dossier:
    """The dossier in decoded JSON.

    `at` stands in for a `submitted_at` the dossier does not have. With `filed`, `facts` and the time of a correction
    (but null) are unknown fields: the portal gives them; `id` may be missing ("" then). Raises InputError naming every
    bad field by its dotted path.
    """
    dossier = _read(raw, scheme, filed=filed)
    return dossier._replace(
        id=dossier.id or "",
        submitted_at=dossier.submitted_at or clock.local(at),
        facts=dossier.facts or NO_FACTS,
        documents=dossier.documents or (),
    )


def _read(raw: Any, scheme: str, *, filed: bool) -> Dossier:
    """The dossier as it stands, with None for what `parse` fills in."""
    if filed and isinstance(raw, dict) and raw.get(_CORRECTED_AT, raw) is None:
        raw = {name: value for name, value in raw.items() if name != _CORRECTED_AT}
    dossier: Dossier = section_for(scheme, filed=filed).parse(raw)
    if dossier.scheme != scheme:
        raise InputError.of("scheme", f"应为 {scheme}")
    return dossier


def parse_facts(raw: Any, *, scheme: str) -> Facts:
    """The facts alone (authorities' answers and what the portal knows). Raises InputError with paths below `facts`."""
    facts: Facts = _FACTS[scheme].parse(raw, "facts")
    return facts


def apply_changes(raw: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A corrected copy of a filed dossier, `{dotted path: value}` laid over it and read once more.

    Identity, scheme, channel, district, times and facts cannot be corrected. Raises InputError naming the paths.
    """
    scheme = raw.get("scheme")
    if scheme not in SCHEMES:
        raise InputError.of("scheme", "应为：" + "、".join(SCHEMES))
    changed = reading_changes.apply_changes(_WHOLE[scheme], raw, changes)
    _read(changed, scheme, filed="facts" not in raw)
    return changed


def json_schema(scheme: str, *, filed: bool = False) -> dict[str, Any]:
    """The JSON schema of a scheme's dossier, for the API's documentation."""
    return section_for(scheme, filed=filed).json_schema()
