"""Whether a detected type is one that a list accepts: types have several names, and some contain others."""

from __future__ import annotations

from collections.abc import Collection

from service.detection.types import (
    APK,
    DOCX,
    EMPTY,
    EPUB,
    EXTENSIONS,
    JAR,
    JSON,
    OLE,
    OPEN_DOCUMENT,
    OTHER_NAMES,
    PPTX,
    TEXT,
    XLSX,
    XML,
    ZIP,
    our_name,
)
from service.values.formats.media_types import OPAQUE_TYPE, is_of_type

_OFFICE = {
    DOCX: ("application/vnd.openxmlformats-officedocument.wordprocessingml.", "application/vnd.ms-word."),
    XLSX: ("application/vnd.openxmlformats-officedocument.spreadsheetml.", "application/vnd.ms-excel."),
    PPTX: ("application/vnd.openxmlformats-officedocument.presentationml.", "application/vnd.ms-powerpoint."),
}
"""How the types of templates and of documents with macros begin: their first entries are those of any document."""
_OF_ZIP = (*(prefix for prefixes in _OFFICE.values() for prefix in prefixes), OPEN_DOCUMENT, EPUB)
_PROGRAM_ZIPS = (JAR, APK)
_OLD_OFFICE = ("application/msword", "application/vnd.ms-", "application/vnd.visio")
_SAME_CONTAINER = (
    {"video/mp4", "audio/mp4", "video/quicktime"},
    {"video/webm", "audio/webm"},
    {"video/matroska", "audio/matroska", "video/x-matroska", "audio/x-matroska"},
    {"audio/ogg", "video/ogg"},
    {"audio/mp4", "audio/aac"},
    {"image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"},
    {"image/png", "image/apng"},
    {"application/gzip", "application/x-tgz", "application/x-gtar", "application/x-compressed-tar"},
)
"""Types whose files begin alike, so that their beginnings do not contradict each other."""
_WRITTEN_AS_TEXT = frozenset(
    {
        *(JSON, XML, "application/javascript", "application/ecmascript", "application/yaml", "application/x-yaml"),
        *("application/toml", "application/sql", "application/x-ndjson", "application/ndjson", "application/x-subrip"),
        *("message/rfc822", "application/x-sh", "application/x-httpd-php", "application/x-tex", "application/pgp-keys"),
    }
)


def fits(detected: str, listed: Collection[str]) -> bool:
    """Whether bytes of a detected type may be in a list of types such as `image/*` and `text/csv`."""
    if detected == EMPTY or OPAQUE_TYPE in listed:
        return True
    if any(is_of_type(name, listed) for name in _names(detected)):
        return True
    return any(_may_be(detected, our_name(each)) for each in listed if not each.endswith("/*"))


def _names(detected: str) -> set[str]:
    """Return the names of a type, and of the types that begin like it."""
    names = {detected}.union(*(same for same in _SAME_CONTAINER if detected in same))
    return names | {other for other, ours in OTHER_NAMES.items() if ours in names}


def _may_be(detected: str, wanted: str) -> bool:
    """Whether a file of a wanted type may look like the detected one."""
    if detected == OPAQUE_TYPE:
        return wanted not in EXTENSIONS and not _is_text(wanted)
    if detected == TEXT:
        return _is_text(wanted) or wanted not in EXTENSIONS
    if detected == JSON:
        return wanted == TEXT or wanted.endswith("+json")
    if detected == XML:
        return wanted.endswith("+xml")
    if detected == ZIP:
        return wanted.startswith(_OF_ZIP) or wanted.endswith("+zip") or wanted in _PROGRAM_ZIPS
    if detected == OLE:
        return wanted.startswith(_OLD_OFFICE)
    if detected in _OFFICE:
        return wanted == ZIP or wanted.startswith(_OFFICE[detected])
    return wanted == ZIP and (detected == EPUB or detected.startswith(OPEN_DOCUMENT))


def _is_text(wanted: str) -> bool:
    return wanted.startswith("text/") or wanted.endswith(("+json", "+xml")) or wanted in _WRITTEN_AS_TEXT
