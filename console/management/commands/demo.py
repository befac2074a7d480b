"""`manage.py demo`: load the demonstration data, and print how its accounts sign in."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.demonstration import accounts, loading, stories
from policy import clock
from policy.errors import Refused

MOST_CASES = 2_000_000


class Command(BaseCommand):
    """Data goes to standard output, messages to standard error; a failure is one clear line."""

    help = "Load invented demonstration data (never beside real data), and print its logins."

    def add_arguments(self, parser: CommandParser) -> None:
        """Two verbs, each with its own options."""
        verbs = parser.add_subparsers(dest="action", required=True, metavar="{load,logins}")
        load = verbs.add_parser("load", help="bring the demonstration to N applications; what is there stays")
        load.add_argument(
            "--cases",
            type=int,
            default=stories.CASES,
            metavar="N",
            help=f"how many (default {stories.CASES}); those above {stories.CASES} are written in bulk, for load tests",
        )
        load.add_argument(
            "--seed", type=int, default=loading.SEED, metavar="S", help=f"the same seed, the same data ({loading.SEED})"
        )
        load.set_defaults(run=self.load)
        logins = verbs.add_parser("logins", help="login, password, TOTP secret and roles of each account")
        logins.add_argument("--json", action="store_true", dest="as_json", help="print one JSON list")
        logins.set_defaults(run=self.logins)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb; a refusal ends with one line and exit status 1."""
        try:
            options["run"](**options)
        except Refused as refused:
            raise CommandError(refused.message) from None

    def load(self, *, cases: int, seed: int, **_: Any) -> None:
        """Load, and say what came of it."""
        if not 1 <= cases <= MOST_CASES:
            raise CommandError(f"--cases 须为1至{MOST_CASES}")
        done = loading.load(cases=cases, seed=seed, now=clock.now(), say=self.stderr.write)
        self.stdout.write(json.dumps({"cases": done.cases, "fresh": done.fresh, "seed": done.seed}))
        if done.fresh == 0:
            self.stderr.write(f"演示数据已经载入（{done.cases} 件，种子 {done.seed}），本次未作任何改动")
        else:
            self.stderr.write("演示数据已载入；登录方式：manage.py demo logins")

    def logins(self, *, as_json: bool, **_: Any) -> None:
        """Print the accounts; only a demonstration portal has any."""
        if not settings.PORTAL_DEMO:
            raise CommandError("本系统不是演示环境（PORTAL_ENV），没有演示账号")
        rows = accounts.logins()
        if not rows:
            raise CommandError("还没有演示账号，请先运行 manage.py demo load")
        if as_json:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            self.stdout.write(
                f"{row['login']}\t{row['password']}\t{row['totp_secret']}\t{row['name']}\t{'、'.join(row['titles'])}"
            )
