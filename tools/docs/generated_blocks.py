"""Generated parts of documents, between two marks."""

from __future__ import annotations


def rewritten(document: str, begin: str, end: str, part: str) -> str:
    """Return the document with `part` between its marks. Raises ValueError unless it has one `begin`, and an `end`."""
    before, rest = document.split(begin)
    _, after = rest.split(end, 1)
    return before + begin + part + end + after
