"""Make foreign file names safe to print and to create."""

from __future__ import annotations

import re
import unicodedata

from longshore.client.file_system import USUAL_NAME_BYTES

PATH_CHARACTERS = '/\\:*?"<>|'
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
DRAWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Format characters (Cf) that are visible, such as Arabic number signs."""
JOINERS = frozenset("\u200c\u200d")
VIRAMA = 9
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
"""The flag of a region: a black flag and tags (https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences)."""
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
    kept = without_hidden("".join("_" if char in PATH_CHARACTERS else char for char in name), "_").strip(" .")
    if len(kept.encode()) <= most:
        return kept or "file"
    ending = found[0] if (found := ENDING.search(kept)) else ""
    stem = kept.removesuffix(ending).encode()[: most - len(ending.encode())].decode(errors="ignore")
    return stem.rstrip(" .\u200c\u200d") + ending


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
