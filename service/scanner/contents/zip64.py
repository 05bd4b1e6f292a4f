"""Detect ZIP64 entries in passing bytes: clamd (1.4, 1.5) skips them and answers OK.

It uses the 32-bit length of an entry; ZIP64 puts 0xFFFFFFFF there, so that the entry seems to end behind the file and
is skipped (libclamav/unzip.c, parse_local_file_header). In a zip in a compressed archive only clamd can see them: the
signature in deploy/clamav/longshore.cdb makes it report them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_WITHOUT_DESCRIPTOR = re.escape(bytes(flags for flags in range(256) if not flags & 0x08))
"""First byte of an entry's flags. Bit 3 means that the length is elsewhere, where clamd also reads it."""
_ENTRY = re.compile(
    rb"PK(?:\x03\x04..[" + _WITHOUT_DESCRIPTOR + rb"].{11}|\x01\x02.{16})\xff\xff\xff\xff",
    re.DOTALL,
)
_REACH = 23
"""One byte less than the longest match: this much of a piece may be the beginning of a match."""


class Zip64Watch:
    """Examines all passing bytes; `found`: whether there was an entry that clamd skips."""

    def __init__(self) -> None:
        self.found = False
        self._tail = b""

    def past(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces unchanged, and examine them."""
        for piece in pieces:
            if not self.found:
                border = self._tail + piece[:_REACH]
                self.found = bool(_ENTRY.search(border) or _ENTRY.search(piece))
                self._tail = (self._tail + piece[-_REACH:])[-_REACH:]
            yield piece
