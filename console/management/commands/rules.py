"""`manage.py rules`: every rule that is built."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console import held_by, policy_guide, rule_listing
from console.schemes import CODES, NotBuilt


class Command(BaseCommand):
    """Needs no database. Data goes to standard output, messages to standard error."""

    help = "List every rule that is built, with its clause, parameters, worked cases and the tests that hold it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What to list, and the two files that are generated from rules and tests."""
        parser.add_argument("--scheme", choices=CODES, metavar="SCHEME", help=f"only its rules: {', '.join(CODES)}")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON list")
        parser.add_argument(
            "--write-held-by", action="store_true", help="regenerate console/held_by.json from the tests' markers"
        )
        parser.add_argument("--write-guide", action="store_true", help="regenerate docs/policy-guide.md")

    def handle(self, *args: Any, scheme: str | None, as_json: bool, **options: Any) -> None:
        """Print the rules, or write one of the generated files."""
        if options["write_held_by"]:
            held_by.HELD_BY.write_text(held_by.as_text(held_by.written_now()), encoding="utf-8")
            return
        if options["write_guide"]:
            policy_guide.GUIDE.write_text(policy_guide.text(), encoding="utf-8")
            return
        try:
            rows = rule_listing.rows(scheme)
        except NotBuilt as error:
            raise CommandError(str(error), returncode=2) from None
        if as_json:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        for line in rule_listing.table(rows):
            self.stdout.write(line)
