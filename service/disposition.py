"""How a file is named and typed when a browser downloads it (RFC 6266, RFC 8187)."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

INLINE_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain", "audio/mpeg", "video/mp4"}
)
"""What a browser may show in place: nothing that can hold script (no HTML, no SVG, no XML)."""
OPAQUE_TYPE = "application/octet-stream"


def download_name(filename: str, extension: str | None = None) -> str:
    """The filename without what could harm the one who saves it: paths, control and bidi characters.

    `../../a\\nb.txt` becomes `.._.._ab.txt`; an empty rest becomes `file`. `extension` (with or without its dot) is
    added where the name lacks it.
    """
    kept = "".join("_" if char in '/\\:*?"<>|' else char for char in filename if not _is_hidden(char)).strip(" ")
    if kept.strip("._ ") == "":
        kept = "file"
    suffix = "." + extension.lstrip(".") if extension else ""
    return kept if kept.lower().endswith(suffix.lower()) else kept + download_name(suffix)


def content_disposition(
    filename: str, content_type: str, extension: str | None = None, *, attachment: bool = False
) -> str:
    """The Content-Disposition header for a download: inline for harmless types unless `attachment`, else attachment.

    An ASCII `filename` for old clients and, where it differs, the exact name as `filename*` (RFC 8187).
    """
    name = download_name(filename, extension)
    kind = "inline" if essence(content_type) in INLINE_TYPES and not attachment else "attachment"
    plain = "".join(char if 0x20 <= ord(char) < 0x7F and char != "%" else "_" for char in name)
    header = f'{kind}; filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"


def served_content_type(content_type: str) -> str:
    """The Content-Type that a download carries: the file's own if it is harmless to show, else opaque."""
    served = essence(content_type)
    return served if served in INLINE_TYPES else OPAQUE_TYPE


def essence(content_type: str) -> str:
    """The media type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def _is_hidden(char: str) -> bool:
    """Control (Cc), format (Cf: bidi overrides, zero-width), surrogate and line/paragraph separator characters."""
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
