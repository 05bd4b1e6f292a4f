"""Upload a stream of unknown length with a few parts in memory at a time."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from longshore.client.details import Details, with_checksum
from longshore.client.errors import StreamTooLongError
from longshore.client.observer import Observer, Session
from longshore.client.parts import MAX_PARTS, MIB
from longshore.client.progress import Meter
from longshore.client.shared import Common
from longshore.client.stopping import Stop, run_together
from longshore.client.uploads.compare import compare_bytes
from longshore.client.uploads.opening import resume_or_file
from longshore.client.uploads.readable import Readable, read_some, refuse_unusable
from longshore.client.uploads.sending import PartSender
from longshore.client.uploads.signing import Wanted
from longshore.client.uploads.source import PIECE
from longshore.client.values import File, Opened, SignedChunk, StoredChunk
from longshore.receipts.hashing import as_text, digest

T = TypeVar("T")
PART_SIZE = 16 * MIB
"""Default bytes of a part: 10,000 parts are 156 GiB."""
BUFFERED = 128 * MIB
"""Maximum bytes of parts in memory, but always two parts."""
POLL = 0.1


def buffers_of(connections: int, chunk_size: int) -> int:
    """Return the parts in memory: one per connection and one to read, at most BUFFERED bytes, but always two."""
    return max(2, min(connections + 1, BUFFERED // chunk_size))


class StreamUpload:
    """Send a stream until it ends. To resume, it must provide the same bytes again from the first."""

    def __init__(self, common: Common, stream: Readable, details: Details, observer: Observer) -> None:
        """Raises ValueError for a stream that cannot be sent."""
        refuse_unusable(stream)
        self._common, self._stream, self._observer = common, stream, observer
        self._details = replace(details, chunk_size=details.chunk_size or PART_SIZE)
        self._there: dict[int, StoredChunk] = {}
        self._algorithm: str | None = None
        self._size = self._count = 0

    def run(self, upload_id: str | None, stop: Stop) -> File:
        """upload_id: of an open upload to resume. Returns the file, without waiting for its verdict."""
        session = self._start(stop) if upload_id is None else self._reopen(upload_id, stop)
        if isinstance(session, File):
            return session
        self._observer.session(session)
        self._observer.stage("uploading")
        meter = Meter(None, self._observer.progress)
        self._send_all(session, meter, stop)
        meter.tell()
        self._observer.stage("completing")
        body = self._details.complete_body(session.upload_id, self._size, self._count)
        return self._common.api.complete(body, stop, self._details.old_credential)

    def _start(self, stop: Stop) -> Session:
        def init(algorithm: str | None) -> Opened:
            body = self._details.init_body(None, algorithm)
            return self._common.api.init(body, stop, self._details.old_credential)

        opened, self._algorithm = with_checksum(self._details.checksum, init)
        return Session(opened.upload_id, opened.file_id, opened.chunk_size, opened.expires_at)

    def _reopen(self, upload_id: str, stop: Stop) -> Session | File:
        found = resume_or_file(self._common, self._details, upload_id, None, stop)
        if isinstance(found, File):
            return found
        self._there = {stored.chunk_index: stored for stored in found.uploaded}
        self._algorithm = found.checksum_algorithm
        return Session(found.upload_id, found.file_id, found.chunk_size, found.expires_at)

    def _send_all(self, session: Session, meter: Meter, stop: Stop) -> None:
        buffers = buffers_of(self._common.slots.most, session.chunk_size)
        free: queue.Queue[bytearray] = queue.Queue()
        read: queue.Queue[tuple[int, memoryview] | None] = queue.Queue()
        for _ in range(buffers):
            free.put(bytearray())

        def read_all(stop: Stop) -> None:
            for index, part in self._parts(session.chunk_size, free, stop):
                read.put((index, part))
            for _ in range(buffers - 1):
                read.put(None)

        def send_all(stop: Stop) -> None:
            while (task := _get(read, stop)) is not None:
                index, part = task
                self._send(session.upload_id, index, part, meter, stop)
                owner = part.obj
                part.release()
                assert isinstance(owner, bytearray)  # noqa: S101 - so `_parts` made it
                free.put(owner)

        run_together([read_all, *[send_all] * (buffers - 1)], stop)

    def _parts(self, chunk_size: int, free: queue.Queue[bytearray], stop: Stop) -> Iterator[tuple[int, memoryview]]:
        """Yield the stream in parts, each in a free buffer. The last is shorter; a single part can be empty."""
        while True:
            buffer = _get(free, stop)
            if not buffer:
                buffer = bytearray(chunk_size)
            length = self._fill(buffer, stop)
            if length == 0 and self._count:
                return
            if self._count == MAX_PARTS:
                raise StreamTooLongError(f"The stream is longer than {MAX_PARTS} parts of {chunk_size} bytes.")
            self._size += length
            self._count += 1
            yield self._count - 1, memoryview(buffer)[:length]
            if length < chunk_size:
                return

    def _fill(self, buffer: bytearray, stop: Stop) -> int:
        """Read until the buffer is full or the stream ends; return the number of bytes."""
        view, filled = memoryview(buffer), 0
        while filled < len(view) and (count := read_some(self._stream, view[filled:], stop)):
            filled += count
        return filled

    def _send(self, upload_id: str, index: int, part: memoryview, meter: Meter, stop: Stop) -> None:
        if self._has(index, part):
            meter.stored(index, len(part))
            return

        def sign_again(chunk_index: int) -> SignedChunk:
            return self._common.api.sign(upload_id, [self._describe(chunk_index, part)], stop)[0]

        def unchanged() -> None:
            """Do nothing: only this process has the bytes."""

        sender = PartSender(
            self._common,
            upload_id,
            self._details.credential,
            lambda _: len(part),
            lambda _: _cut(part),
            unchanged,
            meter,
        )
        sender.send(lambda _: sign_again(index), sign_again, stop)

    def _has(self, index: int, part: memoryview) -> bool:
        stored = self._there.get(index)
        return stored is not None and compare_bytes(stored, len(part), self._algorithm, [part]) == "same"

    def _describe(self, index: int, part: memoryview) -> Wanted:
        wanted: Wanted = {"chunk_index": index, "chunk_size": len(part)}
        if self._algorithm:
            wanted["checksum"] = as_text(digest([part], self._algorithm))
        return wanted


def _cut(part: memoryview) -> Iterator[memoryview]:
    for start in range(0, len(part), PIECE):
        yield part[start : start + PIECE]


def _get(waiting: queue.Queue[T], stop: Stop) -> T:
    """Return the next item, waiting for one. Raises StoppedError."""
    while True:
        try:
            return waiting.get(timeout=POLL)
        except queue.Empty:
            stop.check()
