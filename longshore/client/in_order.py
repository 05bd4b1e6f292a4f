"""Downloading into what takes bytes once and in order: standard output, pipes, devices, streams of a caller."""

from __future__ import annotations

import select
import time
from types import TracebackType
from typing import Protocol

from longshore.client.stopping import Stop
from longshore.client.verify import RunningChecksum

POLL = 0.1


class Writable(Protocol):
    """A binary stream: an open file, a pipe, a BytesIO."""

    def write(self, data: memoryview, /) -> int | None: ...


class InOrder:
    """Writes each byte once, however often its range is fetched: what has gone cannot be taken back."""

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
        """The stream is its caller's."""

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
        """What its bytes were held to while they passed, None where they are others."""
        return self._running.result()

    def finish(self) -> None:
        flush = getattr(self._stream, "flush", None)
        if flush:
            flush()

    def discard(self) -> None:
        """Nothing can be taken back."""

    def _write_some(self, data: memoryview) -> int:
        """Bytes that were taken. A non-blocking stream that is full takes none for the moment."""
        try:
            count = self._stream.write(data)
        except BlockingIOError as error:
            count = error.characters_written
        if not count:
            self._wait()
        return count or 0

    def _wait(self) -> None:
        try:
            descriptor = self._stream.fileno()  # type: ignore[attr-defined]
        except (AttributeError, OSError):
            time.sleep(POLL)
            return
        waiting = select.poll()
        waiting.register(descriptor, select.POLLOUT)
        waiting.poll(POLL * 1000)
