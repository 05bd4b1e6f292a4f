"""Make foreign file names safe to print and to create."""

from __future__ import annotations

import re
import unicodedata

from longshore.client.downloads.file_system import USUAL_NAME_BYTES

PATH_CHARACTERS = '/\\:*?"<>|'
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
DRAWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Format characters (Cf) that are visible, such as Arabic number signs."""
JOINERS = frozenset("\u200c\u200d")
VIRAMA = 9
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
"""The flag of a region: a black flag and tags (https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences)."""
DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9\u00b9\u00b2\u00b3]|con(in|out)\$) *(\.|$)", re.IGNORECASE)
"""Devices of Windows, with any ending (https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file)."""
ENDING = re.compile(r"(\.tar)?\.[^. ]{1,24}$", re.IGNORECASE)


def without_hidden(text: str, instead: str) -> str:
    """Return the text with each invisible or reordering character replaced: controls, bidi overrides.

    Joiners that Persian, Indic scripts and emoji need are kept (RFC 5892, appendix A.1 and A.2).
    """
    flags = {index for flag in FLAG.finditer(text) for index in range(*flag.span())}
    return "".join(
        instead if index not in flags and _is_hidden(text, index) else char for index, char in enumerate(text)
    )


def safe_name(name: str, most: int = USUAL_NAME_BYTES) -> str:
    """Return a safe file name for a foreign name: no path, no hidden characters, never empty.

    most: maximum bytes. A longer name is shortened at the end of its stem, never in its extension.
    """
    return _cut(_one_name(name).strip(" .") or "file", "", most)


def safe_part(name: str, most: int = USUAL_NAME_BYTES) -> str:
    """Return a safe name for a file or folder below a folder of its own: as `safe_name`, but leading dots stay.

    Windows can create it too: no device, no dot or space at its end.
    """
    kept = _cut(_one_name(name).rstrip(" .") or "_", "", most)
    return _cut(f"_{kept}", "", most) if DEVICE.match(kept) else kept


def numbered(name: str, number: int, most: int = USUAL_NAME_BYTES) -> str:
    """Return `name (2).txt` for a safe name, shortened to at most `most` bytes."""
    return _cut(name, f" ({number})", most)


def _one_name(name: str) -> str:
    return without_hidden("".join("_" if char in PATH_CHARACTERS else char for char in name), "_")


def _cut(name: str, addition: str, most: int) -> str:
    """Put an addition before the extension, and shorten the stem to fit."""
    if not addition and len(name.encode()) <= most:
        return name
    ending = found[0] if (found := ENDING.search(name)) and found.start() else ""
    room = most - len(f"{addition}{ending}".encode())
    stem = name.removesuffix(ending)
    if len(stem.encode()) > room:
        stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .\u200c\u200d") or "_"
    return stem + addition + ending


def _is_hidden(text: str, index: int) -> bool:
    char = text[index]
    if unicodedata.category(char) not in HIDDEN or char in DRAWN:
        return False
    return char not in JOINERS or not _joins(text[index - 1 : index], text[index + 1 : index + 2])


def _joins(before: str, after: str) -> bool:
    """Whether a joiner between these is needed: after a virama, or between letters and signs beyond ASCII."""
    if before and unicodedata.combining(before) == VIRAMA:
        return True
    return all(char and not char.isascii() and unicodedata.category(char)[0] in "LMNS" for char in (before, after))
