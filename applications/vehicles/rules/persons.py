"""Is a number on a document the applicant's? Told apart: another person, a changed number, a typing error."""

from __future__ import annotations

from enum import Enum

from applications.vehicles.dossier import Applicant
from applications.vehicles.dossier.kinds import RESIDENT_ID
from policy.identifiers import is_resident_id

_FULL_LENGTH = 18
# Residence permits of Hong Kong, Macao and Taiwan residents, and the permanent residence card of foreigners: resident
# numbers of people who are also known by a permit or passport number.
_PERMIT_PREFIXES = ("81", "82", "83", "9")


class Match(Enum):
    """How a number relates to the applicant."""

    SAME = "same"
    TYPING_ERROR = "typing_error"
    UNCLEAR = "unclear"
    OTHER = "other"


def match_number(number: str, applicant: Applicant) -> Match:
    """A number in a register against the applicant's.

    Another 18-character number (of a person or an organisation) is another owner. A number of another length may be
    the same person's old passport, so a person must look; and so may any number of an applicant without resident id.
    """
    if number == applicant.id_number:
        return Match.SAME
    if len(number) != _FULL_LENGTH:
        return Match.UNCLEAR
    if applicant.id_type != RESIDENT_ID and is_resident_id(number) and number.startswith(_PERMIT_PREFIXES):
        return Match.UNCLEAR
    return Match.OTHER


def match_invoice_number(number: str, name: str | None, applicant: Applicant, max_edits: int) -> Match:
    """A number typed by a dealer: malformed, close to the applicant's, under the same or no name = a typing error."""
    found = match_number(number, applicant)
    if found is Match.SAME or applicant.id_type != RESIDENT_ID or is_resident_id(number):
        return found
    if name is not None and not same_name(name, applicant.name):
        return found
    return Match.TYPING_ERROR if edits(number, applicant.id_number, max_edits) <= max_edits else found


def same_name(name: str, other: str) -> bool:
    """Names are equal but for blanks and the form of the middle dot."""
    return _plain(name) == _plain(other)


def one_character_apart(name: str, other: str) -> bool:
    """Names of two or more characters that differ in exactly one."""
    first, second = _plain(name), _plain(other)
    return min(len(first), len(second)) > 1 and edits(first, second, 1) == 1


def _plain(name: str) -> str:
    return "".join(name.split()).replace("•", "·").replace("・", "·").replace("．", "·").upper()


def edits(text: str, other: str, most: int) -> int:
    """The Levenshtein distance, or `most + 1` as soon as it must be larger."""
    if abs(len(text) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for i, mark in enumerate(text, 1):
        diagonal, row[0] = row[0], i
        for j, other_mark in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (mark != other_mark))
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
