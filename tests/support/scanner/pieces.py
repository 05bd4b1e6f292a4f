"""Cut bytes into pieces, as connections do."""

from __future__ import annotations

from itertools import pairwise


def cut(body: bytes, cuts: set[int]) -> list[bytes]:
    """Return the pieces of the body between these positions; those behind it are ignored."""
    edges = [0, *sorted(edge for edge in cuts if edge < len(body)), len(body)]
    return [body[start:end] for start, end in pairwise(edges)]
