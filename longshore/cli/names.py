"""Names of files from elsewhere: what of them may be shown, and what they are called here."""

from __future__ import annotations

import re
import unicodedata

from longshore.client.file_system import USUAL_NAME_BYTES

PATH_CHARACTERS = '/\\:*?"<>|'
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
DRAWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Format characters (Cf) that are signs of their own, as Arabic's number signs."""
JOINERS = frozenset("\u200c\u200d")
VIRAMA = 9
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
"""The flag of a region: a black flag and tags (https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences)."""
ENDING = re.compile(r"(\.tar)?\.[^. ]{1,24}$", re.IGNORECASE)


def without_hidden(text: str, instead: str) -> str:
    """The text, with something instead of each character that is not seen or changes what is: controls, bidi overrides.

    The joiners that Persian, Indic scripts and emoji are spelled with stay (RFC 5892, appendix A.1 and A.2).
    """
    flags = {index for flag in FLAG.finditer(text) for index in range(*flag.span())}
    return "".join(
        instead if index not in flags and _is_hidden(text, index) else char for index, char in enumerate(text)
    )


def safe_name(name: str, most: int = USUAL_NAME_BYTES) -> str:
    """A name for this folder of what somebody has called a file elsewhere: no path, nothing hidden, never empty.

    most: bytes that a name may have there. What is too long loses the end of its stem, never its ending.
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
    """Whether a joiner between these has a meaning: after a virama, or between letters and signs beyond ASCII."""
    if before and unicodedata.combining(before) == VIRAMA:
        return True
    return all(char and not char.isascii() and unicodedata.category(char)[0] in "LMNS" for char in (before, after))
