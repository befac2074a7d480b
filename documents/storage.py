"""The content-addressed store: `settings.DOCUMENT_ROOT/ab/abcdef…` by SHA-256, outside the web root.

Names from outside are never used. Originals are evidence and are never changed; drawn pages lie beside them as
`views/ab/abcdef…-PAGE.jpg` and can be made again at any time.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings

from documents.inspection import MAX_BYTES, MESSAGES
from policy.errors import InputError

_DIGEST = re.compile(r"[0-9a-f]{64}")


class MissingFile(Exception):
    """The store has no file under a digest that the database names; the message is the digest."""


def root() -> Path:
    """The store's directory, made on first use, readable by the portal only."""
    path = Path(settings.DOCUMENT_ROOT)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextmanager
def received(chunks: Iterable[bytes], *, field: str = "file") -> Iterator[tuple[Path, str, int]]:
    """Write incoming bytes to a temporary file; gives its path, SHA-256 and size, and removes it afterwards.

    Raises InputError on `field` as soon as the bytes pass 10 MB, and for an empty file.
    """
    digest, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(prefix="incoming-", dir=root())
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as target:
            for chunk in chunks:
                size += len(chunk)
                if size > MAX_BYTES:
                    raise InputError.of(field, MESSAGES["size"])
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        if size == 0:
            raise InputError.of(field, MESSAGES["empty"])
        yield path, digest.hexdigest(), size
    finally:
        path.unlink(missing_ok=True)


def keep(path: Path, digest: str) -> None:
    """Move a received file to its place. A file that is there already stays: same digest, same bytes; it only
    becomes young again, so that no sweep takes it before the row that names it is committed."""
    place = _place(digest)
    if place.exists():
        os.utime(place)
    else:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chmod(path, 0o400)
        os.replace(path, place)
        _sync_directory(place.parent)


def original(digest: str) -> Path:
    """The file of a digest. Raises MissingFile."""
    place = _place(digest)
    if not place.is_file():
        raise MissingFile(digest)
    return place


def view(digest: str, page: int) -> Path:
    """Where the drawn page (from 1) of a file lies, or would lie."""
    _place(digest)
    return root() / "views" / digest[:2] / f"{digest}-{page}.jpg"


def keep_view(digest: str, page: int, content: bytes) -> Path:
    """Store a drawn page; concurrent drawers write the same content, the last rename wins."""
    place = view(digest, page)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="view-", dir=place.parent)
    with os.fdopen(handle, "wb") as target:
        target.write(content)
    os.replace(name, place)
    return place


def old_files(before: datetime) -> Iterator[Path]:
    """Everything in the store last written before a moment: originals, drawn pages, leftovers of killed uploads."""
    for path in root().rglob("*"):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            yield path


def digest_of(path: Path) -> str | None:
    """The digest a file of the store belongs to; None for a leftover of an upload or a drawing."""
    name = path.name.partition("-")[0].partition(".")[0]
    return name if _DIGEST.fullmatch(name) else None


def _place(digest: str) -> Path:
    """Path of a digest; refuses anything that is not one, so no path can be built from outside text."""
    if _DIGEST.fullmatch(digest) is None:
        raise ValueError("not a SHA-256 digest")
    return root() / digest[:2] / digest


def _sync_directory(path: Path) -> None:
    """Make a rename last through a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
