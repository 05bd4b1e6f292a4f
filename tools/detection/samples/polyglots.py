"""Files that are of two types at once, and files with another type's name."""

from __future__ import annotations

import zlib

from tools.detection.samples.archives import zipped
from tools.detection.samples.texts import SCRIPT

PHP = b"<?php system($_GET['c']); ?>"


def samples(others: dict[str, bytes]) -> dict[str, bytes]:
    """Return polyglots by their file names, from the other samples."""
    archive, jpeg, png = zipped({"river.txt": "tram"}), others["photo.jpg"], others["picture.png"]
    return {
        # as a script, GIF89a is a variable, and the picture's size begins a comment
        "gif-script.gif": b"GIF89a/*\x01\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;*/=1;alert(document.cookie)\n",
        "pdf-zip.pdf": others["page.pdf"] + archive,
        "jpeg-zip.jpg": jpeg + archive,
        "jpeg-php.jpg": _with_comment(jpeg, PHP),
        "png-html.png": png[:33] + _chunk(b"tEXt", b"Comment\0<html>" + SCRIPT.encode() + b"</html>") + png[33:],
        "html-late-jpeg.html": f"<!-- {'x' * 900} --><html>{SCRIPT}</html>".encode() + jpeg,
        "program.jpg": others["program.exe"],
        "program-elf.png": others["program.elf"],
        "script.jpg": others["script.sh"],
        "page.jpg": others["page.html"],
    }


def _with_comment(jpeg: bytes, comment: bytes) -> bytes:
    """Return a JPEG with a comment right after its start (ITU-T T.81, B.2.4.5)."""
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def _chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG (RFC 2083, 3.2)."""
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
