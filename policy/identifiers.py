"""Numbers that carry their own check: resident ids, organisation codes, VINs."""

from __future__ import annotations

import re
from datetime import date
from operator import mul

from stdnum.iso7064 import mod_11_2

VIN_LENGTH = 17

_RESIDENT_ID = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_ORGANISATION = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}", re.ASCII)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VIN = re.compile(r"[0-9A-HJ-NPR-Z]{17}", re.ASCII)
# GB 16735 table of values and weights; position 9 itself weighs nothing.
_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_REMAINDERS = "0123456789X"


def is_resident_id(number: str) -> bool:
    """Whether this is a well-formed resident id: 18 characters, a date of birth that exists, ISO 7064 mod 11-2.

    >>> is_resident_id("110101198001010029"), is_resident_id("110101198002310022")
    (True, False)

    GB 11643. The county is not looked up: codes are withdrawn, and 81, 82, 83 are in use.
    """
    if _RESIDENT_ID.fullmatch(number) is None or not mod_11_2.is_valid(number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return True


def is_organisation_code(number: str) -> bool:
    """Whether this is a well-formed unified social credit code (GB 32100): 18 characters, mod 31 check, not zeros.

    >>> is_organisation_code("91110105MA01ABCD5F"), is_organisation_code("000000000000000000")
    (True, False)
    """
    if _ORGANISATION.fullmatch(number) is None or not number.strip("0"):
        return False
    total = sum(_ORGANISATION_ALPHABET.index(mark) * pow(3, place, 31) for place, mark in enumerate(number[:17]))
    return _ORGANISATION_ALPHABET[-total % 31] == number[17]


def is_vin_alphabet(vin: str) -> bool:
    """Whether this is 17 characters without I, O and Q (GB 16735)."""
    return _VIN.fullmatch(vin) is not None


def vin_check_digit_ok(vin: str) -> bool:
    """Whether position 9 of a VIN in the legal alphabet is its check digit.

    >>> vin_check_digit_ok("LSVAA49J1C2012345"), vin_check_digit_ok("LSVAA49J2C2012345")
    (True, False)

    Raises KeyError on a character outside the legal alphabet.
    """
    return _VIN_REMAINDERS[sum(map(mul, map(_VIN_VALUES.__getitem__, vin), _VIN_WEIGHTS)) % 11] == vin[8]
