"""`manage.py pictures`: photograph the main pages of a running demonstration for the documentation."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from policy import clock
from staff import totp

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDE = (1440, 900)
SMALL = (1366, 768)
PHONE = (390, 844)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_WAIT_MS = 400


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its name, whose account role, the list to take a case from (or the page itself), keys to press."""

    name: str
    role: str
    path: str
    keys: tuple[str, ...] = ()
    case: str = ""
    size: tuple[int, int] = WIDE


SHOTS = (
    Shot("sign-in", "", "/sign-in/"),
    Shot("queue", "district_reviewer", "/", ("ArrowDown", "ArrowDown", "x")),
    Shot("queue-empty", "district_reviewer", "/?chip=corrected&scheme=vehicle-replacement&amount_from=15001"),
    Shot("case", "district_reviewer", "/all/?outcome=manual", case="first"),
    Shot("case-pass", "district_reviewer", "/?chip=clean", ("p",), case="first"),
    Shot("case-return", "district_reviewer", "/all/?state=RETURNED", case="first"),
    Shot("case-letter", "district_reviewer", "/?outcome=manual", ("r",), case="first"),
    Shot("help", "district_reviewer", "/", ("?",), size=SMALL),
    Shot("import", "district_reviewer", "/import/", size=SMALL),
    Shot("bureau", "municipal_approver", "/"),
    Shot("bureau-reject", "municipal_approver", "/?outcome=reject", ("j",), case="first"),
    Shot("pool", "municipal_approver", "/pool/", size=SMALL),
    Shot("all", "auditor", "/all/"),
    Shot("phone-queue", "district_reviewer", "/", size=PHONE),
    Shot("phone-case", "district_reviewer", "/all/?outcome=manual", case="first", size=PHONE),
)


class Command(BaseCommand):
    """Signs in with the demonstration's accounts and writes one PNG a page; prints the files it wrote."""

    help = "Photograph the main pages of a running demonstration portal into a folder (needs playwright and Chromium)."

    def add_arguments(self, parser: CommandParser) -> None:
        """--url of the portal, --folder for the pictures, --only NAME."""
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="the running portal (default: %(default)s)")
        parser.add_argument("--folder", default=str(settings.BASE_DIR / "docs" / "pictures"), help="where to write")
        parser.add_argument("--only", action="append", choices=[shot.name for shot in SHOTS], help="just these")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each picture; a missing browser or account is one clear error."""
        folder = Path(options["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        wanted = [shot for shot in SHOTS if not options["only"] or shot.name in options["only"]]
        accounts = self._accounts() if any(shot.role for shot in wanted) else {}
        with _browser() as browser:
            sessions: dict[str, Any] = {}
            for shot in wanted:
                page = self._open(browser, options["url"], shot, accounts, sessions)
                target = folder / f"{shot.name}.png"
                page.screenshot(path=str(target))
                page.context.close()
                self.stdout.write(str(target))

    def _accounts(self) -> dict[str, dict[str, Any]]:
        """The first demonstration account of each role."""
        printed = io.StringIO()
        call_command("demo", "logins", "--json", stdout=printed)
        found: dict[str, dict[str, Any]] = {}
        for account in json.loads(printed.getvalue()):
            for role in account["roles"]:
                code = role if isinstance(role, str) else role["role"]
                found.setdefault(code.partition(":")[0], account)
        return found

    def _open(
        self, browser: Browser, url: str, shot: Shot, accounts: dict[str, dict[str, Any]], sessions: dict[str, Any]
    ) -> Page:
        width, height = shot.size
        context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            storage_state=sessions.get(shot.role),
        )
        page = context.new_page()
        if shot.role and shot.role not in sessions:
            if shot.role not in accounts:
                raise CommandError(f"no demonstration account holds the role {shot.role}")
            _sign_in(page, accounts[shot.role])
            sessions[shot.role] = context.storage_state()
        page.goto(shot.path, wait_until="networkidle")
        if shot.case:
            first = page.locator("tr[data-url]").first
            if not first.count():
                raise CommandError(f"{shot.name}: {shot.path} lists no case; load the demonstration first")
            page.goto(str(first.get_attribute("data-url")), wait_until="networkidle")
        for key in shot.keys:
            page.keyboard.press(key)
        page.wait_for_timeout(_WAIT_MS)
        return page


@contextmanager
def _browser() -> Iterator[Browser]:
    """The system's Chromium, driven by playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise CommandError("playwright is not installed: pip install -r requirements-dev.txt") from None
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        raise CommandError("no Chromium on this machine: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def _sign_in(page: Page, account: dict[str, Any]) -> None:
    page.goto("/sign-in/")
    page.fill("#login", account["login"])
    page.fill("#password", account["password"])
    page.fill("#code", totp.code_at(account["totp_secret"], clock.now()))
    page.press("#code", "Enter")
    page.wait_for_load_state("networkidle")
    if page.locator("#login").count():
        raise CommandError(f"{account['login']} could not sign in: {page.locator('.err').first.inner_text()}")
