"""Keep the first bytes of passing pieces."""

from __future__ import annotations

from collections.abc import Iterator

from service.limits import KIB

PREFIX = 64 * KIB
"""Bytes that are kept: in Office files, the headers of the entries that name the kind are near the start."""


class Prefix:
    """The first PREFIX bytes that passed."""

    def __init__(self) -> None:
        self.kept = b""

    def past(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces unchanged, and keep the beginning."""
        for piece in pieces:
            if len(self.kept) < PREFIX:
                self.kept += piece[: PREFIX - len(self.kept)]
            yield piece
