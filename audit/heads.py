"""Day heads: the last seal of each day, signed, to be handed to a witness outside the portal.

Who deletes the newest events together with their positions and seals leaves a trail that is whole in itself, only
shorter. That is seen only from outside: a head that was handed over must still be there, unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature

from audit import keys
from audit.models import Seal
from audit.sealing import signed_text
from policy import clock

_FIELDS = ("number", "first_position", "last_position", "floor_txid", "cluster")
_HASHES = ("previous_hash", "head_hash", "signature")


def day_heads() -> list[dict[str, Any]]:
    """For each business day with seals, its last seal with everything that its signature covers, oldest first."""
    last: dict[str, Seal] = {}
    for seal in Seal.objects.order_by("number").iterator():
        last[clock.local(seal.at).date().isoformat()] = seal
    return [_head(day, seal) for day, seal in last.items()]


def export() -> dict[str, Any]:
    """What a witness keeps: the public key and the day heads."""
    return {"public_key": keys.public_key_hex(), "heads": day_heads()}


def check(heads: Iterable[dict[str, Any]]) -> list[tuple[int, str]]:
    """Compare heads that a witness kept with the seals here: `(seal number, what is wrong)` for each that differs.

    Raises KeyError or ValueError if a head is malformed.
    """
    wrong: list[tuple[int, str]] = []
    for head in heads:
        kept = Seal(**{name: head[name] for name in _FIELDS}, at=datetime.fromisoformat(head["at"]))
        for name in _HASHES:
            setattr(kept, name, bytes.fromhex(head[name]))
        if not is_signed(kept):
            wrong.append((kept.number, "the witness's head does not bear our signature"))
            continue
        here = Seal.objects.filter(number=kept.number).first()
        if here is None:
            wrong.append((kept.number, "missing, but a witness holds it: the end of the trail was cut off"))
        elif signed_text(here) != signed_text(kept):
            wrong.append((kept.number, "differs from the head that a witness holds"))
    return wrong


def is_signed(seal: Seal) -> bool:
    """Whether the seal's signature is ours and fits."""
    try:
        keys.public_key().verify(bytes(seal.signature), signed_text(seal))
    except InvalidSignature:
        return False
    return True


def _head(day: str, seal: Seal) -> dict[str, Any]:
    head: dict[str, Any] = {"day": day, "at": clock.local(seal.at).isoformat()}
    head |= {name: getattr(seal, name) for name in _FIELDS}
    head |= {name: bytes(getattr(seal, name)).hex() for name in _HASHES}
    return head
