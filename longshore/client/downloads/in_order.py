"""Download in order: to standard output, pipes, devices and streams."""

from __future__ import annotations

import io
import select
import time
from types import TracebackType
from typing import Any, Protocol

from longshore.client.downloads.verify import RunningChecksum
from longshore.client.stopping import Stop

POLL = 0.1


class Writable(Protocol):
    """A binary stream: an open file, a pipe, a BytesIO."""

    def write(self, data: memoryview, /) -> int | None: ...


def refuse_unwritable(stream: Any) -> None:
    """Raises ValueError with a remedy for text streams and for objects without write()."""
    if isinstance(stream, io.TextIOBase):
        raise ValueError('the stream is text: open it in binary mode, open(path, "wb"), or give sys.stdout.buffer')
    if not callable(getattr(stream, "write", None)):
        raise ValueError(f"{type(stream).__name__} is neither a path nor a stream with write()")


class InOrder:
    """Write each byte once, however often its range is fetched: written bytes cannot be taken back."""

    in_order = True

    def __init__(self, stream: Writable, running: RunningChecksum) -> None:
        self._stream, self._running = stream, running
        self._position = 0
        self.done: set[int] = set()

    def __enter__(self) -> InOrder:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Close nothing: the stream belongs to the caller."""

    def write(self, offset: int, data: bytes) -> None:
        """Raises OSError of the stream."""
        rest = memoryview(data)[max(0, self._position - offset) :]
        self._running.update(rest)
        self._position += len(rest)
        while rest:
            rest = rest[self._write_some(rest) :]

    def add(self, range_index: int) -> None:
        self.done.add(range_index)

    def check(self, _checksum: str | None, _chunk_size: int | None, _stop: Stop) -> str | None:
        """Return by which checksum the written bytes were verified; None if they differ."""
        return self._running.result()

    def finish(self) -> None:
        flush = getattr(self._stream, "flush", None)
        if flush:
            flush()

    def discard(self) -> None:
        """Do nothing: written bytes cannot be taken back."""

    def _write_some(self, data: memoryview) -> int:
        """Return the number of written bytes, 0 if a non-blocking stream is full."""
        try:
            count = self._stream.write(data)
        except BlockingIOError as error:
            count = error.characters_written
        if not count:
            self._wait()
        return count or 0

    def _wait(self) -> None:
        try:
            select.select([], [self._stream], [], POLL)  # type: ignore[type-var]
        except (TypeError, ValueError, OSError):
            # no descriptor, or one above 1023, which select() does not support
            time.sleep(POLL)
