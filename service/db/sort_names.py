"""The form of a name for sorting and searching: without case, accents and forms of Unicode."""

from __future__ import annotations

import unicodedata

MAX_NAME_KEY = 255
"""Maximum characters; few names grow when they are folded ("ß" becomes "ss"), and longer ones are cut."""
_ACCENTS = range(0x0300, 0x0370)
"""Combining Diacritical Marks; the marks of other scripts are letters to those who read them."""


def name_key(name: str) -> str:
    """`Ångström №1.PDF` becomes `angstrom no1.pdf`, however its letters were composed."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    plain = "".join(char for char in decomposed if ord(char) not in _ACCENTS)
    return unicodedata.normalize("NFC", plain)[:MAX_NAME_KEY]
