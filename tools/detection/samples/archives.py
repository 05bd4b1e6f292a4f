"""Archives and compressed files, by Python's own modules and py7zr. RAR's own program is not free: only its header."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import lz4.frame
import py7zr
import zstandard

TEXT = b"The tram crosses the river twice a day.\n" * 20
MANIFEST = "Manifest-Version: 1.0\r\nMain-Class: Tram\r\n\r\n"


def samples() -> dict[str, bytes]:
    """Return archives by their file names."""
    tar = _tar()
    return {
        "files.zip": zipped({"river.txt": TEXT.decode()}),
        "empty.zip": zipped({}),
        "program.jar": zipped({"META-INF/MANIFEST.MF": MANIFEST, "Tram.class": "not one"}),
        "app.apk": zipped({"AndroidManifest.xml": "not one", "classes.dex": "not one", "resources.arsc": "not one"}),
        "files.tar": tar,
        "files.tar.gz": gzip.compress(tar, mtime=0),
        "text.gz": gzip.compress(TEXT, mtime=0),
        "text.bz2": bz2.compress(TEXT),
        "text.xz": lzma.compress(TEXT),
        "text.zst": zstandard.compress(TEXT),
        "text.lz4": lz4.frame.compress(TEXT),
        "files.7z": _seven_zip(),
        "files.rar": b"Rar!\x1a\x07\x01\x00" + bytes.fromhex("3392b5e50a010506000501018080 00".replace(" ", "")),
    }


def zipped(entries: dict[str, str]) -> bytes:
    """Return a zip with these texts by name; `mimetype` is not compressed, as OpenDocument requires."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as target:
        for name, text in entries.items():
            target.writestr(ZipInfo(name), text, ZIP_STORED if name == "mimetype" else ZIP_DEFLATED)
    return buffer.getvalue()


def _tar() -> bytes:
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as target:
        entry = tarfile.TarInfo("river.txt")
        entry.size = len(TEXT)
        target.addfile(entry, BytesIO(TEXT))
    return buffer.getvalue()


def _seven_zip() -> bytes:
    buffer = BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as target:
        target.writestr(TEXT.decode(), "river.txt")
    return buffer.getvalue()
