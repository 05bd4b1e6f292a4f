"""Everything that clamd and storage can do wrong while a file is scanned, row by row: nothing of it is clean."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from service.errors import ScannerUnavailableError, StorageUnavailableError
from service.scanner import ClamdScanner, ScanFailedError
from service.scanner import clamd as scanner_clamd
from service.scanner.connection import SCAN_SECONDS, reply_seconds
from service.values import ScanVerdict
from tests.support.clamd_session import OPENING, greet

MIB = 2**20
Behaviour = Callable[[socket.socket], object]


class Peer:
    """A clamd that does what it is told, for one connection; `got` is the stream as it came, `ended` whether it had
    its end."""

    def __init__(self, behaviour: Behaviour, greeting: Behaviour = greet) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._behaviour = behaviour
        self._greeting = greeting
        self.thread = threading.Thread(target=self._serve)
        self.scanner = ClamdScanner(f"tcp://127.0.0.1:{self._server.getsockname()[1]}", 100)

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


def take(peer: socket.socket) -> tuple[bytes, bool]:
    """Take an INSTREAM: its bytes, and whether it came to its end."""
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


def die(peer: socket.socket) -> None:
    """As a killed process does: what has not been read is answered with a reset."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def then(*steps: Behaviour) -> Behaviour:
    def behave(peer: socket.socket) -> None:
        for step in steps:
            step(peer)

    return behave


def asked(peer: socket.socket) -> None:
    """Take what each scan asks first, and answer nothing."""
    assert peer.recv(len(OPENING), socket.MSG_WAITALL) == OPENING


def command(peer: socket.socket) -> None:
    """Take the command that begins a stream."""
    assert peer.recv(10, socket.MSG_WAITALL) == b"zINSTREAM\0"


def some(peer: socket.socket) -> None:
    """Take a few bytes."""
    peer.recv(100)


def says(reply: bytes) -> Behaviour:
    return lambda peer: peer.sendall(reply)


FAULTS: dict[str, Behaviour] = {
    "killed at the start": die,
    "killed in the middle": then(some, die),
    "killed after the last byte": then(take, die),
    "closes at the start": lambda _: None,
    "closes in the middle": some,
    "closes after the last byte": take,
    "dies within its verdict": then(take, says(b"2: stream: O"), die),
    "OK without its closing NUL": then(take, says(b"2: stream: OK")),
    "OK that ends in a newline": then(take, says(b"2: stream: OK\n")),
    "OK outside of the session": then(take, says(b"stream: OK\0")),
    "OK to the first command": then(take, says(b"1: stream: OK\0")),
    "OK to a later command": then(take, says(b"3: stream: OK\0")),
    "OK to a command that begins like ours": then(take, says(b"22: stream: OK\0")),
    "OK for a file": then(take, says(b"2: /tmp/x: OK\0")),
    "OK for a descriptor": then(take, says(b"2: fd[10]: OK\0")),
    "OK alone": then(take, says(b"2: OK\0")),
    "OK in small letters": then(take, says(b"2: stream: ok\0")),
    "OK with spaces": then(take, says(b"2:  stream: OK \0")),
    "OK and more": then(take, says(b"2: stream: OK but\0")),
    "OK twice": then(take, says(b"2: stream: OK\0002: stream: OK\0")),
    "OK, then something found": then(take, says(b"2: stream: OK\0002: stream: Eicar FOUND\0")),
    "OK, then bytes without an end": then(take, says(b"2: stream: OK\0x")),
    "an empty reply": then(take, says(b"\0")),
    "an error": then(take, says(b"2: stream: Can't allocate memory ERROR\0")),
    "another command": then(take, says(b"2: UNKNOWN COMMAND\0")),
    "garbage": then(take, says(bytes(range(1, 256)) + b"\0")),
    "garbage without an end": then(take, says(b"x" * 100_000)),
    "OK before the last byte": then(some, says(b"2: stream: OK\0")),
    "OK before the last byte, which it then takes": then(
        command, says(b"2: stream: OK\0"), lambda peer: peer.recv(MIB)
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_verdict(fault: str) -> None:
    # one that is killed at the start may never have been there
    with Peer(FAULTS[fault]) as peer, pytest.raises((ScanFailedError, ScannerUnavailableError)):
        peer.scan(*[b"x" * MIB] * 32)


GREETINGS: dict[str, Behaviour] = {
    "killed": die,
    "closes": socket.socket.close,
    "asked, it is killed": then(asked, die),
    "asked, it closes": then(asked, socket.socket.close),
    "nothing": then(asked, says(b"\0")),
    "cut short": then(asked, says(b"1: ClamAV 1.4.3/27500")),
    "without a session": then(asked, says(b"ClamAV 1.4.3/27500/Sat\0")),
    "to another command": then(asked, says(b"2: ClamAV 1.4.3/27500/Sat\0")),
    "with a verdict": then(asked, says(b"1: ClamAV 1.4.3/27500/Sat\0002: stream: OK\0")),
}


@pytest.mark.parametrize("greeting", GREETINGS)
def test_a_session_that_begins_badly_has_no_verdict(greeting: str) -> None:
    taken = []
    behaviour = then(lambda peer: taken.append(take(peer)), says(b"2: stream: OK\0"))
    with Peer(behaviour, GREETINGS[greeting]) as peer, pytest.raises(ScannerUnavailableError):
        peer.scan(b"abc")
    assert [ended for _, ended in taken if ended] == []


def test_ok_that_was_said_before_the_end_was_sent() -> None:
    said = threading.Event()
    early = then(command, says(b"2: stream: OK\0"), lambda _: said.set())
    with Peer(then(early, lambda peer: peer.makefile("rb").read())) as peer:
        with pytest.raises(ScanFailedError, match="before it received every byte"):
            peer.scanner.scan((said.wait(10) and b"x" for _ in "1"), 1)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (b"2: stream: Eicar FOUND\0", ScanVerdict("infected", "Eicar")),
        (
            b"2: INSTREAM size limit exceeded. ERROR\0",
            ScanVerdict("unscannable", "too_large: clamd's StreamMaxLength is smaller than the file"),
        ),
    ],
)
def test_a_word_in_the_middle_ends_the_reading_too(reply: bytes, verdict: ScanVerdict) -> None:
    read = []

    def pieces() -> Iterator[bytes]:
        for number in range(1000):
            read.append(number)
            yield b"x" * MIB

    with Peer(then(some, says(reply))) as peer:
        assert peer.scanner.scan(pieces(), 1000 * MIB) == verdict
    assert len(read) < 1000


@pytest.mark.parametrize("error", [StorageUnavailableError, OSError, KeyboardInterrupt])
def test_storage_breaks_off(error: type[BaseException]) -> None:
    taken = []

    def pieces() -> Iterator[bytes]:
        yield b"abc"
        raise error

    with Peer(lambda peer: taken.append(take(peer))) as peer, pytest.raises(error):
        peer.scanner.scan(pieces(), 6)
    assert taken == [(b"abc", False)]


@pytest.mark.parametrize(("sent", "size"), [([b"abc"], 4), ([b"abc", b"d"], 3), ([], 1), ([b"ab", b"", b"c"], 4)])
def test_another_number_of_bytes(sent: list[bytes], size: int) -> None:
    taken = []
    with Peer(lambda peer: taken.append(take(peer))) as peer, pytest.raises(ScanFailedError, match="storage returned"):
        peer.scanner.scan(iter(sent), size)
    assert [ended for _, ended in taken] == [False]


def test_an_object_without_an_end_is_not_read_without_an_end() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 100

    with Peer(take) as peer, pytest.raises(ScanFailedError, match="storage returned 200 of 150 bytes"):
        peer.scanner.scan(endless(), 150)


def test_an_empty_piece_is_not_the_end() -> None:
    taken = []
    with Peer(then(lambda peer: taken.append(take(peer)), says(b"2: stream: OK\0"))) as peer:
        assert peer.scan(b"ab", b"", b"c") == ScanVerdict("clean")
    assert taken == [(b"abc", True)]


def test_how_far_it_is_can_be_watched() -> None:
    seen: list[int] = []
    with Peer(then(take, says(b"2: stream: OK\0"))) as peer:
        peer.scanner.scan(iter([b"abc", b"", b"de"]), 5, seen.append)
    assert seen == [3, 5]


def test_storage_is_read_while_clamd_is_slow_to_take() -> None:
    ahead = threading.Event()

    def pieces() -> Iterator[bytes]:
        for _ in range(8):
            yield b"x" * 64 * 1024
        ahead.set()

    with Peer(then(lambda _: ahead.wait(10), take, says(b"2: stream: OK\0"))) as peer:
        assert peer.scanner.scan(pieces(), 512 * 1024) == ScanVerdict("clean")
        assert ahead.is_set()


def test_no_thread_is_left_behind_and_no_reader() -> None:
    before = threading.enumerate()
    pieces = (b"x" * MIB for _ in range(32))
    with Peer(some) as peer, pytest.raises(ScanFailedError):
        peer.scanner.scan(pieces, 32 * MIB)
    assert threading.enumerate() == before
    assert list(pieces) == []


def test_waiting_grows_with_the_size() -> None:
    assert [reply_seconds(size) for size in (0, MIB, 2000 * MIB)] == [SCAN_SECONDS, SCAN_SECONDS + 1, 2250]


def test_a_clamd_that_is_silent_for_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, over = [], threading.Event()

    def seconds(size: int) -> float:
        asked.append(size)
        return 0.01

    monkeypatch.setattr(scanner_clamd, "reply_seconds", seconds)
    with Peer(then(take, lambda _: over.wait(10))) as peer:
        with pytest.raises(ScanFailedError, match="TimeoutError"):
            peer.scan(b"abc")
        over.set()
    assert asked == [3]


def test_a_clamd_that_takes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner_clamd, "PIECE_SECONDS", 0.01)
    monkeypatch.setattr(scanner_clamd, "CONNECT_SECONDS", 0.01)
    over = threading.Event()
    with Peer(lambda _: over.wait(10)) as peer:
        with pytest.raises(ScanFailedError, match="TimeoutError"):
            peer.scan(*[b"x" * MIB] * 32)
        over.set()
