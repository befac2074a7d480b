"""How personal data looks where nobody needs it whole. Enough to recognise, not enough to use."""

from __future__ import annotations


def mask_id(number: str) -> str:
    """An identity number: first 6 and last 4 of 18 characters, else first and last 2 of what is long enough.

    >>> mask_id("110101198001010029"), mask_id("E12345678"), mask_id("A12")
    ('110101********0029', 'E1*****78', '***')
    """
    if len(number) >= 15:
        return number[:6] + "*" * (len(number) - 10) + number[-4:]
    if len(number) >= 7:
        return number[:2] + "*" * (len(number) - 4) + number[-2:]
    return "*" * len(number)


def mask_name(name: str) -> str:
    """A name: the first character, a star for each other one (at most 4, so that length tells little).

    >>> mask_name("李娜"), mask_name("欧阳修文"), mask_name("")
    ('李*', '欧***', '')
    """
    return name[:1] + "*" * min(max(len(name) - 1, 0), 4)


def mask_phone(phone: str) -> str:
    """A telephone number: first 3 and last 4 of 11 digits; of others only the last 2.

    >>> mask_phone("13800138000"), mask_phone("+85261234567")
    ('138****8000', '**********67')
    """
    if len(phone) == 11:
        return phone[:3] + "****" + phone[-4:]
    return "*" * max(len(phone) - 2, 0) + phone[-2:] if len(phone) > 4 else "*" * len(phone)


def mask_account(number: str) -> str:
    """A bank account: the last 4 only.

    >>> mask_account("6222020200000001236"), mask_account("12")
    ('***************1236', '**')
    """
    return "*" * max(len(number) - 4, 0) + number[-4:] if len(number) > 4 else "*" * len(number)
