"""`make setup`: a virtual environment with the pinned packages. Runs on the system's Python, without any package.

A stamp beside the environment holds a digest of the requirement files: nothing changed, nothing to do.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENT = CHECKOUT / ".venv"
FILES = ("constraints.txt", "requirements.txt", "requirements-dev.txt")
OLDEST = (3, 11)


def fail(message: str) -> int:
    """Say one line and give the exit status 1."""
    print(f"make setup: {message}", file=sys.stderr)
    return 1


def digest() -> str:
    """What the installed packages depend on: the requirement files and the Python version."""
    state = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for name in FILES:
        state.update((CHECKOUT / name).read_bytes())
    return state.hexdigest()


def usable() -> bool:
    """Whether the environment is there and its Python and pip run (a moved checkout's do not)."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        return False
    asked = subprocess.run(
        [str(python), "-c", "import pip, sys; print(sys.prefix)"], capture_output=True, text=True, check=False
    )
    return asked.returncode == 0 and Path(asked.stdout.strip()).resolve() == ENVIRONMENT.resolve()


def create() -> str | None:
    """Make an empty environment; an error message if that fails."""
    if ENVIRONMENT.exists() and not ENVIRONMENT.is_symlink():
        shutil.rmtree(ENVIRONMENT)
    made = subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return None
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    if "ensurepip" in made.stdout + made.stderr:
        return "this Python cannot make virtual environments; as root: apt-get install python3-venv"
    return f"cannot make {ENVIRONMENT}: {(made.stderr or made.stdout).strip().splitlines()[-1]}"


def install(name: str) -> bool:
    """pip install of a requirements file."""
    environment = os.environ | {"PIP_ROOT_USER_ACTION": "ignore", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", name]
    return subprocess.run(command, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0


def main() -> int:
    """Have the environment ready; 0 if it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    wants_dev = parser.parse_args().dev
    if sys.version_info < OLDEST:
        return fail(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; name one with make PYTHON=...")
    stamps = {kind: ENVIRONMENT / f".installed-{kind}" for kind in ("run", "dev")}
    wanted = digest()
    current = {kind for kind, stamp in stamps.items() if stamp.exists() and stamp.read_text() == wanted}
    if "dev" in current or (current and not wants_dev):
        return 0
    if not usable():
        print("Making .venv", file=sys.stderr)
        message = create()
        if message:
            return fail(message)
    print("Installing packages (a minute or two the first time)", file=sys.stderr)
    if not install("requirements-dev.txt" if wants_dev else "requirements.txt"):
        return fail("pip could not install the packages; see above")
    stamps["dev" if wants_dev else "run"].write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
