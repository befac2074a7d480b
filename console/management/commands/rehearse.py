"""`manage.py rehearse`: play a timeline through the real services in a scratch database (contract §3)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from console.rehearsal import Player


class Command(BaseCommand):
    """JSON lines in, JSON lines out; the serving database is never touched."""

    help = "Play JSON lines {at, do, as?, …} through the real services in a scratch database that is thrown away."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """INPUT, `-` for standard input; --output FILE."""
        parser.add_argument("input", help="file of JSON lines, - for standard input")
        parser.add_argument("--output", help="file for the results (default: standard output)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 1 if a line could not be read; a refusal is a result, not a failure."""
        unread = 0
        with ExitStack() as stack:
            try:
                source: TextIO = sys.stdin
                if options["input"] != "-":
                    source = stack.enter_context(open(options["input"], encoding="utf-8"))
                target: Any = self.stdout
                if options["output"]:
                    target = stack.enter_context(open(options["output"], "w", encoding="utf-8"))
            except OSError as error:
                raise CommandError(f"cannot open {error.filename}: {error.strerror}") from None
            stack.enter_context(import_string(settings.SCRATCH_DATABASE)())
            try:
                for result, readable in Player().play(iter(source)):
                    target.write(json.dumps(result, ensure_ascii=False) + "\n")
                    unread += not readable
            except UnicodeDecodeError:
                raise CommandError("the input is not UTF-8") from None
        if unread:
            print(f"{unread} line(s) could not be read", file=sys.stderr)
            sys.exit(1)
