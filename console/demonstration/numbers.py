"""Well-formed invented numbers: resident ids, organisation codes, VINs, bank accounts, telephones, invoices."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from stdnum import luhn
from stdnum.iso7064 import mod_11_2

# Counties whose codes are in use; most demonstration people come from Beijing.
_COUNTIES = ("110101", "110102", "110105", "110106", "110108", "110112", "110114", "130102", "120101", "370102")
_BULK_COUNTIES = ("110111", "110113", "110115", "110116", "110117")
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VIN_ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", map(int, "12345678123457923456789" + "0123456789"), strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
# Model years of position 10 (GB 16735); I, O, Q, U, Z and 0 are not used there.
_VIN_YEARS = "ABCDEFGHJKLMNPRSTVWXY123456789"
_MAKERS = ("LSV", "LFV", "LGX", "LVG", "LDC", "LHG", "LBE", "LNB", "LGB", "LSG", "LZW", "LJD")
_BANKS = ("622202", "621700", "622848", "621661", "622588", "621226")
_MOBILES = ("138", "139", "136", "150", "158", "186", "187", "188", "133", "177", "199")


def resident_id(random: Random) -> str:
    """An 18-character resident id of an adult, ISO 7064 mod 11-2."""
    born = date(1955, 1, 1) + timedelta(days=random.randrange(365 * 49))
    body = f"{random.choice(_COUNTIES)}{born:%Y%m%d}{random.randrange(1, 1000):03d}"
    return str(body + mod_11_2.calc_check_digit(body))


def numbered_resident_id(number: int) -> str:
    """A resident id of an adult, another one for each number below 80 million, none that `resident_id` gives."""
    county, rest = number % 5, number // 5
    born = date(1955, 1, 1) + timedelta(days=rest % 17_885)
    body = f"{_BULK_COUNTIES[county]}{born:%Y%m%d}{rest // 17_885 + 1:03d}"
    return str(body + mod_11_2.calc_check_digit(body))


def passport(random: Random) -> str:
    """A passport number of the usual form: one letter, eight digits."""
    return f"{random.choice('EGKP')}{random.randrange(10**8):08d}"


def organisation_code(random: Random) -> str:
    """A unified social credit code of a Beijing firm, GB 32100 check character."""
    body = "911101" + f"{random.randrange(1, 18):02d}" + "MA0" + "".join(random.choices(_ORGANISATION_ALPHABET, k=6))
    total = sum(_ORGANISATION_ALPHABET.index(mark) * pow(3, place, 31) for place, mark in enumerate(body))
    return body + _ORGANISATION_ALPHABET[-total % 31]


def vin(random: Random, year: int, serial: int | None = None) -> str:
    """A VIN of a Chinese maker with its check digit. `serial` (below 10 million) makes it unique by itself."""
    maker = random.choice(_MAKERS)
    described = "".join(random.choices(_VIN_ALPHABET, k=5))
    number = random.randrange(10**6) if serial is None else serial
    tail = f"{random.choice('ABCDEFGH')}{number:06d}" if number < 10**6 else f"{number:07d}"
    body = f"{maker}{described}0{_VIN_YEARS[(year - 1980) % 30]}{tail}"
    return with_check_digit(body)


def with_check_digit(body: str) -> str:
    """The VIN with position 9 recomputed."""
    total = sum(_VIN_VALUES[mark] * weight for mark, weight in zip(body, _VIN_WEIGHTS, strict=True))
    check = "0123456789X"[total % 11]
    return body[:8] + check + body[9:]


def mistyped(vin: str) -> str:
    """What a hurried clerk makes of a VIN: its last two digits the other way round, or the last one off by one."""
    swapped = vin[:-2] + vin[-1] + vin[-2]
    return swapped if swapped != vin else vin[:-1] + str((int(vin[-1]) + 1) % 10)


def bank_account(random: Random) -> str:
    """A 19-digit card number with its Luhn digit."""
    body = random.choice(_BANKS) + f"{random.randrange(10**12):012d}"
    return body + str(luhn.calc_check_digit(body))


def mobile(random: Random) -> str:
    """An 11-digit mobile number."""
    return random.choice(_MOBILES) + f"{random.randrange(10**8):08d}"


def invoice_number(random: Random, serial: int) -> str:
    """A 20-digit electronic invoice number of Beijing, unique by `serial`."""
    return f"2611{random.choice('27')}000{serial:08d}{random.randrange(10**4):04d}"
