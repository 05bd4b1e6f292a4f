"""An HTTP request on a faulty connection: its head, its fault, its result."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import parse_qs, unquote, urlsplit

PIECE = 1 << 17
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class RequestHead:
    """A request's head.

    `turn` counts the parts on the connection, `attempt` the attempts of this part, from 1; else 0.
    """

    head: bytes
    turn: int = 0
    attempt: int = 0

    @cached_property
    def lines(self) -> list[str]:
        return self.head.decode("latin-1").split("\r\n")

    @property
    def method(self) -> str:
        return self.lines[0].split(" ")[0]

    @cached_property
    def path(self) -> str:
        return unquote(urlsplit(self.lines[0].split(" ")[1]).path)

    @cached_property
    def query(self) -> dict[str, str]:
        found = parse_qs(urlsplit(self.lines[0].split(" ")[1]).query)
        return {name: values[0] for name, values in found.items()}

    @cached_property
    def length(self) -> int:
        """Bytes of its body; browsers always send them."""
        lengths = [line.partition(":")[2] for line in self.lines[1:] if line.lower().startswith("content-length:")]
        return int(lengths[0]) if lengths else 0

    @property
    def part(self) -> int:
        """The number of the part that it sends; 1 if it is one PUT of a whole file, 0 without bytes of a file."""
        return int(self.query.get("partNumber", 1)) if self.method == "PUT" else 0

    @property
    def url_ends(self) -> datetime:
        """When its presigned URL expires."""
        signed = datetime.strptime(f"{self.query['X-Amz-Date']}+0000", "%Y%m%dT%H%M%SZ%z")
        return signed + timedelta(seconds=int(self.query["X-Amz-Expires"]))

    def for_one_connection(self) -> bytes:
        """The head for the server: unchanged, except that the connection must close after the response."""
        kept = [line for line in self.lines if not line.lower().startswith("connection:")]
        return "\r\n".join([kept[0], "Connection: close", *kept[1:]]).encode("latin-1") + HEAD_END


@dataclass(frozen=True)
class Trouble:
    """The fault of a request: its connection breaks before it or, `lost`, before its response; or the relay responds
    itself, flips a bit of the body, or delays it until its URL has expired."""

    broken: bool = False
    lost: bool = False
    answer: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    flip: bool = False
    late: bool = False

    def words(self) -> bytes:
        """The relay's own response."""
        headers = {**self.headers, "Content-Length": "0", "Connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.answer} Trouble\r\n{lines}\r\n".encode()


FAIR = Trouble()


@dataclass
class Passage:
    """The result of a request: the server got `sent` bytes of its body and responded `status`, 0 for no response.

    `reached`: the server got the request. `body`: unless it is a part.
    """

    request: RequestHead
    reached: bool
    sent: int = 0
    status: int = 0
    body: bytes = b""

    def __str__(self) -> str:
        part = f" part {self.request.part}" if self.request.part else ""
        end = f"{self.status or 'no answer'}{'' if self.reached else ' from the line'}"
        return f"{self.request.method} {self.request.path}{part}: {self.sent} of {self.request.length} bytes, {end}"


def read_head(here: socket.socket) -> tuple[bytes, bytes]:
    """Return a head without its end, and the beginning of the body; empty if the browser sends no request."""
    seen = b""
    while HEAD_END not in seen:
        piece = here.recv(PIECE)
        if not piece:
            return b"", b""
        seen += piece
    head, _, rest = seen.partition(HEAD_END)
    return head, rest


def read_body(here: socket.socket, begun: bytes, length: int) -> Iterator[bytes]:
    """Yield exactly `length` bytes in pieces. Raises ConnectionResetError if the browser stops before."""
    left = length - len(begun)
    if begun:
        yield begun
    while left:
        piece = here.recv(min(PIECE, left))
        if not piece:
            raise ConnectionResetError
        left -= len(piece)
        yield piece


def status_of(answer: bytes) -> int:
    """Return the status in a response's first bytes."""
    words = answer[:32].split(b" ")
    return int(words[1]) if words[0].startswith(b"HTTP/") and len(words) > 1 else 0


def turned(piece: bytes) -> bytes:
    """Flip one bit."""
    return bytes([piece[0] ^ 1]) + piece[1:]
