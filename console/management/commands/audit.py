"""`manage.py audit`: seal the trail, verify it, print what a witness keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import heads, partitions, services
from policy import clock


class Command(BaseCommand):
    """Seal and verify the audit trail."""

    help = "Seal and verify the audit trail, and export signed day heads for a witness."

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command for each task."""
        tasks = parser.add_subparsers(dest="task", required=True, metavar="{verify,seal,heads,partitions}")
        verify = tasks.add_parser("verify", help="`ok` and counts (exit 0), or each break with its row (exit 1)")
        verify.add_argument("--json", action="store_true", help="the report as JSON")
        verify.add_argument(
            "--witness", metavar="FILE", help="also compare with heads exported earlier (`audit heads`)"
        )
        tasks.add_parser("seal", help="chain and sign the committed events that are not sealed yet")
        exported = tasks.add_parser("heads", help="the signed heads of each day, and the public key")
        exported.add_argument("--json", action="store_true", help="as JSON, for `audit verify --witness`")
        months = tasks.add_parser("partitions", help="make the trail's partitions of the coming months")
        months.add_argument("--months", type=int, default=3, help="how many months ahead (default 3)")

    def handle(self, *args: Any, task: str, **options: Any) -> None:
        """Run one task."""
        getattr(self, f"_{task}")(options)

    def _seal(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{services.seal(clock.now())} events sealed")

    def _partitions(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{partitions.ensure(options['months'], at=clock.now())} partitions made")

    def _heads(self, options: dict[str, Any]) -> None:
        exported = heads.export()
        if options["json"]:
            self.stdout.write(json.dumps(exported, indent=1))
            return
        self.stdout.write(f"public key {exported['public_key']}")
        for head in exported["heads"]:
            self.stdout.write(
                f"{head['day']} seal {head['number']} position {head['last_position']} {head['head_hash']}"
            )

    def _verify(self, options: dict[str, Any]) -> None:
        report = services.verify(_witness(options["witness"]))
        if options["json"]:
            breaks = [{"table": b.table, "row": b.row, "message": b.message} for b in report.breaks]
            self.stdout.write(json.dumps({"ok": report.ok, "counts": report.counts, "breaks": breaks}, indent=1))
        elif report.ok:
            counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report.counts.items())
            self.stdout.write(f"ok: {counts}")
        else:
            for broken in report.breaks:
                self.stdout.write(str(broken))
        if not report.ok:
            raise CommandError(f"{len(report.breaks)} breaks in the trail", returncode=1)


def _witness(path: str | None) -> list[dict[str, Any]]:
    if path is None:
        return []
    try:
        return list(json.loads(Path(path).read_text(encoding="utf-8"))["heads"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path}: not an export of `audit heads --json` ({type(error).__name__})") from None
