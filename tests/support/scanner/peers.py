"""Scanners with a given behaviour, for one connection: clamd, and an ICAP server."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from service.scanner import ClamdScanner, IcapScanner, Scanner
from service.values import ScanVerdict
from tests.support.scanner.clamd_session import greet

Behaviour = Callable[[socket.socket], object]
CLEAN = b'ICAP/1.0 204 No Content\r\nISTag: "1"\r\n\r\n'
CONTINUE = b"ICAP/1.0 100 Continue\r\n\r\n"


@dataclass(frozen=True)
class Kind:
    """A protocol. greet: answer what each scan asks first; take: the bytes of a scan, and whether it came to its end;
    clean: the answer for a clean file."""

    scanner: Callable[[int], Scanner]
    greet: Behaviour
    take: Callable[[socket.socket], tuple[bytes, bool]]
    clean: bytes


class Peer:
    """A scanner with a given behaviour, for one connection."""

    def __init__(self, kind: Kind, behaviour: Behaviour, greeting: Behaviour | None = None) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._behaviour = behaviour
        self._greeting = greeting or kind.greet
        self.thread = threading.Thread(target=self._serve)
        self.scanner = kind.scanner(self._server.getsockname()[1])

    def __enter__(self) -> Peer:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.scanner.disconnect()
        self.thread.join(10)
        self._server.close()
        assert not self.thread.is_alive()

    def _serve(self) -> None:
        connection, _ = self._server.accept()
        with connection, suppress(OSError):
            self._greeting(connection)
            self._behaviour(connection)

    def scan(self, *pieces: bytes) -> ScanVerdict:
        return self.scanner.scan(iter(pieces), sum(map(len, pieces)))


def die(peer: socket.socket) -> None:
    """As a killed process does: what has not been read is answered with a reset."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def then(*steps: Behaviour) -> Behaviour:
    def behave(peer: socket.socket) -> None:
        for step in steps:
            step(peer)

    return behave


def some(peer: socket.socket) -> None:
    """Take a few bytes."""
    peer.recv(100)


def rest(peer: socket.socket) -> None:
    """Take everything until the other side hangs up."""
    while peer.recv(65536):
        pass


def replies(reply: bytes) -> Behaviour:
    return lambda peer: peer.sendall(reply)


def take_instream(peer: socket.socket) -> tuple[bytes, bool]:
    """Take clamd's INSTREAM."""
    file = peer.makefile("rb")
    if (command := file.read(10)) != b"zINSTREAM\0":
        assert command == b""
        return b"", False
    body = b""
    while len(header := file.read(4)) == 4:
        if header == b"\0\0\0\0":
            return body, True
        body += file.read(struct.unpack(">I", header)[0])
    return body, False


def head_of(file: BinaryIO) -> tuple[str, Mapping[str, str]]:
    """Take the head of an ICAP message: its first line, and its headers; both empty at the end of the connection."""
    first = file.readline().decode().strip()
    lines = iter(lambda: file.readline().decode().strip(), "")
    return first, {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def exactly(file: BinaryIO, length: int) -> bytes:
    """Take this number of bytes, or fewer at the end of the connection: an unbuffered file returns what there is."""
    body = b""
    while len(body) < length and (piece := file.read(length - len(body))):
        body += piece
    return body


def chunks_of(file: BinaryIO) -> tuple[bytes, bool]:
    """Take chunks: their bytes, and whether they came to their end."""
    body = b""
    while line := file.readline():
        length = int(line, 16)
        body += exactly(file, length)
        end = exactly(file, 2)
        if not length:
            return body, end == b"\r\n"
    return body, False


def options(*headers: str) -> Behaviour:
    """Answer OPTIONS with these headers besides those that are needed."""

    def behave(peer: socket.socket) -> None:
        first, _ = head_of(peer.makefile("rb", buffering=0))
        assert first.startswith("OPTIONS icap://127.0.0.1:"), first
        lines = ("ICAP/1.0 200 OK", "Methods: RESPMOD", "Service: Test 1.0", 'ISTag: "1"', "Allow: 204", *headers)
        peer.sendall("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n")

    return behave


PREVIEWING = options("Preview: 4")


def begun(peer: socket.socket) -> tuple[BinaryIO, Mapping[str, str]]:
    """Take the head of a RESPMOD, with the heads in it."""
    file = peer.makefile("rb", buffering=0)
    first, headers = head_of(file)
    if first:
        assert first.startswith("RESPMOD icap://127.0.0.1:"), first
        inner = int(headers["encapsulated"].rpartition("=")[2])
        assert exactly(file, inner).endswith(b"\r\n\r\n")
    return file, headers


def take_respmod(peer: socket.socket) -> tuple[bytes, bool]:
    """Take a RESPMOD; a preview is continued."""
    file, headers = begun(peer)
    if "preview" not in headers:
        return chunks_of(file)
    begin, ended = chunks_of(file)
    assert len(begin) <= int(headers["preview"])
    if not ended:
        return begin, False
    peer.sendall(CONTINUE)
    rest, ended = chunks_of(file)
    return begin + rest, ended


def preview(peer: socket.socket) -> None:
    """Take a RESPMOD up to the end of its preview."""
    file, headers = begun(peer)
    assert chunks_of(file) == (b"x" * int(headers["preview"]), True)


CLAMD = Kind(lambda port: ClamdScanner(f"tcp://127.0.0.1:{port}", 100), greet, take_instream, clean=b"2: stream: OK\0")
ICAP = Kind(lambda port: IcapScanner(f"icap://127.0.0.1:{port}/scan", 100), options(), take_respmod, clean=CLEAN)
PREVIEWED_ICAP = Kind(ICAP.scanner, PREVIEWING, take_respmod, clean=CLEAN)
KINDS = {"clamd": CLAMD, "icap": ICAP, "icap with a preview": PREVIEWED_ICAP}
