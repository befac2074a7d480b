"""Judging and drawing outside files without touching their bytes: the decoder runs as a limited process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog

from policy.errors import InputError

MAX_BYTES = 10 * 1024 * 1024
WALL_SECONDS = 30
_DECODER = Path(__file__).with_name("decoder.py")
# Each decoder may take a gigabyte: a burst of uploads queues here instead of in swap.
_SLOTS = threading.BoundedSemaphore(3)
_log = structlog.get_logger(__name__)

MESSAGES = {
    "type": "只接受 PDF、JPEG、PNG 文件（按内容识别）",
    "mixed": "文件内容混有其他格式",
    "size": "文件不得超过10 MB",
    "empty": "文件为空",
    "pixels": "图片尺寸过大",
    "pages": "PDF 页数须为1至50页",
    "encrypted": "不接受加密的 PDF",
    "active": "不接受含脚本、动作或附件的 PDF",
    "broken": "文件已损坏或无法解码",
    "heavy": "文件解码所需资源过多",
}


@dataclass(frozen=True)
class Inspection:
    """What a file is, after a real decode: media type, pages, size of the (first) page in pixels."""

    media_type: str
    page_count: int
    width: int
    height: int


def inspect(path: Path, *, field: str = "file") -> Inspection:
    """Decode a file in the limited process. Raises InputError on `field` saying why it is not taken."""
    status, output = _run(path, "inspect")
    if status != 0:
        raise InputError.of(field, MESSAGES[_reason(status, output)])
    found = json.loads(output)
    return Inspection(found["type"], found["pages"], found["width"], found["height"])


def draw(path: Path, page: int, *, field: str = "file") -> bytes:
    """A JPEG of one page (counted from 1) for the viewer, made of decoded pixels only. Raises InputError."""
    status, output = _run(path, "render", str(page - 1))
    if status != 0:
        raise InputError.of(field, MESSAGES[_reason(status, output)])
    return output


def _run(path: Path, *arguments: str) -> tuple[int, bytes]:
    """Run the decoder over a file; a run that had to be stopped counts as -9."""
    command = [sys.executable, "-I", "-B", str(_DECODER), *arguments]
    with _SLOTS, path.open("rb") as source:
        if source.read(5) != b"%PDF-":
            command.append("--picture")
        os.lseek(source.fileno(), 0, os.SEEK_SET)
        try:
            done = subprocess.run(
                command, stdin=source, capture_output=True, timeout=WALL_SECONDS, env={}, cwd="/", check=False
            )
        except subprocess.TimeoutExpired:
            return -9, b""
    return done.returncode, done.stdout


def _reason(status: int, output: bytes) -> str:
    """The decoder's word for a refusal; one that was killed or crashed took too much."""
    if status == 3:
        return str(json.loads(output)["refused"])
    # What a decoder prints when it dies may quote the file: only the status is logged.
    _log.warning("documents.decoder_stopped", status=status)
    return "heavy" if status < 0 else "broken"
