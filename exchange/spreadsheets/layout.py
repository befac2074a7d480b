"""Which columns and sheets a scheme's dossiers have."""

from __future__ import annotations

from dataclasses import dataclass

from policy.reading import Kind, Section

MAX_SHEET_NAME = 31
ID = "id"
NOTES_SHEET = "说明"
MAIN_SHEET = "dossiers"
VALUE = "value"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its dotted path (of a list's item: relative to the item), Chinese label and kind of value."""

    path: str
    label: str
    kind: Kind
    required: bool


@dataclass(frozen=True, slots=True)
class ListSheet:
    """A list of the dossier. `plain` lists hold values, not sections: their one column is `value`.

    `empty_is_known`: no rows for a dossier means an empty list, not that nobody has looked; a spreadsheet has no other
    way to say either.
    """

    path: str
    label: str
    columns: tuple[Column, ...]
    plain: bool
    empty_is_known: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The sheet names it is read from; the template uses the first that Excel allows."""
        last = self.path.rpartition(".")[2]
        return tuple(dict.fromkeys((self.path, last, self.path[:MAX_SHEET_NAME])))

    @property
    def name(self) -> str:
        """The sheet name of the template."""
        return next(name for name in self.names if len(name) <= MAX_SHEET_NAME)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of the main sheet and the sheets of the lists."""

    columns: tuple[Column, ...]
    lists: tuple[ListSheet, ...]
    sections: tuple[tuple[str, bool], ...]


def layout_of(section: Section) -> Layout:
    """The layout of a compiled declaration, in its order. `sections` are (path, required), outermost first."""
    columns: list[Column] = []
    lists: list[ListSheet] = []
    sections: list[tuple[str, bool]] = []
    for path, member in section.walk():
        if member.many:
            # A list inside an answer that may be missing altogether says nothing by being empty.
            lists.append(
                ListSheet(
                    path,
                    member.label,
                    _item_columns(member.section, member.kind, member.label),
                    member.section is None,
                    path.count(".") < 2,
                )
            )
        elif member.section is not None:
            sections.append((path, not member.nullable))
        else:
            assert member.kind is not None
            columns.append(Column(path, member.label, member.kind, not member.nullable))
    return Layout(tuple(columns), tuple(lists), tuple(sections))


def _item_columns(section: Section | None, kind: Kind | None, label: str) -> tuple[Column, ...]:
    if section is None:
        assert kind is not None
        return (Column(VALUE, label, kind, True),)
    return tuple(
        Column(path, member.label, member.kind, not member.nullable)
        for path, member in section.walk()
        if member.kind is not None
    )
