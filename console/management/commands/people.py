"""`manage.py people`: rotate the key of the encrypted columns."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from audit import services as trail
from people import rotation
from people.crypto import CipherError
from policy import clock


class Command(BaseCommand):
    """Keys of personal data."""

    help = "Re-encrypt personal data with the first of PORTAL_FIELD_KEYS, and say which keys are still in use."

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-command for each task."""
        tasks = parser.add_subparsers(dest="task", required=True, metavar="{rotate-key,keys}")
        rotate = tasks.add_parser(
            "rotate-key", help="re-encrypt what stands under an older key; may be stopped and started again"
        )
        rotate.add_argument("--batch", type=int, default=rotation.BATCH, help="rows per transaction (default 500)")
        tasks.add_parser("keys", help="how many values of each column stand under which key id")

    def handle(self, *args: Any, task: str, **options: Any) -> None:
        """Run one task."""
        try:
            if task == "rotate-key":
                self._rotate(options["batch"])
            self._keys()
        except CipherError as error:
            raise CommandError(str(error)) from None

    def _rotate(self, batch: int) -> None:
        if batch < 1:
            raise CommandError("--batch must be at least 1")
        total = 0
        for done in rotation.rotate(batch=batch):
            self.stdout.write(f"{done.place}: {done.rows} re-encrypted")
            total += done.rows
        current = rotation.key_id_of_current()
        with transaction.atomic():
            trail.record(
                "person.keys_rotated",
                actor="system:people",
                at=clock.now(),
                object_type="key",
                object_id=current,
                data={"rows": total},
            )
        self.stdout.write(f"{total} values re-encrypted with key {current}")

    def _keys(self) -> None:
        for place, counts in rotation.keys_in_use().items():
            shown = ", ".join(f"{key} {count}" for key, count in sorted(counts.items())) or "empty"
            self.stdout.write(f"{place}: {shown}")
