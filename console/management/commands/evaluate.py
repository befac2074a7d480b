"""`manage.py evaluate`: check dossiers against a scheme's rules without storing anything."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.evaluation import Line, evaluate_lines, json_lines, spreadsheet_lines
from console.schemes import CODES, NotBuilt, built_scheme
from exchange.spreadsheets import write_template
from policy.clock import now
from policy.errors import InputError
from policy.reading import MOMENT
from policy.scheme import Scheme

_SPREADSHEETS = (".xlsx", ".csv")
_PROGRESS_EVERY = 1000
_CANNOT = 2


class Command(BaseCommand):
    """Needs no database. Exit status 0: every line was read; 1: some were not; 2: the work could not be done."""

    help = "Check dossiers (JSON lines, .xlsx or .csv) against a scheme's rules; print one JSON line for each."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The scheme, the input, and where the outcomes go."""
        parser.add_argument("scheme", choices=CODES, metavar="SCHEME", help=", ".join(CODES))
        parser.add_argument("input", nargs="?", metavar="INPUT", help="JSON lines, .xlsx or .csv; - = standard input")
        parser.add_argument("--output", metavar="FILE", help="write the outcomes there instead of standard output")
        parser.add_argument("--at", metavar="TIMESTAMP", help="the present moment (RFC 3339 with offset); default now")
        parser.add_argument("--template", metavar="FILE", help="write an empty import template (.xlsx or .csv) instead")

    def handle(self, *args: Any, scheme: str, input: str | None, **options: Any) -> None:
        """Evaluate, or write the template."""
        try:
            found = built_scheme(scheme)
            if options["template"]:
                self._write_template(found, options["template"])
                return
            if input is None:
                raise CommandError("INPUT is missing: a file of dossiers, or - for standard input", returncode=_CANNOT)
            unread = self._evaluate(found, input, options["output"], _moment(options["at"]))
        except NotBuilt as error:
            raise CommandError(str(error), returncode=_CANNOT) from None
        except InputError as error:
            raise CommandError(f"{input}: {error.first[1]}", returncode=_CANNOT) from None
        except BrokenPipeError:
            # Whoever read the output has seen enough; Python must not complain again when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        except OSError as error:
            raise CommandError(f"{error.filename or input}: {error.strerror}", returncode=_CANNOT) from None
        if unread:
            self.stderr.write(f"{unread} line(s) could not be read")
            sys.exit(1)

    def _write_template(self, scheme: Scheme, target: str) -> None:
        if Path(target).suffix.lower() not in _SPREADSHEETS:
            raise CommandError(f"{target}: a template is an .xlsx or a .csv file", returncode=_CANNOT)
        with open(target, "wb") as file:
            write_template(file, scheme.section, name=target)

    def _evaluate(self, scheme: Scheme, source: str, target: str | None, at: datetime) -> int:
        """Print every answer; gives how many lines could not be read."""
        if target and source != "-" and os.path.exists(target) and os.path.samefile(source, target):
            raise CommandError(f"{target}: the output would overwrite the input", returncode=_CANNOT)
        unread = done = 0
        with _lines(scheme, source) as lines, _writer(self, target) as write:
            for answer in evaluate_lines(lines, scheme, scheme.baseline, at=at):
                write(json.dumps(answer.body, ensure_ascii=False, separators=(", ", ": ")) + "\n")
                unread += not answer.read
                done += 1
                if done % _PROGRESS_EVERY == 0:
                    self._progress(done)
        self._progress(done, last=True)
        return unread

    def _progress(self, done: int, *, last: bool = False) -> None:
        """How many lines are done, on one line of a terminal; nothing elsewhere."""
        if self.stderr.isatty():
            sys.stderr.write(f"\r{done:,} lines" + ("\n" if last else ""))
            sys.stderr.flush()


def _moment(text: str | None) -> datetime:
    if text is None:
        return now()
    try:
        moment: datetime = MOMENT.read(text)
    except ValueError:
        raise CommandError("--at: a time with offset, such as 2026-03-01T10:15:00+08:00", returncode=_CANNOT) from None
    return moment


@contextmanager
def _lines(scheme: Scheme, source: str) -> Iterator[Iterator[Line]]:
    if source == "-":
        yield json_lines(sys.stdin.buffer)
    elif Path(source).suffix.lower() in _SPREADSHEETS:
        yield spreadsheet_lines(Path(source), scheme.section)
    else:
        with open(source, "rb") as stream:
            yield json_lines(stream)


@contextmanager
def _writer(command: BaseCommand, target: str | None) -> Iterator[Any]:
    """A function that writes text to the target file or to standard output, in UTF-8 whatever the locale."""
    if target is not None:
        with open(target, "w", encoding="utf-8", newline="\n") as file:
            yield file.write
        return
    stream: Any = command.stdout._out
    if stream is sys.stdout and hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8")
    yield stream.write
    stream.flush()
