"""The form of a subject, and the names that none can have."""

from __future__ import annotations

import unicodedata

from service.limits import MAX_NAME_LENGTH

ANONYMOUS = "anonymous"
"""The name of callers in the audit log with login off."""
ERASED = "erased"
"""In the place of a subject that was erased, where a row needs a name."""
RESERVED = (ANONYMOUS, "scanner", "system", ERASED)
"""Names that no subject can have, because the service uses them."""


def checked_subject(text: str) -> str:
    """Return a subject in its stored form. Raises ValueError for one that could be mistaken for another.

    MySQL compares `ann ` equal to `ann`, and people cannot see invisible characters.
    """
    hidden = any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)
    if not 1 <= len(text) <= MAX_NAME_LENGTH or text != text.strip() or hidden:
        raise ValueError(f"must be 1 to {MAX_NAME_LENGTH} visible characters without leading or trailing spaces")
    if text in RESERVED:
        raise ValueError(f"is one of {', '.join(RESERVED)}, which are reserved")
    return text
