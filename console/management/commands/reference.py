"""`manage.py reference`: take reference tables in from spreadsheets, and print their empty sheets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from policy import clock
from policy.errors import InputError, Refused
from regulation import services
from regulation.resources import TABLES

ACTOR = "system:console"


class Command(BaseCommand):
    """Data goes to standard output, messages to standard error; a failure is one clear line."""

    help = "Import reference tables (NEV catalogue, scrapping enterprises, working days) from .xlsx or .csv."

    def add_arguments(self, parser: CommandParser) -> None:
        """Two verbs, each about one table."""
        tables = sorted(TABLES)
        verbs = parser.add_subparsers(dest="action", required=True, metavar="{import,template}")
        taking = verbs.add_parser("import", help="take the rows of a file in: all or nothing, nothing is deleted")
        taking.add_argument("table", choices=tables)
        taking.add_argument("file", help=".xlsx or .csv (UTF-8 or GB18030)")
        taking.set_defaults(run=self.take)
        empty = verbs.add_parser("template", help="print an empty sheet as CSV")
        empty.add_argument("table", choices=tables)
        empty.set_defaults(run=self.template)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb; bad cells are named in one line."""
        try:
            options["run"](**options)
        except InputError as error:
            raise CommandError("；".join(f"{path}：{'，'.join(said)}" for path, said in error.fields.items())) from None
        except Refused as refused:
            raise CommandError(refused.message) from None

    def take(self, *, table: str, file: str, **_: Any) -> None:
        """Import a file; the counts are the data."""
        try:
            content = Path(file).read_bytes()
        except OSError as error:
            raise CommandError(f"无法读取文件 {file}（{error.strerror}）") from None
        done = services.import_table(table, content, by=ACTOR, at=clock.now())
        row = {"table": done.table, "created": done.created, "updated": done.updated, "unchanged": done.unchanged}
        self.stdout.write(json.dumps(row))
        self.stderr.write(f"{TABLES[table].title}：新增 {done.created}，更新 {done.updated}，未变 {done.unchanged}")

    def template(self, *, table: str, **_: Any) -> None:
        """Print the columns."""
        self.stdout.write(services.template(table), ending="")
