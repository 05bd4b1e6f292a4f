"""The kinds of zip files, by the local headers of their first entries (APPNOTE.TXT, 4.3.7). Nothing is unpacked."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from service.detection.types import APK, DOCX, EXTENSIONS, JAR, PPTX, XLSX, ZIP

_ENTRY = b"PK\x03\x04"
_HEADER = struct.Struct("<4s5H3L2H")
_DESCRIPTOR = 0x08
"""The flag of an entry whose length follows its bytes."""
_MIMETYPE = b"mimetype"
"""The first entry of OpenDocument and EPUB: their type, not compressed (OpenDocument 1.3, part 2, 3.3)."""
_FOLDERS = {b"word/": DOCX, b"xl/": XLSX, b"ppt/": PPTX}
_OFFICE = re.compile(rb"\[Content_Types\]\.xml|_rels/|docProps/|customXml/")
_PROGRAMS = {b"AndroidManifest.xml": APK, b"classes.dex": APK, b"META-INF/MANIFEST.MF": JAR}
MAX_ENTRIES = 1000


def zip_type(prefix: bytes) -> str | None:
    """Return the type of a zip; None if the bytes do not begin with an entry, or the end of an empty zip."""
    if prefix.startswith(b"PK\x05\x06"):
        return ZIP
    if not prefix.startswith(_ENTRY):
        return None
    entries = dict(_entries(prefix))
    programs = {kind for name, kind in _PROGRAMS.items() if name in entries}
    if programs:
        # a program that is also a document is a program; an APK may have a manifest of Java's too
        return APK if APK in programs else JAR
    if next(iter(entries), b"") == _MIMETYPE:
        return _declared(entries[_MIMETYPE])
    if not any(_OFFICE.match(name) for name in entries):
        return ZIP
    kinds = (kind for name in entries for folder, kind in _FOLDERS.items() if name.startswith(folder))
    return next(kinds, ZIP)


def _declared(content: bytes) -> str:
    """Return the type that a zip's first entry names, if it is one of ours."""
    kind = re.match(rb"[\x21-\x7e]{1,100}", content)
    named = kind[0].decode().removesuffix("PK") if kind else ""
    return named if named in EXTENSIONS and named.startswith("application/") else ZIP


def _entries(prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and stored bytes of the entries whose headers are in the prefix."""
    at = 0
    for _ in range(MAX_ENTRIES):
        if at < 0 or not prefix.startswith(_ENTRY, at) or at + _HEADER.size > len(prefix):
            return
        fields = _HEADER.unpack_from(prefix, at)
        flags, length, name_length, extra = fields[2], fields[7], fields[9], fields[10]
        begin = at + _HEADER.size + name_length + extra
        name = prefix[at + _HEADER.size : at + _HEADER.size + name_length]
        following = prefix.find(_ENTRY, begin) if flags & _DESCRIPTOR else begin + length
        yield name, prefix[begin : following if following > 0 else len(prefix)]
        at = following
