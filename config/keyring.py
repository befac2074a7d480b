"""The keys a portal runs with, read from the environment; a missing one is an error that names it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

from config.embedded import keys as own_keys
from config.embedded.layout import layout

NAMES = ("SECRET_KEY", "PORTAL_FIELD_KEY", "PORTAL_LOOKUP_KEY", "PORTAL_AUDIT_KEY")
_FIELD_KEY = re.compile(r"([A-Za-z0-9_-]{1,16}):([0-9a-fA-F]{32})")
_SHORTEST_KEY_BYTES = 32


@dataclass(frozen=True)
class Keyring:
    """`field_keys` maps a key id to 16 bytes of SM4 key, the current one first; the others are raw bytes."""

    secret_key: str
    field_keys: dict[str, bytes]
    lookup_key: bytes
    audit_key: bytes


def environment(variables: Mapping[str, str], *, debug: bool) -> str:
    """ "production" or "demonstration" (see config.settings). Raises ImproperlyConfigured for another word."""
    named = variables.get("PORTAL_ENV", "")
    if named:
        if named not in ("production", "demonstration"):
            raise ImproperlyConfigured("PORTAL_ENV must be production or demonstration")
        return named
    if debug:
        return "demonstration"
    return "production" if variables.get("DATABASE_URL") or variables.get("DEBUG") else "demonstration"


def field_keys(text: str) -> dict[str, bytes]:
    """`id:hex[,id:hex]` as key id -> 16 bytes, order kept. Raises ImproperlyConfigured without showing the value."""
    found: dict[str, bytes] = {}
    for part in text.split(","):
        match = _FIELD_KEY.fullmatch(part.strip())
        if not match or match[1] in found:
            raise ImproperlyConfigured("PORTAL_FIELD_KEY must be id:hex[,id:hex] with 32 hex digits and distinct ids")
        found[match[1]] = bytes.fromhex(match[2])
    return found


def _hex_key(name: str, text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < _SHORTEST_KEY_BYTES:
        raise ImproperlyConfigured(f"{name} must be at least {_SHORTEST_KEY_BYTES} bytes in hex digits")
    return key


def read(variables: Mapping[str, str], *, own: bool) -> Keyring:
    """The keys in `variables`; with `own` those not given are the checkout's own.

    Raises ImproperlyConfigured naming every missing or malformed key, never its value.
    """
    given = {name: variables.get(name, "") for name in NAMES}
    missing = [name for name, value in given.items() if not value]
    if missing and not own:
        raise ImproperlyConfigured(f"{', '.join(missing)} not set: a portal with DEBUG off needs it in the environment")
    if missing:
        kept = own_keys.load(layout())
        mine = dict(zip(NAMES, (kept.secret_key, kept.field_key, kept.lookup_key, kept.audit_key), strict=True))
        given = {name: value or mine[name] for name, value in given.items()}
    return Keyring(
        secret_key=given["SECRET_KEY"],
        field_keys=field_keys(given["PORTAL_FIELD_KEY"]),
        lookup_key=_hex_key("PORTAL_LOOKUP_KEY", given["PORTAL_LOOKUP_KEY"]),
        audit_key=_hex_key("PORTAL_AUDIT_KEY", given["PORTAL_AUDIT_KEY"]),
    )
