#!/usr/bin/env python3
"""The portal's commands. Starts the embedded services when a command needs them and nothing runs."""

import os
import sys


def main() -> int:
    """Run the command of the command line; the exit status is the command's."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from config.entry import run
    except ModuleNotFoundError as missing:
        print(f"manage.py: {missing.name} is not installed; run `make setup` first", file=sys.stderr)
        return 1
    return run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
