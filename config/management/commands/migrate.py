"""`migrate`, and then the runtime role's rights on what it made."""

from typing import Any

from django.core.management.commands import migrate

from config import database, grants


class Command(migrate.Command):
    help = f"{migrate.Command.help} Afterwards grants the runtime role what it needs on the tables."

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; then, unless only looking, grant."""
        super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"]:
            return
        protected = grants.apply(
            options["database"],
            owner=database.owner()["USER"],
            runtime=database.runtime()["USER"],
        )
        if options["verbosity"] >= 1 and protected:
            self.stdout.write(f"Append-only for the runtime role: {', '.join(protected)}")
