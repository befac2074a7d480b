"""The command that photographs the pages for the documentation."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image

from tests.browsing import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("browser")]


def test_picture_of_the_sign_in_page_is_written(live_portal: LivePortal, tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def photograph() -> None:
        try:
            call_command("pictures", "--url", live_portal.url, "--folder", str(tmp_path), "--only", "sign-in")
        except BaseException as error:  # noqa: BLE001 - told in the main thread
            failures.append(error)

    # The test's own thread has a browser driver already.
    thread = threading.Thread(target=photograph)
    thread.start()
    thread.join(timeout=60)
    assert failures == []
    with Image.open(tmp_path / "sign-in.png") as picture:
        assert picture.size == (1440, 900)
