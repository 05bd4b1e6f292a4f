"""The name and type of a file in a browser's download (RFC 6266, RFC 8187)."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from service.values.formats.media_types import OPAQUE_TYPE, essence, parameters

INLINE_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain", "audio/mpeg", "video/mp4"}
)
"""Types that a browser may show: none that can contain scripts (no HTML, no SVG, no XML)."""
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters: control, format, surrogate, line and paragraph separator."""
DRAWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Format characters (Cf) that are visible, such as Arabic number signs."""
JOINERS = frozenset("\u200c\u200d")
VIRAMA = 9
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
"""The flag of a region: a black flag and tags (https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences)."""


def download_name(filename: str, extension: str | None = None) -> str:
    """Return a filename that is safe to save: without paths, control and bidi characters.

    `../../a\\nb.txt` becomes `.._.._ab.txt`; an empty rest becomes `file`. `extension` (with or without its dot) is
    added where the name lacks it.
    """
    kept = "".join("_" if char in '/\\:*?"<>|' else char for char in without_hidden(filename)).strip(" ")
    if kept.strip("._ ") == "":
        kept = "file"
    suffix = "." + extension.lstrip(".") if extension else ""
    return kept if kept.lower().endswith(suffix.lower()) else kept + download_name(suffix)


def content_disposition(
    filename: str, content_type: str, extension: str | None = None, *, attachment: bool = False
) -> str:
    """Return the Content-Disposition header for a download: inline for harmless types unless `attachment`, else
    attachment.

    An ASCII `filename` for old clients and, where it differs, the exact name as `filename*` (RFC 8187).
    """
    name = download_name(filename, extension)
    kind = "inline" if essence(content_type) in INLINE_TYPES and not attachment else "attachment"
    plain = "".join(char if 0x20 <= ord(char) < 0x7F and char != "%" else "_" for char in name)
    header = f'{kind}; filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"


def served_content_type(content_type: str) -> str:
    """Return the Content-Type of a download: the file's own if it is safe to show, else opaque.

    Text keeps its charset, without which a browser would guess.
    """
    served = essence(content_type)
    if served not in INLINE_TYPES:
        return OPAQUE_TYPE
    charset = parameters(content_type).get("charset", "") if served.startswith("text/") else ""
    return f"{served};charset={charset}" if re.fullmatch(r"[A-Za-z0-9._-]+", charset) else served


def without_hidden(text: str) -> str:
    """Return the text without invisible or reordering characters: controls, bidi overrides, zero-width ones.

    The joiners that Persian, Indic scripts and emoji need stay (RFC 5892, appendix A.1 and A.2).
    """
    flags = {index for flag in FLAG.finditer(text) for index in range(*flag.span())}
    return "".join(char for index, char in enumerate(text) if index in flags or not _is_hidden(text, index))


def _is_hidden(text: str, index: int) -> bool:
    char = text[index]
    if unicodedata.category(char) not in HIDDEN or char in DRAWN:
        return False
    return char not in JOINERS or not _joins(text[index - 1 : index], text[index + 1 : index + 2])


def _joins(before: str, after: str) -> bool:
    """Whether a joiner between these has a meaning: after a virama, or between letters and signs beyond ASCII."""
    if before and unicodedata.combining(before) == VIRAMA:
        return True
    return all(char and not char.isascii() and unicodedata.category(char)[0] in "LMNS" for char in (before, after))
