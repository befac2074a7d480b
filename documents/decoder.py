"""The program that touches outside bytes: run as `python -I decoder.py inspect|render [PAGE]`, file on stdin.

It stands alone (nothing of the portal is imported) and gives away its rights before it reads a byte: little CPU time
and memory, no new file descriptors (so no file, no socket), no bytes written to files, no root. Whatever a hostile file
does to a decoder, it does it here. `inspect` prints one JSON line; `render` prints a JPEG made of decoded pixels only.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import warnings
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin  # noqa: F401  loaded while it may

# The caller has seen that the file does not begin as a PDF: loading the PDF readers takes longer than all the rest.
PICTURES_ONLY = "--picture" in sys.argv[1:]
if not PICTURES_ONLY:
    import pypdf
    import pypdf.generic
    import pypdfium2

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 64_000_000
MAX_SIDE = 20_000
MAX_PDF_PAGES = 50
MAX_PDF_OBJECTS = 50_000
VIEW_SIDE = 3_000
CPU_SECONDS = 15
MEMORY = 1024 * 1024 * 1024
NOBODY = 65534

# What a PDF may not carry: anything that runs, opens, submits or hides another file.
_FORBIDDEN_KEYS = {
    "/JS",
    "/JavaScript",
    "/EmbeddedFile",
    "/EmbeddedFiles",
    "/EF",
    "/XFA",
    "/AA",
    "/RichMediaContent",
    "/RichMediaSettings",
    "/Launch",
}
_FORBIDDEN_ACTIONS = {
    "/JavaScript",
    "/Launch",
    "/SubmitForm",
    "/ImportData",
    "/GoToR",
    "/GoToE",
    "/Rendition",
    "/Movie",
    "/Sound",
    "/RichMediaExecute",
}


class Unacceptable(Exception):
    """The file is not what the portal takes; the message is a word of `MESSAGES` in documents.inspection."""


def give_away_rights() -> None:
    """Lower the limits of this process, for good, and stop being root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # A descriptor gets the lowest free number: below three none is free, so nothing can be opened or connected.
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def kind_of(data: bytes) -> str:
    """Media type by the first bytes; a file that begins as one thing and holds the head of another is refused."""
    if data.startswith(b"%PDF-"):
        if PICTURES_ONLY:
            raise Unacceptable("broken")
        return "application/pdf"
    if b"%PDF-" in data[:1024]:
        raise Unacceptable("mixed")
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    raise Unacceptable("type")


def open_image(data: bytes, kind: str) -> Image.Image:
    """Decode a picture entirely; its size is read from the header and judged before any pixel is."""
    formats = ["PNG"] if kind == "image/png" else ["JPEG", "MPO"]
    try:
        picture = Image.open(io.BytesIO(data), formats=formats)
    except Image.DecompressionBombError as error:
        raise Unacceptable("pixels") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise Unacceptable("broken") from error
    width, height = picture.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise Unacceptable("pixels")
    try:
        picture.load()
    except (OSError, ValueError, SyntaxError, IndexError, EOFError) as error:
        raise Unacceptable("broken") from error
    return picture


def check_png_end(data: bytes) -> None:
    """Nothing follows the last chunk of a PNG (a JPEG of a telephone may honestly carry a second picture)."""
    if data[-8:-4] != b"IEND":
        raise Unacceptable("mixed")


def inspect_pdf(data: bytes) -> dict[str, Any]:
    """Structure, page count, and that nothing in it is active."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise Unacceptable("encrypted")
        count = len(reader.pages)
        refuse_active(reader)
    except (Unacceptable, MemoryError):
        raise
    except Exception as error:  # a parser of hostile input may fail in any way; all mean the same here
        raise Unacceptable("broken") from error
    if not 1 <= count <= MAX_PDF_PAGES:
        raise Unacceptable("pages")
    first = render_pdf(data, 0)
    return {"type": "application/pdf", "pages": count, "width": first.width, "height": first.height}


def refuse_active(reader: pypdf.PdfReader) -> None:
    """Walk every object, also those nothing refers to, and refuse active or embedded content."""
    numbers = {(number, 0) for number in reader.xref_objStm}
    for generation, entries in reader.xref.items():
        numbers |= {(number, generation) for number in entries}
    if len(numbers) > MAX_PDF_OBJECTS:
        raise Unacceptable("broken")
    refuse_in(reader.trailer, 0)
    for number, generation in sorted(numbers):
        found = reader.get_object(pypdf.generic.IndirectObject(number, generation, reader))
        refuse_in(found, 0)


def refuse_in(value: Any, depth: int) -> None:
    """Refuse forbidden names in one direct object; references are walked by `refuse_active`."""
    if depth > 60:
        raise Unacceptable("broken")
    if isinstance(value, pypdf.generic.DictionaryObject):
        action = value.raw_get("/S") if "/S" in value else None
        if _FORBIDDEN_KEYS & set(value) or action in _FORBIDDEN_ACTIONS:
            raise Unacceptable("active")
        for key in value:
            refuse_in(value.raw_get(key), depth + 1)
    elif isinstance(value, pypdf.generic.ArrayObject):
        for item in list.__iter__(value):
            refuse_in(item, depth + 1)


def render_pdf(data: bytes, page: int) -> Image.Image:
    """One page as a picture no larger than the viewer needs."""
    try:
        pdf = pypdfium2.PdfDocument(data)
        sheet = pdf[page]
        width, height = sheet.get_size()
        if not (0 < width < 15_000 and 0 < height < 15_000):
            raise Unacceptable("pixels")
        scale = min(VIEW_SIDE / max(width, height), 200 / 72)
        return sheet.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise Unacceptable("broken") from error


def inspect(data: bytes) -> dict[str, Any]:
    """Kind, size in pixels and number of pages, after a real decode."""
    if len(data) > MAX_BYTES:
        raise Unacceptable("size")
    kind = kind_of(data)
    if kind == "application/pdf":
        return inspect_pdf(data)
    picture = open_image(data, kind)
    if kind == "image/png":
        check_png_end(data)
    return {"type": kind, "pages": 1, "width": picture.width, "height": picture.height}


def render(data: bytes, page: int) -> bytes:
    """A JPEG for the viewer: upright, RGB, without metadata; `page` counts from 0."""
    kind = kind_of(data)
    if kind == "application/pdf":
        picture = render_pdf(data, page)
    else:
        picture = ImageOps.exif_transpose(open_image(data, kind))
        picture.thumbnail((VIEW_SIDE, VIEW_SIDE))
        if picture.mode in ("RGBA", "LA", "PA", "P"):
            layer = picture.convert("RGBA")
            picture = Image.new("RGB", layer.size, "white")
            picture.paste(layer, mask=layer)
        picture = picture.convert("RGB")
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=85)
    return out.getvalue()


def main(arguments: list[str]) -> int:
    """Read the file, answer on standard output. Exit 0, or 3 with the reason as a JSON line."""
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warm_up()
    give_away_rights()
    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
        if arguments[0] == "render":
            answer = render(data, int(arguments[1]))
        else:
            answer = json.dumps(inspect(data)).encode()
    except Unacceptable as error:
        answer = json.dumps({"refused": str(error)}).encode()
    except MemoryError:
        answer = json.dumps({"refused": "heavy"}).encode()
    refused = answer.startswith(b'{"refused"')
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return 3 if refused else 0


def warm_up() -> None:
    """Load what the libraries load late, while files can still be opened."""
    if not PICTURES_ONLY:
        sample = io.BytesIO()
        Image.new("RGB", (8, 8)).save(sample, "PDF")
        inspect(sample.getvalue())
    for form in ("PNG", "JPEG"):
        sample = io.BytesIO()
        Image.new("RGB", (8, 8)).save(sample, form)
        render(sample.getvalue(), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
