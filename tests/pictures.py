"""A small JPEG page for tests that need stored evidence."""

from __future__ import annotations

import io

from PIL import Image


def jpeg(shade: int = 200) -> bytes:
    """An invented page: 40 × 30 grey pixels."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), (shade, shade, shade)).save(buffer, "JPEG")
    return buffer.getvalue()
