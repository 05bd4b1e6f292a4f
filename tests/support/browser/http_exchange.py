"""One HTTP request on a line: what is asked for, what befalls it, what becomes of it."""

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
class Asked:
    """A request's head. `turn` counts the parts on the line, `attempt` the tries of this part, from 1; else 0."""

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
        """Bytes of its body; browsers always say them."""
        told = [line.partition(":")[2] for line in self.lines[1:] if line.lower().startswith("content-length:")]
        return int(told[0]) if told else 0

    @property
    def part(self) -> int:
        """The number of the part that it brings; 0 where it brings none."""
        return int(self.query.get("partNumber", 0)) if self.method == "PUT" else 0

    @property
    def url_ends(self) -> datetime:
        """When its presigned URL stops being good."""
        signed = datetime.strptime(f"{self.query['X-Amz-Date']}+0000", "%Y%m%dT%H%M%SZ%z")
        return signed + timedelta(seconds=int(self.query["X-Amz-Expires"]))

    def for_one_connection(self) -> bytes:
        """The head as it goes on to the server: unchanged, but that the connection is to end with the answer."""
        kept = [line for line in self.lines if not line.lower().startswith("connection:")]
        return "\r\n".join([kept[0], "Connection: close", *kept[1:]]).encode("latin-1") + HEAD_END


@dataclass(frozen=True)
class Trouble:
    """What befalls a request: its connection breaks, or the line answers itself, turns a bit of the body, or holds it
    until its URL has ended.
    """

    broken: bool = False
    answer: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    flip: bool = False
    late: bool = False

    def words(self) -> bytes:
        """The line's own answer."""
        headers = {**self.headers, "Content-Length": "0", "Connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.answer} Trouble\r\n{lines}\r\n".encode()


FAIR = Trouble()


@dataclass
class Passage:
    """What became of a request: the server got `sent` bytes of its body and answered `status`; 0 is no answer.

    `reached`: the server heard of it. `body`: of what is no part.
    """

    asked: Asked
    reached: bool
    sent: int = 0
    status: int = 0
    body: bytes = b""

    def __str__(self) -> str:
        part = f" part {self.asked.part}" if self.asked.part else ""
        end = f"{self.status or 'no answer'}{'' if self.reached else ' from the line'}"
        return f"{self.asked.method} {self.asked.path}{part}: {self.sent} of {self.asked.length} bytes, {end}"


def read_head(here: socket.socket) -> tuple[bytes, bytes]:
    """A head without its end, and what came along of the body; empty where the browser asks for nothing after all."""
    seen = b""
    while HEAD_END not in seen:
        piece = here.recv(PIECE)
        if not piece:
            return b"", b""
        seen += piece
    head, _, rest = seen.partition(HEAD_END)
    return head, rest


def read_body(here: socket.socket, begun: bytes, length: int) -> Iterator[bytes]:
    """Exactly `length` bytes, piece by piece. ConnectionResetError where the browser stops before."""
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
    """The status in an answer's first bytes."""
    words = answer[:32].split(b" ")
    return int(words[1]) if words[0].startswith(b"HTTP/") and len(words) > 1 else 0


def turned(piece: bytes) -> bytes:
    """The same but for one bit."""
    return bytes([piece[0] ^ 1]) + piece[1:]
