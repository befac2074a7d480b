"""Every rule that is built: what it is, where it stands, what it can say, which parameters it uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policy.clause import Document
from policy.finding import Finding, Outcome, Verdict
from policy.parameters import BASES, ParameterSet

CHECK = "check"
PROCESS = "process"

RuleFunction = Callable[[Any, ParameterSet], Verdict | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a catalogue.

    `kind` is check (a finding on a dossier) or process (a guard, state, job or duty). `outcomes` says, scheme by
    scheme, what a check can answer; `evidence` names the document types to read beside its finding; `clause` is the
    full citation; `basis` is text, derived or recommended.
    """

    id: str
    kind: str
    clause: str
    title: str
    schemes: tuple[str, ...]
    basis: str
    parameters: tuple[str, ...]
    outcomes: Mapping[str, frozenset[Outcome]]
    evidence: tuple[str, ...]
    function: RuleFunction | None

    def judge(self, dossier: Any, params: ParameterSet) -> Finding | None:
        """The finding on a dossier; None when the rule does not apply to it."""
        assert self.function is not None, "a process rule gives no finding"
        verdict = self.function(dossier, params)
        return None if verdict is None else Finding(self.id, self.clause, *verdict)


_rules: dict[str, Rule] = {}


def rule(
    id: str,
    *,
    clause: str,
    title: str,
    schemes: tuple[str, ...],
    outcomes: Iterable[Outcome] | Mapping[str, Iterable[Outcome]],
    parameters: tuple[str, ...] = (),
    basis: str = "text",
    evidence: tuple[str, ...] = (),
    document: Document | None = None,
) -> Callable[[RuleFunction], RuleFunction]:
    """Register a check rule. `outcomes` may differ by scheme (a mapping).

    `clause` is the full citation, or only the sections (二(一)) when the `document` they stand in is given.
    Raises ValueError on an id that is taken, an unknown basis, or outcomes for other schemes than its own.
    """
    by_scheme = outcomes if isinstance(outcomes, Mapping) else dict.fromkeys(schemes, tuple(outcomes))
    if set(by_scheme) != set(schemes):
        raise ValueError(f"{id}: outcomes are given for {sorted(by_scheme)}, the rule applies to {sorted(schemes)}")
    cited = document.cite(clause) if document else clause
    declared = {scheme: frozenset(by_scheme[scheme]) for scheme in schemes}

    def register(function: RuleFunction) -> RuleFunction:
        _add(Rule(id, CHECK, cited, title, schemes, basis, parameters, declared, evidence, function))
        return function

    return register


def process_rule(
    id: str,
    *,
    clause: str,
    title: str,
    schemes: tuple[str, ...],
    parameters: tuple[str, ...] = (),
    basis: str = "text",
    document: Document | None = None,
) -> None:
    """Register a process rule that is built; tests hold it with `@pytest.mark.holds(id)`."""
    cited = document.cite(clause) if document else clause
    _add(Rule(id, PROCESS, cited, title, schemes, basis, parameters, {}, (), None))


def _add(added: Rule) -> None:
    if added.basis not in BASES:
        raise ValueError(f"{added.id}: basis is one of {BASES}")
    if added.id in _rules:
        raise ValueError(f"rule {added.id} is registered twice")
    _rules[added.id] = added


def all_rules(scheme: str | None = None) -> list[Rule]:
    """Every registered rule in the order of its id, or those that apply to one scheme."""
    return sorted((rule for rule in _rules.values() if scheme is None or scheme in rule.schemes), key=lambda r: r.id)


def check_rules(scheme: str) -> list[Rule]:
    """The check rules of a scheme in the order of their ids: the order of its findings."""
    return [rule for rule in all_rules(scheme) if rule.kind == CHECK]


def rule_by_id(id: str) -> Rule:
    """A registered rule. Raises KeyError."""
    return _rules[id]
