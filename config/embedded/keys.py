"""Keys of a portal that runs by itself: made once for a checkout, kept in its state directory, readable by us only.

A production portal never reads them: there the environment gives every key and a missing one refuses to start.
"""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from config.embedded.layout import Layout, prepare


@dataclass(frozen=True)
class Keys:
    """`secret_key` Django's; `field_key` "id:hex" (16 bytes, SM4); `lookup_key`, `audit_key` hex (32 bytes);
    the passwords are those of the database roles."""

    secret_key: str
    field_key: str
    lookup_key: str
    audit_key: str
    superuser_password: str
    owner_password: str
    app_password: str


def generate() -> Keys:
    """Fresh keys from the system's random source."""
    return Keys(
        secret_key=secrets.token_urlsafe(64),
        field_key=f"k1:{secrets.token_hex(16)}",
        lookup_key=secrets.token_hex(32),
        audit_key=secrets.token_hex(32),
        superuser_password=secrets.token_hex(24),
        owner_password=secrets.token_hex(24),
        app_password=secrets.token_hex(24),
    )


def _read(path: Path) -> Keys | None:
    try:
        return Keys(**json.loads(path.read_text("ascii")))
    except FileNotFoundError:
        return None


def load(places: Layout) -> Keys:
    """The checkout's keys, made on first use. Two processes starting at once get the same ones."""
    found = _read(places.keys)
    if found:
        return found
    prepare(places)
    with open(places.root / "keys.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _read(places.keys)
        if found:
            return found
        made = generate()
        draft = places.keys.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(made), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(places.keys)
        return made
