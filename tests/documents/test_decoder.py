"""What the decoder takes and refuses, and that it has given its rights away before it reads."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from documents import inspection
from policy.errors import InputError
from tests.documents import files

DECODER = Path(inspection.__file__).with_name("decoder.py")


def given(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return path


def refused(tmp_path: Path, content: bytes) -> str:
    with pytest.raises(InputError) as caught:
        inspection.inspect(given(tmp_path, content))
    return caught.value.fields["file"][0]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (files.jpeg(), inspection.Inspection("image/jpeg", 1, 60, 40)),
        (files.png(), inspection.Inspection("image/png", 1, 60, 40)),
        (files.pdf(3), inspection.Inspection("application/pdf", 3, 556, 278)),
    ],
)
def test_honest_files_are_taken(tmp_path: Path, content: bytes, expected: inspection.Inspection) -> None:
    assert inspection.inspect(given(tmp_path, content)) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"MZ\x90\x00" + b"\0" * 100, "type"),
        (b"GIF89a" + b"\0" * 100, "type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type"),
        (b"PK\x03\x04" + files.jpeg(), "type"),
        (b"\n" + files.pdf(), "mixed"),
        (files.jpeg()[:20] + b"%PDF-1.4\n" + files.jpeg()[20:], "mixed"),
        (files.png() + b"PK\x03\x04archive", "mixed"),
        (files.jpeg()[:200], "broken"),
        (files.png()[:-40], "broken"),
        (b"\xff\xd8\xff" + b"\0" * 500, "broken"),
        (b"%PDF-1.7\nnot really\n%%EOF", "broken"),
        (files.png_claiming(30_000, 30_000), "pixels"),
        (files.png_claiming(2_000_000, 8), "pixels"),
        (files.pdf(51), "pages"),
        *((content, "active") for content in files.ACTIVE.values()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_files_are_refused_with_their_reason(tmp_path: Path, content: bytes, message: str) -> None:
    assert refused(tmp_path, content) == inspection.MESSAGES[message]


def test_an_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    import pypdf

    writer = pypdf.PdfWriter(io.BytesIO(files.pdf()))
    writer.encrypt("", "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert refused(tmp_path, out.getvalue()) == inspection.MESSAGES["encrypted"]


def test_the_name_of_a_file_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "invoice.pdf"
    path.write_bytes(files.png())
    assert inspection.inspect(path).media_type == "image/png"


def test_a_drawn_page_has_no_metadata_and_stands_upright(tmp_path: Path) -> None:
    content = files.jpeg_with_place()
    assert b"SECRET-PLACE" in content
    drawn = inspection.draw(given(tmp_path, content), 1)
    assert b"SECRET-PLACE" not in drawn
    with Image.open(io.BytesIO(drawn)) as picture:
        assert (picture.format, picture.size, len(picture.getexif())) == ("JPEG", (40, 60), 0)


def test_pages_of_a_pdf_are_drawn(tmp_path: Path) -> None:
    path = given(tmp_path, files.pdf(2))
    with Image.open(io.BytesIO(inspection.draw(path, 2))) as picture:
        assert picture.format == "JPEG"
    with pytest.raises(InputError):
        inspection.draw(path, 3)


def in_the_decoder(tmp_path: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process that has done what the decoder does first."""
    program = f"""
import runpy, sys
decoder = runpy.run_path({str(DECODER)!r})
import socket, os
decoder["give_away_rights"]()
{code}
"""
    return subprocess.run(
        [sys.executable, "-I", "-B", "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "code",
    ["open('/etc/hostname')", "socket.socket()", "os.pipe()", f"open({str(DECODER)!r})", "os.dup(1)"],
)
def test_it_can_open_nothing(tmp_path: Path, code: str) -> None:
    done = in_the_decoder(tmp_path, code)
    assert "Too many open files" in done.stderr


def test_it_is_not_root(tmp_path: Path) -> None:
    assert in_the_decoder(tmp_path, "print(os.geteuid(), os.getegid())").stdout.split() != ["0", "0"]


def test_it_cannot_take_memory_without_end(tmp_path: Path) -> None:
    assert "MemoryError" in in_the_decoder(tmp_path, "bytearray(2 * 1024 ** 3)").stderr


def test_it_is_killed_when_it_computes_without_end(tmp_path: Path) -> None:
    # The limit itself is fifteen seconds; the test lowers it further, which a process may always do.
    done = in_the_decoder(
        tmp_path, "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass"
    )
    assert done.returncode < 0


def test_without_giving_its_rights_away_it_could(tmp_path: Path) -> None:
    # The negative control of the tests above.
    done = subprocess.run(
        [sys.executable, "-I", "-c", "import socket; socket.socket(); print('open')"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "open"


def test_a_decoder_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(inspection, "_DECODER", sleeper)
    monkeypatch.setattr(inspection, "WALL_SECONDS", 1)
    assert refused(tmp_path, files.jpeg()) == inspection.MESSAGES["heavy"]


def test_a_decoder_that_dies_says_nothing_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crasher = tmp_path / "crasher.py"
    crasher.write_text("raise SystemExit('110101198001010029')\n")
    monkeypatch.setattr(inspection, "_DECODER", crasher)
    assert refused(tmp_path, files.jpeg()) == inspection.MESSAGES["broken"]


def test_the_answer_is_one_line_of_json() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-B", str(DECODER), "inspect"], input=files.jpeg(), capture_output=True, check=False
    )
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"type": "image/jpeg", "pages": 1, "width": 60, "height": 40}
