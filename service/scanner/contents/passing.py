"""Read bytes that arrive in pieces, in generators that wait for the next piece at each `yield`."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")
Reading = Generator[None, bytes, Result]
"""A generator that is sent the pieces, and an empty one at their end."""


class EndReachedError(Exception):
    """There are fewer bytes than are read."""


class PassingBytes:
    """The bytes that arrive. position: of the next byte to read, from the beginning."""

    def __init__(self) -> None:
        self.position = 0
        self._piece = b""
        self._at = 0

    def peek(self, count: int) -> Reading[bytes]:
        """Return the next `count` bytes, which remain to be read; only a few. Raises EndReachedError."""
        while len(self._piece) - self._at < count:
            piece = yield from self._next()
            self._piece, self._at = self._piece[self._at :] + piece, 0
        return self._piece[self._at : self._at + count]

    def take(self, count: int) -> Reading[bytes]:
        """Return the next `count` bytes; only a few. Raises EndReachedError."""
        taken = yield from self.peek(count)
        self._pass(count)
        return taken

    def skip(self, count: int) -> Reading[None]:
        """Skip `count` bytes. Raises EndReachedError."""
        while count > (present := len(self._piece) - self._at):
            self._pass(present)
            count -= present
            self._piece, self._at = (yield from self._next()), 0
        self._pass(count)

    def skip_to(self, pattern: re.Pattern[bytes], length: int) -> Reading[None]:
        """Skip the bytes before the next match, which has `length` bytes. Raises EndReachedError."""
        while not (found := pattern.search(self._piece, self._at)):
            self._pass(max(0, len(self._piece) - self._at - length + 1))
            piece = yield from self._next()
            self._piece, self._at = self._piece[self._at :] + piece, 0
        self._pass(found.start() - self._at)

    def _pass(self, count: int) -> None:
        self._at += count
        self.position += count

    def _next(self) -> Reading[bytes]:
        piece = yield
        if not piece:
            raise EndReachedError
        return piece
