"""Detect a file's type: by the library's signatures, and by steps of our own for what it does not know.

docs/detected-types.md compares the libraries, and shows what each step adds.
"""

from __future__ import annotations

import re

import filetype

from service.detection.ole import ole_type
from service.detection.texts import text_type
from service.detection.types import (
    EMPTY,
    EXTENSIONS,
    JAVA_CLASS,
    MACH_O,
    our_name,
)
from service.detection.zips import zip_type
from service.observability.logs import get_logger
from service.values.formats.media_types import OPAQUE_TYPE

log = get_logger(__name__)

UNKNOWN = OPAQUE_TYPE
"""The type of bytes that no signature matches."""
_TEXTUAL = frozenset({"application/pdf", "application/postscript", "text/rtf", "image/gif"})
"""Types whose files may consist of text alone. Any other signature at the start of a text is chance: `BMW`, `MZ`."""
_FIRST_JAVA = 45
"""The class file version of Java 1.0; a Mach-O file for several processors has its number of them there."""
_SIGNATURES = (
    (re.compile(rb"[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]"), MACH_O),
    (re.compile(rb"icns"), "image/x-icns"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n"), "image/jxl"),
    (re.compile(rb"\0\0\0\x0cjP  \r\n\x87\n"), "image/jp2"),
    (re.compile(rb"P[1-6][ \t\r\n]+(?:#[^\n]*\n)?\d{1,6}[ \t\r\n]+\d{1,6}\s"), "image/x-portable-anymap"),
    (re.compile(rb"(?:G.{187}){3}", re.DOTALL), "video/mp2t"),
    (re.compile(rb"wOF2"), "font/woff2"),
    (re.compile(rb"%PDF-"), "application/pdf"),
    (re.compile(rb"%!PS"), "application/postscript"),
    (re.compile(rb"\{\\rtf"), "text/rtf"),
)
"""Signatures that the library lacks, or names differently for some files."""


def detected_type(prefix: bytes, *, whole: bool, file_id: str = "") -> str:
    """Return the media type of a file by its first bytes; UNKNOWN if no rule matches, or after an error.

    whole: the prefix is the whole file. Never raises: a faulty rule must not stop a scan.
    """
    try:
        return _detected(prefix, whole=whole)
    except Exception as error:  # noqa: BLE001 - whatever a rule does with hostile bytes
        log.warning("type_not_detected", file_id=file_id, reason=f"{type(error).__name__}: {error}"[:200])
        return UNKNOWN


def _detected(prefix: bytes, *, whole: bool) -> str:
    if not prefix:
        return EMPTY
    found = zip_type(prefix) or ole_type(prefix) or _by_our_signatures(prefix) or _by_library(prefix)
    if found in _TEXTUAL:
        return found
    return text_type(prefix, whole=whole) or found or UNKNOWN


def _by_our_signatures(prefix: bytes) -> str | None:
    if prefix.startswith(b"\xca\xfe\xba\xbe"):
        return JAVA_CLASS if int.from_bytes(prefix[4:8], "big") & 0xFFFF >= _FIRST_JAVA else MACH_O
    return next((kind for pattern, kind in _SIGNATURES if pattern.match(prefix)), None)


def _by_library(prefix: bytes) -> str | None:
    found = filetype.guess_mime(prefix)
    name = our_name(found) if found else None
    return name if name in EXTENSIONS else None
