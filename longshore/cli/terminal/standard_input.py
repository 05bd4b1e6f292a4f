"""Read standard input, which may be partly read already or non-blocking."""

from __future__ import annotations

import io

from longshore.client.stopping import Stop
from longshore.client.uploads.readable import read_some

MOST = 64 * 1024


class StandardInput(io.FileIO):
    """Unbuffered standard input: a read that waits in a buffer would keep the process from ending."""

    def __init__(self, descriptor: int = 0) -> None:
        super().__init__(descriptor, "rb", closefd=False)

    def seekable(self) -> bool:
        """Return False: the shell may have read the beginning of a file on purpose; only the rest is sent."""
        return False


def first_line(descriptor: int = 0) -> str:
    """Return the first line, or everything without a newline; undecodable bytes are escaped (PEP 383)."""
    content, piece = b"", bytearray(MOST)
    with StandardInput(descriptor) as stream:
        while b"\n" not in content and len(content) < MOST:
            count = read_some(stream, memoryview(piece), Stop())
            if not count:
                break
            content += piece[:count]
    return content.partition(b"\n")[0].decode(errors="surrogateescape")
