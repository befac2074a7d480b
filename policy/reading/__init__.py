"""Reading decoded JSON by a declaration.

A dossier is declared once, as NamedTuples whose fields carry `Annotated[type, Field(kind, label)]`. From that one
declaration come the strict reader (every error names its field), the JSON schema, the spreadsheet columns and the
Chinese labels.
"""

from policy.reading.kinds import (
    DAY,
    FLAG,
    MOMENT,
    MONEY,
    TEXT,
    Kind,
    choice,
    matching,
    whole,
)
from policy.reading.sections import Field, Section, compile_section

__all__ = [
    "DAY",
    "FLAG",
    "MOMENT",
    "MONEY",
    "TEXT",
    "Field",
    "Kind",
    "Section",
    "choice",
    "compile_section",
    "matching",
    "whole",
]
