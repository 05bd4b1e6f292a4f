"""Check that a caller's stream can be sent, and read it to its end."""

from __future__ import annotations

import io
import select
from typing import Any, Protocol

from longshore.client.errors import FileUnreadableError
from longshore.client.stopping import Stop

POLL = 0.1
"""Seconds between two reads of a stream without data at the moment."""


class Readable(Protocol):
    """A binary stream: an open file, a pipe, a BytesIO."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


def refuse_unusable(stream: Any) -> None:
    """Raises ValueError with a remedy for text, for objects without readinto, and for a stream that was read.

    The rest of a stream is only sent if it cannot seek, as otherwise rewinding it may have been forgotten.
    """
    if isinstance(stream, io.TextIOBase):
        raise ValueError('the stream is text; open it in binary mode, open(path, "rb")')
    if isinstance(stream, bytes | bytearray | memoryview):
        raise ValueError("bytes are not a stream; use io.BytesIO(data)")
    if not callable(getattr(stream, "readinto", None)):
        raise ValueError(f"{type(stream).__name__} has no readinto(); wrap it in an io.RawIOBase that has one")
    seekable = getattr(stream, "seekable", None)
    if callable(seekable) and seekable() and (position := stream.tell()):
        raise ValueError(f"the stream is at byte {position}; rewind it first with stream.seek(0)")


def read_some(stream: Readable, buffer: memoryview, stop: Stop) -> int:
    """Read into the buffer and return the bytes, 0 only at the end. Raises FileUnreadableError, StoppedError.

    A non-blocking stream without data for the moment returns None or raises BlockingIOError
    (https://docs.python.org/3/library/io.html#io.RawIOBase.readinto): that is not the end, so this waits for more.
    """
    while True:
        try:
            count = stream.readinto(buffer)
        except BlockingIOError:
            count = None
        except OSError as error:
            raise FileUnreadableError(f"The stream cannot be read: {error.strerror or error}.") from error
        if count is not None:
            return count
        _wait(stream, stop)


def _wait(stream: Readable, stop: Stop) -> None:
    """Wait until there may be more data, or for a moment if the stream has no descriptor."""
    stop.check()
    try:
        select.select([stream], [], [], POLL)  # type: ignore[type-var]
    except (TypeError, ValueError, OSError):
        # no descriptor, or one above 1023, which select() does not support
        stop.sleep(POLL)
