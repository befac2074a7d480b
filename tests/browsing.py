"""Fixtures of browser tests: the portal on a loopback port and a real Chromium in front of it."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VIEWPORT = {"width": 1366, "height": 768}


@dataclass
class LivePortal:
    """A served portal: `url` without a trailing slash."""

    url: str


@dataclass
class Complaints:
    """What a page did that it must not: requests to elsewhere, script errors, refusals by the content policy."""

    found: list[str] = field(default_factory=list)


@pytest.fixture
def live_portal(fresh_db: str) -> Iterator[LivePortal]:
    """The portal served by threads of this process over `fresh_db`, so that a frozen clock holds there too."""
    from django.core.servers.basehttp import get_internal_wsgi_application
    from django.test import testcases

    threaded, handler = vars(testcases)["ThreadedWSGIServer"], vars(testcases)["QuietWSGIRequestHandler"]
    server = threaded(("127.0.0.1", 0), handler, allow_reuse_address=False)
    server.set_app(get_internal_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield LivePortal(f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()
    thread.join()


def chromium() -> str | None:
    """The path of the system's Chromium, None without one."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return None


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One Chromium for the session. Skips, saying why, on a machine without."""
    program = chromium()
    if program is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium fonts-noto-cjk)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def complaints() -> Complaints:
    """Collected by `page`; a test that provokes one clears it before it ends."""
    return Complaints()


@pytest.fixture
def page(browser: "Browser", live_portal: LivePortal, complaints: Complaints) -> "Iterator[Page]":
    """A fresh page, relative addresses go to `live_portal`. Fails the test for what `Complaints` lists."""
    context = browser.new_context(
        base_url=live_portal.url,
        viewport=VIEWPORT,  # type: ignore[arg-type]
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    opened = context.new_page()
    allowed = (live_portal.url, "data:", "blob:", "about:")

    def on_request(request: object) -> None:
        url: str = request.url  # type: ignore[attr-defined]
        if not url.startswith(allowed):
            complaints.found.append(f"request to {url}")

    def on_console(message: object) -> None:
        if "Content Security Policy" in message.text:  # type: ignore[attr-defined]
            complaints.found.append(message.text)  # type: ignore[attr-defined]

    context.on("request", on_request)
    opened.on("console", on_console)
    opened.on("pageerror", lambda error: complaints.found.append(f"script error: {error}"))
    yield opened
    context.close()
    assert not complaints.found, complaints.found
