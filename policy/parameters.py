"""Dated values of a policy, each with its unit, clause and basis. No value of the policy stands in code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from policy.clause import Document
from policy.clock import SHANGHAI, local
from policy.errors import InputError
from policy.money import format_yuan, parse_yuan

BASES = ("text", "derived", "recommended")


def _read_timestamp(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    return local(moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI))


def _read_date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return date.fromisoformat(_text(value))


def _read_percent(value: Any) -> int | Decimal:
    """12, "12", "12 %" and "12.5"; whole numbers stay integers."""
    if isinstance(value, float | bool):
        raise ValueError("neither a float nor a truth value")
    number = Decimal(_text(str(value)).removesuffix("%").strip()) if not isinstance(value, int) else Decimal(value)
    if not number.is_finite() or not 0 <= number <= 100:
        raise ValueError("0 to 100")
    return int(number) if number == int(number) else number


def _read_yuan(value: Any) -> int:
    return parse_yuan(str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value))


def _read_number(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number")
    return value


def _read_flag(value: Any) -> bool:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _read_words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("a list of words")
    return tuple(_text(word) for word in value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("text")
    return value


@dataclass(frozen=True, slots=True)
class Unit:
    """How a kind of value is read from YAML or JSON (raising ValueError) and written back."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    hint: str


UNITS: Mapping[str, Unit] = {
    "timestamp": Unit(_read_timestamp, datetime.isoformat, "带时区的时间，如 2026-02-09T10:00:00+08:00"),
    "date": Unit(_read_date, date.isoformat, "日期，如 2026-01-08"),
    "percent": Unit(_read_percent, lambda rate: rate if isinstance(rate, int) else str(rate), "0至100的百分数，如 12"),
    "yuan": Unit(_read_yuan, format_yuan, "以元为单位的金额，如 20000.00"),
    "ml": Unit(_read_number, int, "以毫升为单位的整数"),
    "days": Unit(_read_number, int, "以日为单位的整数"),
    "count": Unit(_read_number, int, "整数"),
    "bool": Unit(_read_flag, bool, "true 或 false"),
    "word": Unit(_text, str, "文字"),
    "words": Unit(_read_words, list, "文字列表"),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One dated value.

    `value` is typed by `unit`: timestamp → aware datetime, date, percent → int or Decimal, yuan → int fen, ml, days
    and count → int, bool, word → str, words → tuple of str. `clause` is the full citation; `basis` says whether the
    text states it, it follows from the text (derived), or the bureau chose it (recommended, never a legal ground).
    `choices` limits a word or words.
    """

    code: str
    value: Any
    unit: str
    valid_from: date
    clause: str
    basis: str
    title: str
    choices: tuple[str, ...] = ()

    @property
    def written(self) -> Any:
        """The value as JSON and YAML hold it; money as a yuan string."""
        return UNITS[self.unit].write(self.value)

    def with_value(self, raw: Any, *, valid_from: date | None = None) -> Parameter:
        """The same parameter with another value, read as `unit` demands. Raises InputError naming the code."""
        return replace(self, value=self.read(raw), valid_from=valid_from or self.valid_from)

    def read(self, raw: Any) -> Any:
        """The typed value of a written one. Raises InputError naming the code."""
        unit = UNITS[self.unit]
        try:
            value = unit.read(raw)
        except (ValueError, TypeError, InvalidOperation):
            raise InputError.of(self.code, f"参数值应为{unit.hint}") from None
        chosen = value if isinstance(value, tuple) else (value,)
        if self.choices and not set(chosen) <= set(self.choices):
            raise InputError.of(self.code, f"参数值应为：{'、'.join(self.choices)}")
        return value


class ParameterSet:
    """Every parameter of one policy version. A rule receives exactly one and never looks one up itself.

    `set["rate_s_nev"]` is the typed value; a code that does not exist is a KeyError: a rule asks for what is there.
    """

    __slots__ = ("_parameters", "_values", "version")

    def __init__(self, parameters: Mapping[str, Parameter], *, version: str) -> None:
        self._parameters = dict(parameters)
        self._values = {code: parameter.value for code, parameter in self._parameters.items()}
        self.version = version

    def __getitem__(self, code: str) -> Any:
        return self._values[code]

    def __contains__(self, code: object) -> bool:
        return code in self._values

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._parameters.values())

    def __len__(self) -> int:
        return len(self._parameters)

    def parameter(self, code: str) -> Parameter:
        """The parameter with its title, unit, clause and basis. Raises KeyError."""
        return self._parameters[code]

    def as_dict(self) -> dict[str, Any]:
        """Code to written value, fit for JSON and for `overlay`."""
        return {code: parameter.written for code, parameter in self._parameters.items()}

    def overlay(self, values: Mapping[str, Any], *, version: str, valid_from: date | None = None) -> ParameterSet:
        """This set with some values replaced, as a later policy version.

        Raises InputError naming each code that does not exist or whose value does not fit its unit.
        """
        problems: dict[str, list[str]] = {}
        changed = dict(self._parameters)
        for code, raw in values.items():
            if code not in changed:
                problems[code] = ["没有这个参数"]
                continue
            try:
                changed[code] = changed[code].with_value(raw, valid_from=valid_from)
            except InputError as error:
                problems.update(error.fields)
        if problems:
            raise InputError(problems)
        return ParameterSet(changed, version=version)


def load_baseline(path: Path) -> ParameterSet:
    """The baseline version in a `parameters.yaml`: `version`, `document`, and `parameters` by code.

    Raises ValueError when the file breaks its own form: it is part of the product and checked by a test.
    """
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    document = Document(**content["document"])
    parameters = {}
    for code, entry in content["parameters"].items():
        if entry["basis"] not in BASES:
            raise ValueError(f"{code}: basis is one of {BASES}")
        parameter = Parameter(
            code=code,
            value=None,
            unit=entry["unit"],
            valid_from=entry["valid_from"],
            clause=document.cite(entry["clause"]),
            basis=entry["basis"],
            title=entry["title"],
            choices=tuple(entry.get("choices", ())),
        )
        parameters[code] = parameter.with_value(entry["value"])
    return ParameterSet(parameters, version=content["version"])
