"""Files for the tests: honest ones and hostile ones, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def jpeg(size: tuple[int, int] = (60, 40), colour: str = "navy") -> bytes:
    """A small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def jpeg_with_place() -> bytes:
    """A JPEG that says where it was taken and that it lies on its side (EXIF)."""
    out = io.BytesIO()
    picture = Image.new("RGB", (60, 40), "navy")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "SECRET-PLACE"
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def png(size: tuple[int, int] = (60, 40)) -> bytes:
    """A small PNG with transparency."""
    out = io.BytesIO()
    Image.new("RGBA", size, (10, 20, 30, 128)).save(out, "PNG")
    return out.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises a huge picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = zlib.compress(b"\0" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf(pages: int = 1, *, extra: bytes = b"", root_extra: bytes = b"", padding: bytes = b"") -> bytes:
    """A PDF written object by object. `extra` are further objects (numbers from 100), `root_extra` goes into the
    catalogue."""
    kids = " ".join(f"{3 + n} 0 R" for n in range(pages)).encode()
    objects = [
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + root_extra + b" >>\nendobj\n",
        b"2 0 obj\n<< /Type /Pages /Kids [" + kids + b"] /Count " + str(pages).encode() + b" >>\nendobj\n",
    ]
    for number in range(pages):
        objects.append(
            str(3 + number).encode()
            + b" 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Resources << >> >>\nendobj\n"
        )
    if extra:
        objects += [piece + b"endobj\n" for piece in extra.split(b"endobj\n") if piece]
    out = b"%PDF-1.7\n" + padding
    table = []
    for piece in objects:
        table.append((int(piece.split(b" ", 1)[0]), len(out)))
        out += piece
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, offset in table:
        out += f"{number} 1\n{offset:010d} 00000 n \n".encode()
    size = max(number for number, _ in table) + 1
    return out + f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()


ACTIVE = {
    "javascript on opening": pdf(root_extra=b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"),
    "javascript, name in hex": pdf(root_extra=b"/OpenAction << /S /J#61vaScript /J#53 (x) >>"),
    "launch": pdf(root_extra=b"/OpenAction << /S /Launch /F (calc.exe) >>"),
    "submit": pdf(extra=b"100 0 obj\n<< /S /SubmitForm /F (http://x/) >>\nendobj\n"),
    "embedded file": pdf(root_extra=b"/Names << /EmbeddedFiles << /Names [] >> >>"),
    "nobody refers to it": pdf(extra=b"100 0 obj\n<< /Type /Action /S /JavaScript /JS (x) >>\nendobj\n"),
    "deep in an array": pdf(extra=b"100 0 obj\n[ [ [ << /A << /S /Launch >> >> ] ] ]\nendobj\n"),
    "form in XML": pdf(root_extra=b"/AcroForm << /Fields [] /XFA (x) >>"),
}
