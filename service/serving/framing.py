"""Find the end of an HTTP/1.1 request in the bytes that arrived so far (RFC 9112, sections 2 to 7).

It only decides when a request can be parsed without waiting for its client. gunicorn parses it: a request
that is malformed, or larger than allowed, counts as complete, so that gunicorn refuses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE)
_CODING = re.compile(rb"\r\nTransfer-Encoding:[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nExpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")
MAX_CHUNK_LINE = 4096
"""Maximum bytes of a chunk's size with its extensions."""


@dataclass
class Frame:
    """The bytes of one request, and whether it is complete.

    max_address, max_head, max_body: bytes of the first line, of the head, and of the body.
    """

    max_address: int
    max_head: int
    max_body: int
    received: bytearray = field(default_factory=bytearray)
    complete: bool = False
    head_too_large: bool = False
    body_too_large: bool = False
    expects_continue: bool = False
    """Whether the client waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1)."""
    _head: int = 0
    _end: int | None = None
    _chunk: int | None = None
    _decoded: int = 0

    @property
    def whole(self) -> bool:
        """Whether it is complete because it ends, so that another request may follow on its connection."""
        return self.complete and self._end is not None and len(self.received) >= self._end

    def feed(self, data: bytes) -> bool:
        """Add received bytes. Returns whether the request is complete."""
        seen = len(self.received)
        self.received += data
        if not self._head:
            self._read_head(seen)
        if self._head and not self.complete:
            self._read_body()
        return self.complete

    def _read_head(self, seen: int) -> None:
        start = 2 if self.received.startswith(b"\r\n") else 0  # one empty line before a request is allowed
        end = self.received.find(HEAD_END, max(start, seen - len(HEAD_END)))
        line = self.received.find(b"\r\n", start)
        # the received bytes may end with a part of the terminator
        size = end if end >= 0 else len(self.received) - len(HEAD_END) + 1
        length = (line if line >= 0 else len(self.received) - 1) - start
        bare = _BARE_LINE_FEED.search(self.received, seen, end if end >= 0 else len(self.received))
        self.head_too_large = size > self.max_head
        self.complete = bool(self.head_too_large or length > self.max_address or bare)
        if end < 0 or self.complete:
            return
        self._head = end + len(HEAD_END)
        head = bytes(self.received[: self._head])
        lengths, codings = _LENGTH.findall(head), _CODING.findall(head)
        if len(lengths) + len(codings) > 1 or not all(length.isdigit() and len(length) < 20 for length in lengths):
            self.complete = True
        elif codings:
            self.complete = codings[0].lower() != b"chunked"
            self._chunk = self._head
        else:
            size = int(lengths[0]) if lengths else 0
            self.complete = self.body_too_large = size > self.max_body
            self._end = None if self.complete else self._head + size
        self.expects_continue = not self.complete and _EXPECT.search(head) is not None

    def _read_body(self) -> None:
        if self._end is None and self._chunk is not None:
            self._read_chunks(self._chunk)
        if self._end is not None:
            self.complete = len(self.received) >= self._end

    def _read_chunks(self, start: int) -> None:
        """Skip the chunks that have arrived; `_chunk` is the start of the next one."""
        while (line := _CHUNK.match(self.received, start)) is not None:
            size = int(line[1], 16)
            if size == 0:
                self._read_trailers(line.end())
                return
            self.complete = self.body_too_large = self._decoded + size > self.max_body
            if self.complete:
                return
            after = line.end() + size
            if not b"\r\n".startswith(self.received[after : after + 2]):
                self.complete = True
                return
            if len(self.received) < after + 2:
                break
            self._chunk = start = after + 2
            self._decoded += size
        else:
            rest = self.received[start : start + MAX_CHUNK_LINE]
            self.complete = len(rest) == MAX_CHUNK_LINE or b"\n" in rest
        # more bytes of sizes, extensions and line ends than of a body
        self.complete |= len(self.received) - self._head > 2 * self.max_body

    def _read_trailers(self, start: int) -> None:
        """The last chunk is followed by an empty line, or by trailers and an empty line."""
        if self.received[start : start + 2] == b"\r\n":
            self._end = start + 2
            return
        end = self.received.find(HEAD_END, start)
        self._end = None if end < 0 else end + len(HEAD_END)
        self.complete = end < 0 and len(self.received) - start > self.max_head
