"""What may not enter the trail: personal data, by the name of the key or by the look of the value."""

from __future__ import annotations

import re
from typing import Any

FORBIDDEN_KEYS = frozenset(
    {
        "account", "account_number", "address", "applicant", "bank_account", "bank_card", "birth_date", "buyer",
        "card", "card_no", "card_number", "consignee", "email", "holder_name", "id_card", "id_no", "id_number",
        "mobile", "name", "owner", "owner_id", "owner_name", "password", "payer", "phone", "secret", "tel",
        "telephone", "totp",
    }
)  # fmt: skip

# A resident id (18), a mobile number (11), a bank card (16 to 19 digits), standing alone.
_LOOKS_PERSONAL = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[0-9Xx]|1[3-9]\d{9}|\d{16}|\d{19})(?![0-9A-Za-z])")


class PersonalData(ValueError):
    """The data of an event holds personal data. The message names the key, never the value."""


def looks_personal(text: str) -> bool:
    """Whether a text holds what looks like an id, card or mobile number standing alone."""
    return _LOOKS_PERSONAL.search(text) is not None


def refuse(data: Any, path: str = "data") -> None:
    """Raise `PersonalData` if a key is a known personal one or a text looks like an id, card or mobile number."""
    if isinstance(data, dict):
        for key, value in data.items():
            if str(key).lower() in FORBIDDEN_KEYS:
                raise PersonalData(f"{path}.{key}: personal data does not belong into the trail")
            refuse(value, f"{path}.{key}")
    elif isinstance(data, list | tuple):
        for number, value in enumerate(data):
            refuse(value, f"{path}.{number}")
    elif isinstance(data, str) and looks_personal(data):
        raise PersonalData(f"{path}: the text looks like an identity, card or phone number")
