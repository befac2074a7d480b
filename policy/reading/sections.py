"""Groups of fields: compiled once from a NamedTuple, then read, described and walked without introspection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from policy.errors import InputError
from policy.reading.kinds import Kind

MAX_LIST = 500
_UNKNOWN_NAME_LENGTH = 60

Problems = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Field:
    """One declared field, attached to a NamedTuple attribute by `Annotated`.

    `kind` is None for a section or list of sections. `name` is the JSON name where Python cannot spell it (`class`).
    `schemes` limits the field to some schemes; `correctable` is False for what a correction may not touch; `note`
    is added to its description.
    """

    label: str
    kind: Kind | None = None
    name: str | None = None
    schemes: tuple[str, ...] | None = None
    correctable: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A compiled field: its JSON name, how it is read, and what it may be instead (null, absent, many)."""

    name: str
    label: str
    kind: Kind | None
    section: Section | None
    many: bool
    nullable: bool
    correctable: bool
    note: str


class Section:
    """A compiled group of fields. `build` takes the values in declaration order, None for fields of other schemes."""

    __slots__ = ("_readers", "build", "check", "label", "members", "name")

    def __init__(
        self,
        name: str,
        label: str,
        build: Callable[[list[Any]], Any],
        members: Mapping[str, Member],
        slots: list[Member | None],
        check: Callable[[Any], Mapping[str, str]] | None,
    ) -> None:
        self.name = name
        self.label = label
        self.build = build
        self.members = dict(members)
        self.check = check
        self._readers = [_OTHER_SCHEME if member is None else _reading_of(member) for member in slots]

    def read(self, raw: Any, path: str, problems: Problems) -> Any:
        """The typed section, or None after noting each bad field in `problems` under its dotted path."""
        if type(raw) is not dict:
            problems[path] = ["应为一组字段"]
            return None
        before = len(problems)
        prefix = f"{path}." if path else ""
        get = raw.get
        values: list[Any] = []
        known = 0
        for name, read, is_single, nullable in self._readers:
            value = get(name)
            if value is None:
                values.append(None)
                absent = name not in raw
                known += not absent
                if not nullable:
                    problems[prefix + name] = ["缺少此项" if absent else "不能为空"]
                continue
            known += 1
            if not is_single:
                values.append(read(value, prefix + name, problems))
                continue
            try:
                values.append(read(value))
            except ValueError as error:
                problems[prefix + name] = [str(error)]
        if known != len(raw):
            self._note_unknown(raw, prefix, problems)
        if len(problems) != before:
            return None
        section = self.build(values)
        if self.check is not None:
            problems.update({prefix + name: [message] for name, message in self.check(section).items()})
        return section

    def _note_unknown(self, raw: Mapping[str, Any], prefix: str, problems: Problems) -> None:
        for name in raw:
            if name not in self.members:
                shown = name[:_UNKNOWN_NAME_LENGTH].encode("utf-8", "replace").decode("utf-8")
                problems[prefix + shown] = ["未知字段"]

    def parse(self, raw: Any, path: str = "") -> Any:
        """The typed section. Raises InputError naming every bad field."""
        problems: Problems = {}
        section = self.read(raw, path, problems)
        if problems:
            raise InputError(problems)
        return section

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Member]]:
        """Every member below this section with its dotted path (lists once, without their items), depth first."""
        for name, member in self.members.items():
            path = prefix + name
            yield path, member
            if member.section is not None and not member.many:
                yield from member.section.walk(f"{path}.")

    def json_schema(self) -> dict[str, Any]:
        """The JSON schema of what `read` accepts."""
        return {
            "type": "object",
            "title": self.label,
            "properties": {name: _member_schema(member) for name, member in self.members.items()},
            "required": [name for name, member in self.members.items() if not member.nullable],
            "additionalProperties": False,
        }


def _member_schema(member: Member) -> dict[str, Any]:
    if member.section is not None:
        schema = member.section.json_schema()
    else:
        assert member.kind is not None
        schema = dict(member.kind.schema)
    if member.many:
        schema = {"type": "array", "items": schema, "maxItems": MAX_LIST}
    described = member.label + (f"（{member.note}）" if member.note else "")
    if member.nullable:
        return {"anyOf": [schema, {"type": "null"}], "description": described}
    return {**schema, "description": described}


# A name that is no field's: always absent, and that is as it should be.
_OTHER_SCHEME: tuple[Any, Callable[..., Any], bool, bool] = (object(), lambda value: value, True, True)


def _reading_of(member: Member) -> tuple[Any, Callable[..., Any], bool, bool]:
    """Name, reader, whether it is a single value, whether it may be null: what the hot loop needs and no more."""
    return member.name, _reader(member), member.section is None and not member.many, member.nullable


def _reader(member: Member) -> Callable[..., Any]:
    if not member.many:
        if member.section is not None:
            return member.section.read
        assert member.kind is not None
        return member.kind.read

    def read_list(raw: Any, path: str, problems: Problems) -> tuple[Any, ...]:
        if type(raw) is not list:
            problems[path] = ["应为列表"]
            return ()
        if len(raw) > MAX_LIST:
            problems[path] = [f"不能超过{MAX_LIST}项"]
            return ()
        if member.section is not None:
            return tuple([member.section.read(item, f"{path}.{n}", problems) for n, item in enumerate(raw)])
        assert member.kind is not None
        items = []
        for n, item in enumerate(raw):
            try:
                items.append(member.kind.read(item))
            except ValueError as error:
                problems[f"{path}.{n}"] = [str(error)]
        return tuple(items)

    return read_list


def compile_section(
    declaration: Any,
    label: str,
    *,
    scheme: str | None = None,
    without: frozenset[str] = frozenset(),
    optional: frozenset[str] = frozenset(),
) -> Section:
    """Compile a NamedTuple whose fields are `Annotated[type, Field(...)]`.

    A type that allows None makes the field nullable (null and absent mean the same); `tuple[X, ...]` makes it a list.
    Fields of other schemes and those named in `without` are not known to the section; their attribute is None.
    Those in `optional` may be null or absent whatever their type says.
    A static method `problems(section) -> {field: message}` on the NamedTuple is called after a clean read.
    """
    hints = get_type_hints(declaration, include_extras=True)
    members: dict[str, Member] = {}
    slots: list[Member | None] = []
    for attribute in declaration._fields:
        inner, field = get_args(hints[attribute])
        if (field.schemes is not None and scheme not in field.schemes) or attribute in without:
            slots.append(None)
            continue
        member = _member(attribute, inner, field, scheme, nullable=attribute in optional)
        members[member.name] = member
        slots.append(member)
    return Section(
        declaration.__name__, label, declaration._make, members, slots, getattr(declaration, "problems", None)
    )


def _member(attribute: str, inner: Any, field: Field, scheme: str | None, *, nullable: bool) -> Member:
    if get_origin(inner) in (Union, UnionType):
        rest = [part for part in get_args(inner) if part is not NoneType]
        nullable = nullable or len(rest) < len(get_args(inner))
        inner = rest[0]
    many = get_origin(inner) is tuple
    if many:
        inner = get_args(inner)[0]
    section = None if field.kind is not None else compile_section(inner, field.label, scheme=scheme)
    return Member(
        field.name or attribute, field.label, field.kind, section, many, nullable, field.correctable, field.note
    )
