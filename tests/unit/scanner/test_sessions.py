"""Sessions with clamd for many files: each file gets its own verdict, also after a fault of its session."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from service.errors import StorageUnavailableError
from service.scanner import ClamdScanner
from service.scanner.clamd import session
from service.scanner.clamd.connection import Address
from service.scanner.clamd.replies import read_next_reply
from tests.support.scanner.clamd_session import VERSION

VIRUS = b"virus"
Between = Callable[[socket.socket], object]


class Clamd:
    """A clamd that finds VIRUS. files: bodies by connection; between: called after a connection's first file."""

    def __init__(self, between: Between) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._between = between
        self.files: list[list[bytes]] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        self.scanner = ClamdScanner(f"tcp://127.0.0.1:{self._server.getsockname()[1]}", 100)

    def stop(self) -> None:
        self.scanner.disconnect()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def scan(self, body: bytes) -> str:
        return self.scanner.scan(iter([body]), len(body)).status

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._server.accept()
                self.files.append([])
                self._threads.append(threading.Thread(target=self._serve, args=(peer, self.files[-1])))
                self._threads[-1].start()

    def _serve(self, peer: socket.socket, files: list[bytes]) -> None:
        number = 0
        with peer, peer.makefile("rb") as stream, suppress(OSError):
            while command := _until_nul(stream):
                number += command != b"zIDSESSION"
                if command == b"zVERSION":
                    peer.sendall(f"{number}: {VERSION}\0".encode())
                elif command == b"zINSTREAM":
                    files.append(body := _streamed(stream))
                    peer.sendall(f"{number}: stream: {'V FOUND' if VIRUS in body else 'OK'}\0".encode())
                    if len(files) == 1:
                        self._between(peer)


def _until_nul(stream: BinaryIO) -> bytes:
    return b"".join(iter(lambda: stream.read(1).rstrip(b"\0"), b""))


def _streamed(stream: BinaryIO) -> bytes:
    body = b""
    while length := int.from_bytes(stream.read(4)):
        body += stream.read(length)
    return body


def closed(peer: socket.socket) -> None:
    peer.shutdown(socket.SHUT_RDWR)


def replies(reply: bytes) -> Between:
    return lambda peer: peer.sendall(reply)


def instead(reply: bytes) -> Between:
    """Answer the next command so, and hang up."""

    def behave(peer: socket.socket) -> None:
        peer.recv(100)
        peer.sendall(reply)
        peer.shutdown(socket.SHUT_RDWR)

    return behave


@pytest.fixture
def begin() -> Iterator[Callable[..., Clamd]]:
    with ExitStack() as at_end:

        def begun(between: Between = lambda _: None) -> Clamd:
            clamd = Clamd(between)
            at_end.callback(clamd.stop)
            return clamd

        yield begun


def test_files_share_a_session(begin: Callable[..., Clamd]) -> None:
    clamd = begin()
    assert [clamd.scan(body) for body in (b"a", VIRUS, b"b")] == ["clean", "infected", "clean"]
    assert clamd.files == [[b"a", VIRUS, b"b"]]


BREAKS: dict[str, Between] = {
    "closed while idle": closed,
    "an old OK arrives late": replies(b"2: stream: OK\0"),
    "an OK for the next file arrives early": replies(b"4: stream: OK\0"),
    "closed when it is asked": instead(b""),
    "the version has no number": instead(VERSION.encode() + b"\0"),
    "the version has an old number": instead(f"1: {VERSION}\0".encode()),
    "the next version and the next verdict come at once": instead(f"3: {VERSION}\0".encode() + b"4: stream: OK\0"),
    "half a version": instead(b"3: Clam"),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_a_broken_session_is_replaced_before_the_file_is_read(begin: Callable[..., Clamd], fault: str) -> None:
    clamd = begin(BREAKS[fault])
    assert [clamd.scan(body) for body in (b"a", VIRUS)] == ["clean", "infected"]
    assert clamd.files == [[b"a"], [VIRUS]]


def test_an_interrupted_file_ends_its_session(begin: Callable[..., Clamd]) -> None:
    """clamd would take the next bytes for the rest of that file."""
    clamd = begin()

    def pieces() -> Iterator[bytes]:
        yield b"half of"
        raise StorageUnavailableError

    clamd.scan(b"a")
    with pytest.raises(StorageUnavailableError):
        clamd.scanner.scan(pieces(), 10)
    assert clamd.scan(VIRUS) == "infected"
    assert clamd.files[1:] == [[VIRUS]]


def test_a_session_ends_after_its_time_limit(begin: Callable[..., Clamd], monkeypatch: pytest.MonkeyPatch) -> None:
    """A clamd that is added behind the same address then gets files too."""
    monkeypatch.setattr(session, "SESSION_SECONDS", 0)
    clamd = begin()
    assert [clamd.scan(body) for body in (b"a", b"b")] == ["clean", "clean"]
    assert clamd.files == [[b"a"], [b"b"]]


def test_two_files_at_once_have_a_session_each(begin: Callable[..., Clamd]) -> None:
    clamd = begin()
    inner = []

    def pieces() -> Iterator[bytes]:
        inner.append(clamd.scan(VIRUS))
        yield b"b"

    clamd.scan(b"a")
    assert (clamd.scanner.scan(pieces(), 1).status, inner) == ("clean", ["infected"])
    assert clamd.files == [[b"a", b"b"], [VIRUS]]


def test_nagles_algorithm_is_off() -> None:
    """A file ends with four bytes: Nagle's algorithm would delay them until clamd acknowledges those before."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        with Address(f"tcp://127.0.0.1:{server.getsockname()[1]}").connect() as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


class InPieces(socket.socket):
    """A connection on which a reply arrives in several packets; options: set after each that is not the last."""

    def __init__(self, *pieces: bytes) -> None:
        super().__init__(socket.AF_INET)
        self._pieces = list(pieces)
        self.options: list[object] = []

    def recv(self, *_: object) -> bytes:
        return self._pieces.pop(0)

    def setsockopt(self, *option: object) -> None:  # type: ignore[override]
        self.options.append(option)


def test_the_first_part_of_a_reply_is_acknowledged_at_once() -> None:
    """clamd sends the number of a command first, and the rest when that is acknowledged."""
    with InPieces(b"1: ", b"OK\0") as connection:
        assert read_next_reply(connection) == "1: OK"
        assert connection.options == [(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)]


def test_a_unix_socket_is_connected_without_tcp_options(tmp_path: Path) -> None:
    path = tmp_path / "clamd.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        with Address(f"unix://{path}").connect() as connection:
            assert connection.getpeername() == str(path)
