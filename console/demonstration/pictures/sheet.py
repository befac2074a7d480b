"""A sheet to draw invented evidence on: paper, lines, labels, values, seals, and the word 演示 across all of it."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter, ImageFont

# Places where the usual packages put a font with Chinese glyphs; the index picks the Simplified face of a collection.
_FONTS: tuple[tuple[str, int], ...] = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/arphic/uming.ttc", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
    ("C:/Windows/Fonts/msyh.ttc", 0),
)
SCALE = 2
INK = "#20242c"
FAINT = "#6d7481"
RULE = "#8d5f3c"
SEAL = "#c43a31"


@lru_cache(maxsize=1)
def _font_file() -> tuple[str, int] | None:
    return next(((path, index) for path, index in _FONTS if Path(path).is_file()), None)


@lru_cache(maxsize=32)
def font(size: int) -> Any:
    """The font at a size in pixels of the drawing; Pillow's own where no Chinese font is installed."""
    found = _font_file()
    if found is None:
        return ImageFont.load_default(size * SCALE)
    return ImageFont.truetype(found[0], size * SCALE, index=found[1])


def has_chinese() -> bool:
    """Whether Chinese can be drawn; otherwise labels are drawn in their Latin form and other words are left out."""
    return _font_file() is not None


class Sheet:
    """A page of `width` by `height` units (drawn at twice that in pixels)."""

    def __init__(self, width: int, height: int, paper: str = "#fffdf8") -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width * SCALE, height * SCALE), paper)
        self._pen = ImageDraw.Draw(self.image)

    def text(
        self, x: float, y: float, words: str, *, size: int = 12, colour: str = INK, latin: str = "", anchor: str = "ls"
    ) -> None:
        """Words at a baseline point; `latin` stands in for them where no Chinese font is installed."""
        shown = words if has_chinese() else latin or words.encode("ascii", "ignore").decode().strip()
        if shown:
            self._pen.text((x * SCALE, y * SCALE), shown, font=font(size), fill=colour, anchor=anchor)

    def label(self, x: float, y: float, words: str, latin: str = "") -> None:
        """The printed name of a field."""
        self.text(x, y, words, size=10, colour=RULE, latin=latin)

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: str | None = None, colour: str = RULE
    ) -> None:
        """A rectangle."""
        edges = (x * SCALE, y * SCALE, (x + width) * SCALE, (y + height) * SCALE)
        self._pen.rectangle(edges, outline=colour, fill=fill, width=SCALE)

    def line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        """A printed rule."""
        self._pen.line((x * SCALE, y * SCALE, to_x * SCALE, to_y * SCALE), fill=RULE, width=SCALE)

    def seal(self, x: float, y: float, words: str, second: str = "", *, radius: int = 44) -> None:
        """A round seal with one or two lines, a little aslant."""
        side = radius * 2 * SCALE + 8
        layer = Image.new("RGBA", (side, side), (0, 0, 0, 0))
        pen = ImageDraw.Draw(layer)
        pen.ellipse((4, 4, side - 4, side - 4), outline=SEAL, width=3 * SCALE)
        if has_chinese():
            pen.text((side / 2, side / 2 - 4 * SCALE), words, font=font(9), fill=SEAL, anchor="ms")
            pen.text((side / 2, side / 2 + 10 * SCALE), second, font=font(9), fill=SEAL, anchor="ms")
        layer = layer.rotate(8, resample=Image.Resampling.BICUBIC)
        self.image.paste(layer, (int((x - radius) * SCALE), int((y - radius) * SCALE)), layer)

    def portrait(self, x: float, y: float) -> None:
        """A grey figure where a document shows its holder."""
        self._pen.rectangle((x * SCALE, y * SCALE, (x + 96) * SCALE, (y + 120) * SCALE), fill="#dfe4ea")
        self._pen.ellipse(((x + 30) * SCALE, (y + 24) * SCALE, (x + 66) * SCALE, (y + 62) * SCALE), fill="#9aa4b2")
        self._pen.pieslice(
            ((x + 14) * SCALE, (y + 66) * SCALE, (x + 82) * SCALE, (y + 160) * SCALE), 180, 360, fill="#9aa4b2"
        )

    def finish(self, *, blurred: bool = False) -> Image.Image:
        """The page with its watermark; `blurred` is a picture taken in haste, with glare on it."""
        image = self.image.convert("RGBA")
        image.alpha_composite(_watermark(image.size))
        page = image.convert("RGB")
        if not blurred:
            return page
        page = page.filter(ImageFilter.GaussianBlur(9))
        glare = Image.new("L", page.size, 0)
        width, height = page.size
        ImageDraw.Draw(glare).ellipse((width * 0.15, height * 0.1, width * 0.75, height * 0.8), fill=225)
        return Image.composite(Image.new("RGB", page.size, "#ffffff"), page, glare.filter(ImageFilter.GaussianBlur(60)))


@lru_cache(maxsize=8)
def _watermark(size: tuple[int, int]) -> Image.Image:
    layer = Image.new("RGBA", size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    words = "演示" if has_chinese() else "DEMO"
    for x in range(0, size[0], 360):
        for y in range(120, size[1], 260):
            pen.text((x + (y // 260 % 2) * 150, y), words, font=font(30), fill=(90, 110, 160, 46))
    return layer


def encode(image: Image.Image, form: str) -> bytes:
    """The page as JPEG, PNG or PDF bytes; the same page gives the same bytes (but for the date inside a PDF)."""
    out = io.BytesIO()
    if form == "PNG":
        image.quantize(64).save(out, "PNG")
    elif form == "PDF":
        image.save(out, "PDF", resolution=150, creationDate=None, modDate=None)
    else:
        image.save(out, "JPEG", quality=78)
    return out.getvalue()
