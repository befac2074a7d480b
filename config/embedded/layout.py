"""Where one checkout keeps its state: data, keys, logs, sockets.

The state is outside the checkout, in a directory named by a digest of the checkout's path, so that two checkouts
never share data and a checkout below a private home needs no permission changed. As root it is below /var/lib
(the unprivileged database user must be able to reach it), as a normal user below XDG_STATE_HOME, and inside the
checkout only where neither can be written. PORTAL_STATE_DIR overrides all of it.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

PRODUCT = "review-portal"
CHECKOUT = Path(__file__).resolve().parent.parent.parent
# Linux allows 107 bytes for a socket's path; the longest name put below the directory is ".s.PGSQL.5432.lock".
LONGEST_SOCKET_DIRECTORY = 107 - len("/.s.PGSQL.5432.lock")


class StateUnavailable(RuntimeError):
    """No directory can be used for the portal's state; the message says which and why."""


@dataclass(frozen=True)
class Layout:
    """Paths of one portal's state. Nothing is created by naming a path.

    `root` is the state's directory, `sockets` the directory of the unix sockets, `shared` a directory for
    programs that may be used by every checkout of this machine.
    """

    root: Path
    sockets: Path
    shared: Path

    @property
    def keys(self) -> Path:
        return self.root / "keys.json"

    @property
    def lock(self) -> Path:
        return self.root / "services.lock"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def processes(self) -> Path:
        return self.root / "processes"

    @property
    def documents(self) -> Path:
        return self.root / "documents"

    @property
    def static(self) -> Path:
        return self.root / "static"

    @property
    def metrics(self) -> Path:
        return self.root / "metrics"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def postgres_data(self, major: int) -> Path:
        """The data directory of one major version: another major cannot read it."""
        return self.root / f"postgres-{major}"


def is_root() -> bool:
    """Whether this process runs as root."""
    return os.geteuid() == 0


def _writable(directory: Path) -> bool:
    """Whether `directory` exists or can be made, and can be written by this user."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return False
    return os.access(directory, os.W_OK | os.X_OK)


def _base(checkout: Path) -> Path:
    if is_root():
        return Path("/var/lib") / PRODUCT
    configured = os.environ.get("XDG_STATE_HOME", "")
    home = Path(configured) if configured.startswith("/") else Path(os.path.expanduser("~")) / ".local" / "state"
    base = home / PRODUCT
    if base.is_absolute() and _writable(base):
        return base
    return checkout / ".state"


def layout(checkout: Path = CHECKOUT) -> Layout:
    """The state's places for `checkout` in the present environment."""
    configured = os.environ.get("PORTAL_STATE_DIR", "")
    digest = hashlib.sha256(os.fsencode(checkout)).hexdigest()[:12]
    if configured:
        root = Path(configured).absolute()
        shared = root / "programs"
    else:
        base = _base(checkout)
        root, shared = base / digest, base / "programs"
    sockets = root / "run"
    if len(os.fsencode(sockets)) > LONGEST_SOCKET_DIRECTORY:
        short = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
        sockets = Path("/tmp") / f"{PRODUCT}-{os.geteuid()}-{short}"
    return Layout(root=root, sockets=sockets, shared=shared)


def make_private(directory: Path, *, mode: int = 0o700, owner: tuple[int, int] | None = None) -> None:
    """Make `directory` with `mode`, owned by `owner` (uid, gid) or by us.

    Refuses a directory that is a link or belongs to somebody else: below /tmp anybody could have put it there.
    Raises StateUnavailable.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=mode)
        found = os.lstat(directory)
    except OSError as error:
        raise StateUnavailable(f"cannot make {directory}: {error.strerror}") from error
    allowed = {os.geteuid()} | ({owner[0]} if owner else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in allowed:
        raise StateUnavailable(f"{directory} is not a directory of ours; remove it or set PORTAL_STATE_DIR")
    if owner and (found.st_uid, found.st_gid) != owner:
        os.chown(directory, *owner)
    if stat.S_IMODE(found.st_mode) != mode:
        os.chmod(directory, mode)


def prepare(places: Layout) -> None:
    """Make the state's directories, with a note of the checkout they belong to.

    As root others may pass through (not list) the top: the servers live below it.
    """
    make_private(places.root, mode=0o711 if is_root() else 0o700)
    for directory in (places.logs, places.processes, places.documents, places.metrics):
        make_private(directory)
    note = places.root / "checkout"
    if not note.exists():
        note.write_text(f"{CHECKOUT}\n", "utf-8", errors="surrogateescape")
