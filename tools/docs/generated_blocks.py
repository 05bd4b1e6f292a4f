"""Documents with parts that a command writes, between two marks."""

from __future__ import annotations


def rewritten(document: str, begin: str, end: str, part: str) -> str:
    """The document with `part` between its marks. Raises ValueError without exactly one `begin`, or without `end`."""
    before, rest = document.split(begin)
    _, after = rest.split(end, 1)
    return before + begin + part + end + after
