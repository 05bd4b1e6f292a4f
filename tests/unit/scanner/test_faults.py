"""Faults of a scanner and of storage during a scan: none of them gives the verdict clean."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from service.errors import ScannerUnavailableError, StorageUnavailableError
from service.scanner import ScanFailedError
from service.scanner.clamd import scanner as scanner_clamd
from service.scanner.clamd import session as clamd_session
from service.scanner.clamd.connection import SCAN_SECONDS, reply_seconds
from service.scanner.contents.unsearched import BEGIN
from service.scanner.icap import connection as icap_connection
from service.scanner.icap import scanner as icap_scanner
from service.scanner.icap.verdicts import SKIPPED
from service.values import ScanVerdict
from tests.support.scanner.clamd_session import OPENING
from tests.support.scanner.peers import (
    CLAMD,
    CLEAN,
    CONTINUE,
    ICAP,
    KINDS,
    PREVIEWED_ICAP,
    Behaviour,
    Kind,
    Peer,
    begun,
    die,
    preview,
    replies,
    rest,
    some,
    take_instream,
    take_respmod,
    then,
)

MIB = 2**20
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def take_opening(peer: socket.socket) -> None:
    """Take the first commands of each scan, and answer nothing."""
    assert peer.recv(len(OPENING), socket.MSG_WAITALL) == OPENING


def command(peer: socket.socket) -> None:
    """Take the command that begins a stream."""
    assert peer.recv(10, socket.MSG_WAITALL) == b"zINSTREAM\0"


CLAMD_FAULTS: dict[str, Behaviour] = {
    "killed at the start": die,
    "killed in the middle": then(some, die),
    "killed after the last byte": then(take_instream, die),
    "closes at the start": lambda _: None,
    "closes in the middle": some,
    "closes after the last byte": take_instream,
    "dies within its verdict": then(take_instream, replies(b"2: stream: O"), die),
    "OK without its closing NUL": then(take_instream, replies(b"2: stream: OK")),
    "OK that ends in a newline": then(take_instream, replies(b"2: stream: OK\n")),
    "OK outside of the session": then(take_instream, replies(b"stream: OK\0")),
    "OK to the first command": then(take_instream, replies(b"1: stream: OK\0")),
    "OK to a later command": then(take_instream, replies(b"3: stream: OK\0")),
    "OK to a command that begins like ours": then(take_instream, replies(b"22: stream: OK\0")),
    "OK for a file": then(take_instream, replies(b"2: /tmp/x: OK\0")),
    "OK for a descriptor": then(take_instream, replies(b"2: fd[10]: OK\0")),
    "OK alone": then(take_instream, replies(b"2: OK\0")),
    "OK in small letters": then(take_instream, replies(b"2: stream: ok\0")),
    "OK with spaces": then(take_instream, replies(b"2:  stream: OK \0")),
    "OK and more": then(take_instream, replies(b"2: stream: OK but\0")),
    "OK twice": then(take_instream, replies(b"2: stream: OK\0002: stream: OK\0")),
    "OK, then something found": then(take_instream, replies(b"2: stream: OK\0002: stream: Eicar FOUND\0")),
    "OK, then bytes without an end": then(take_instream, replies(b"2: stream: OK\0x")),
    "an empty reply": then(take_instream, replies(b"\0")),
    "an error": then(take_instream, replies(b"2: stream: Can't allocate memory ERROR\0")),
    "another command": then(take_instream, replies(b"2: UNKNOWN COMMAND\0")),
    "garbage": then(take_instream, replies(bytes(range(1, 256)) + b"\0")),
    "garbage without an end": then(take_instream, replies(b"x" * 100_000)),
    "OK before the last byte": then(some, replies(b"2: stream: OK\0")),
    "OK before the last byte, which it then takes": then(
        command, replies(b"2: stream: OK\0"), lambda peer: peer.recv(MIB)
    ),
}


INFECTED = b"ICAP/1.0 200 OK\r\nX-Infection-Found: Type=0; Resolution=2; Threat=Eicar;\r\n\r\n"
MODIFIED = b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=19\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
ICAP_FAULTS: dict[str, Behaviour] = {
    "killed at the start": die,
    "killed in the middle": then(some, die),
    "killed after the last byte": then(take_respmod, die),
    "closes at the start": lambda _: None,
    "closes in the middle": some,
    "closes after the last byte": take_respmod,
    "204 without the end of its head": then(take_respmod, replies(CLEAN[:-2])),
    "204 without the end of its first line": then(take_respmod, replies(b"ICAP/1.0 204 No Content")),
    "204 with the end of lines of Unix": then(take_respmod, replies(CLEAN.replace(b"\r", b""))),
    "204 cut short": then(take_respmod, replies(b"ICAP/1.0 20"), die),
    "204 of HTTP": then(take_respmod, replies(b"HTTP/1.1 204 No Content\r\n\r\n")),
    "204 of another version": then(take_respmod, replies(b"ICAP/2.0 204 No Content\r\n\r\n")),
    "204 in small letters": then(take_respmod, replies(b"icap/1.0 204 no content\r\n\r\n")),
    "2040": then(take_respmod, replies(b"ICAP/1.0 2040 No Content\r\n\r\n")),
    "204 with a line that is no header": then(take_respmod, replies(b"ICAP/1.0 204 OK\r\nICAP/1.0 200 OK\r\n\r\n")),
    "204 that names a threat": then(take_respmod, replies(INFECTED.replace(b"200", b"204"))),
    "204, then a virus": then(take_respmod, replies(CLEAN + INFECTED)),
    "204, then any byte": then(take_respmod, replies(CLEAN + b"x")),
    "204 twice": then(take_respmod, replies(CLEAN * 2)),
    "204 before the last byte": then(some, replies(CLEAN)),
    "204 before the last byte, which it then takes": then(some, replies(CLEAN), rest),
    "204 after an unrequested 100": then(some, replies(CONTINUE + CLEAN), rest),
    "100 after the last byte": then(take_respmod, replies(CONTINUE)),
    "100 and 204 after the last byte": then(take_respmod, replies(CONTINUE + CLEAN)),
    "206": then(take_respmod, replies(b"ICAP/1.0 206 Partial Content\r\n\r\n")),
    "the file as it was": then(take_respmod, replies(MODIFIED)),
    "another body without a name": then(
        take_respmod, replies(MODIFIED.replace(b"200 OK\r\n\r\n", b"403 Forbidden\r\n\r\n"))
    ),
    "no violations": then(take_respmod, replies(b"ICAP/1.0 200 OK\r\nX-Violations-Found: 0\r\n\r\n")),
    "no virus": then(take_respmod, replies(b"ICAP/1.0 200 OK\r\nX-Virus-ID: none\r\n\r\n")),
    "400": then(take_respmod, replies(b"ICAP/1.0 400 Bad Request\r\n\r\n")),
    "404": then(take_respmod, replies(b"ICAP/1.0 404 Service not found\r\n\r\n")),
    "500": then(take_respmod, replies(b"ICAP/1.0 500 Server error\r\n\r\n")),
    "500 that names a threat": then(take_respmod, replies(INFECTED.replace(b"200", b"500"))),
    "503": then(take_respmod, replies(b"ICAP/1.0 503 Service overloaded\r\n\r\n")),
    "an empty head": then(take_respmod, replies(b"\r\n\r\n")),
    "garbage": then(take_respmod, replies(bytes(range(256)) + b"\r\n\r\n")),
    "a head without an end": then(take_respmod, replies(b"ICAP/1.0 204 OK\r\n" + b"X: y\r\n" * 50_000)),
}
PREVIEW_FAULTS: dict[str, Behaviour] = {
    "200 after the preview": then(preview, replies(MODIFIED)),
    "500 after the preview": then(preview, replies(b"ICAP/1.0 500 Server error\r\n\r\n")),
    "killed after the preview": then(preview, die),
    "closes after the preview": preview,
    "204 together with 100": then(preview, replies(CONTINUE + CLEAN)),
    "204 after 100, in the middle": then(preview, replies(CONTINUE), some, replies(CLEAN)),
    "100 twice": then(preview, replies(CONTINUE * 2)),
    "100 before the preview": replies(CONTINUE),
}
FAULTS = {
    **{f"clamd: {name}": (CLAMD, fault) for name, fault in CLAMD_FAULTS.items()},
    **{f"icap: {name}": (ICAP, fault) for name, fault in ICAP_FAULTS.items()},
    **{
        f"icap with a preview: {name}": (PREVIEWED_ICAP, fault)
        for name, fault in (ICAP_FAULTS | PREVIEW_FAULTS).items()
        if not name.startswith("204 before the last byte")  # it is an answer to the preview here, see below
    },
}


@pytest.mark.parametrize(("kind", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_scanner_gives_no_verdict(kind: Kind, fault: Behaviour) -> None:
    # one that is killed at the start may never have been there
    with Peer(kind, fault) as peer, pytest.raises((ScanFailedError, ScannerUnavailableError)):
        peer.scan(*[b"x" * MIB] * 32)


def test_204_after_the_preview_is_reported_as_skipped() -> None:
    for body in (b"x" * 5, b"x" * MIB):
        with Peer(PREVIEWED_ICAP, then(preview, replies(CLEAN))) as peer:
            assert peer.scan(body) == SKIPPED


CLAMD_GREETINGS: dict[str, Behaviour] = {
    "killed": die,
    "closes": socket.socket.close,
    "asked, it is killed": then(take_opening, die),
    "asked, it closes": then(take_opening, socket.socket.close),
    "nothing": then(take_opening, replies(b"\0")),
    "cut short": then(take_opening, replies(b"1: ClamAV 1.4.3/27500")),
    "without a session": then(take_opening, replies(b"ClamAV 1.4.3/27500/Sat\0")),
    "to another command": then(take_opening, replies(b"2: ClamAV 1.4.3/27500/Sat\0")),
    "with a verdict": then(take_opening, replies(b"1: ClamAV 1.4.3/27500/Sat\0002: stream: OK\0")),
}
ICAP_GREETINGS: dict[str, Behaviour] = {
    "killed": die,
    "closes": socket.socket.close,
    "asked, it is killed": then(some, die),
    "asked, it closes": then(some, socket.socket.close),
    "a web server": then(some, replies(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
    "a mail server": then(some, replies(b"220 mail.example ESMTP\r\n"), rest),
    "404": then(some, replies(b"ICAP/1.0 404 Service not found\r\n\r\n")),
    "500": then(some, replies(b"ICAP/1.0 500 Server error\r\n\r\n")),
    "204": then(some, replies(CLEAN)),
    "of a service for requests": then(some, replies(b"ICAP/1.0 200 OK\r\nMethods: REQMOD\r\n\r\n")),
    "cut short": then(some, replies(b"ICAP/1.0 200 OK\r\nMethods: RESPMOD\r\n")),
}
GREETINGS = {
    **{f"clamd: {name}": (CLAMD, greeting) for name, greeting in CLAMD_GREETINGS.items()},
    **{f"icap: {name}": (ICAP, greeting) for name, greeting in ICAP_GREETINGS.items()},
}


@pytest.mark.parametrize("greeting", GREETINGS)
def test_a_faulty_greeting_gives_no_verdict(greeting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (clamd_session, icap_scanner):
        monkeypatch.setattr(module, "CONNECT_SECONDS", 0.5)
    taken = []
    kind, greet = GREETINGS[greeting]
    behaviour = then(lambda peer: taken.append(kind.take(peer)), replies(kind.clean))
    with Peer(kind, behaviour, greet) as peer, pytest.raises(ScannerUnavailableError):
        peer.scan(b"abc")
    assert [ended for _, ended in taken if ended] == []


EARLY: dict[str, tuple[Kind, Behaviour]] = {
    "clamd": (CLAMD, then(command, replies(CLAMD.clean))),
    "icap": (ICAP, then(begun, replies(CLEAN))),
    "icap with a preview": (PREVIEWED_ICAP, then(preview, replies(CONTINUE + CLEAN))),
}


@pytest.mark.parametrize("early", EARLY)
def test_ok_before_the_last_byte_is_no_verdict(early: str) -> None:
    replied = threading.Event()
    kind, behaviour = EARLY[early]
    says_early = then(behaviour, lambda _: replied.set())

    def pieces() -> Iterator[bytes]:
        if kind is PREVIEWED_ICAP:
            yield b"x" * BEGIN
        replied.wait(10)
        yield b"x"

    with Peer(kind, then(says_early, rest)) as peer:
        with pytest.raises(ScanFailedError, match="before it received every byte"):
            peer.scanner.scan(pieces(), BEGIN + 1 if kind is PREVIEWED_ICAP else 1)


@pytest.mark.parametrize(
    ("kind", "reply", "verdict"),
    [
        (CLAMD, b"2: stream: Eicar FOUND\0", ScanVerdict("infected", "Eicar")),
        (
            CLAMD,
            b"2: INSTREAM size limit exceeded. ERROR\0",
            ScanVerdict("unscannable", "too_large: clamd's StreamMaxLength is smaller than the file"),
        ),
        (ICAP, INFECTED, ScanVerdict("infected", "Eicar")),
    ],
)
def test_a_verdict_before_the_last_byte_ends_the_reading(kind: Kind, reply: bytes, verdict: ScanVerdict) -> None:
    read = []

    def pieces() -> Iterator[bytes]:
        for number in range(1000):
            read.append(number)
            yield b"x" * MIB

    with Peer(kind, then(some, replies(reply))) as peer:
        assert peer.scanner.scan(pieces(), 1000 * MIB) == verdict
    assert len(read) < 1000


@each_kind
@pytest.mark.parametrize("error", [StorageUnavailableError, OSError, KeyboardInterrupt])
def test_a_storage_error_is_raised_and_the_stream_is_not_completed(kind: Kind, error: type[BaseException]) -> None:
    taken, begin = [], b"a" * BEGIN

    def pieces() -> Iterator[bytes]:
        yield begin
        raise error

    with Peer(kind, lambda peer: taken.append(kind.take(peer))) as peer, pytest.raises(error):
        peer.scanner.scan(pieces(), 2 * BEGIN)
    assert taken == [(begin, False)]


@each_kind
@pytest.mark.parametrize(
    ("sent", "size"),
    [([b"abc"], 4), ([b"abc", b"d"], 3), ([], 1), ([b"ab", b"", b"c"], 4), ([b"abcdef"], 7), ([b"abcdef"], 5)],
)
def test_a_wrong_number_of_bytes_from_storage_fails_the_scan(kind: Kind, sent: list[bytes], size: int) -> None:
    taken = []
    with Peer(kind, lambda peer: taken.append(kind.take(peer))) as peer:
        with pytest.raises(ScanFailedError, match="storage returned"):
            peer.scanner.scan(iter(sent), size)
    assert [ended for _, ended in taken] == [False]


@each_kind
def test_an_endless_object_is_not_read_far_beyond_its_size(kind: Kind) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 100

    with Peer(kind, kind.take) as peer, pytest.raises(ScanFailedError, match="storage returned 200 of 150 bytes"):
        peer.scanner.scan(endless(), 150)


@each_kind
@pytest.mark.parametrize(
    "pieces",
    [[], [b"x"], [b"ab", b"", b"c"], [b"abcd"], [b"abcde"], [b"", b"abc", b"defg", b""], [b"x"] * 9],
    ids=["none", "one byte", "an empty piece", "a preview", "one more", "two pieces", "byte by byte"],
)
def test_the_scanner_receives_every_byte_before_the_end(kind: Kind, pieces: list[bytes]) -> None:
    taken = []
    with Peer(kind, then(lambda peer: taken.append(kind.take(peer)), replies(kind.clean))) as peer:
        assert peer.scan(*pieces) == ScanVerdict("clean")
    assert taken == [(b"".join(pieces), True)]


@each_kind
def test_a_scan_reports_its_progress(kind: Kind) -> None:
    seen: list[int] = []
    with Peer(kind, then(kind.take, replies(kind.clean))) as peer:
        peer.scanner.scan(iter([b"abcde", b"", b"fg"]), 7, seen.append)
    assert seen == [5, 7]


@each_kind
def test_storage_is_read_ahead_of_a_slow_scanner(kind: Kind) -> None:
    ahead = threading.Event()

    def pieces() -> Iterator[bytes]:
        for _ in range(8):
            yield b"x" * 64 * 1024
        ahead.set()

    slow = then(kind.take, replies(kind.clean))
    if kind is not PREVIEWED_ICAP:  # which waits for an answer to the preview
        slow = then(lambda _: ahead.wait(10), slow)
    with Peer(kind, slow) as peer:
        assert peer.scanner.scan(pieces(), 512 * 1024) == ScanVerdict("clean")
        assert ahead.is_set()


@each_kind
def test_a_failed_scan_leaves_no_thread_and_no_reader(kind: Kind) -> None:
    before = threading.enumerate()
    pieces = (b"x" * MIB for _ in range(32))
    with Peer(kind, some) as peer, pytest.raises(ScanFailedError):
        peer.scanner.scan(pieces, 32 * MIB)
    assert threading.enumerate() == before
    assert list(pieces) == []


def test_the_reply_timeout_grows_with_the_size() -> None:
    assert [reply_seconds(size) for size in (0, MIB, 2000 * MIB)] == [SCAN_SECONDS, SCAN_SECONDS + 1, 2250]


SILENT: dict[str, tuple[Kind, Behaviour]] = {
    **{name: (kind, kind.take) for name, kind in KINDS.items()},
    "icap, after the preview": (PREVIEWED_ICAP, preview),
    "icap, within its answer": (ICAP, then(take_respmod, replies(CLEAN[:-1]))),
}


@pytest.mark.parametrize("silent", SILENT)
def test_a_silent_scanner_times_out(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, over = [], threading.Event()

    def seconds(size: int) -> float:
        sizes.append(size)
        return 0.05

    for module in (scanner_clamd, icap_scanner):
        monkeypatch.setattr(module, "reply_seconds", seconds)
    kind, behaviour = SILENT[silent]
    with Peer(kind, then(behaviour, lambda _: over.wait(10))) as peer:
        with pytest.raises(ScanFailedError, match="TimeoutError"):
            peer.scan(b"xxxxx")
        over.set()
    assert sizes == [5]


def test_a_reply_byte_by_byte_does_not_extend_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icap_scanner, "reply_seconds", lambda _size: 0.05)
    over = threading.Event()

    def drip(peer: socket.socket) -> None:
        while not over.wait(0.01):
            peer.sendall(b"ICAP/1.0 204 No Content\r\n"[:1])

    with Peer(ICAP, then(take_respmod, drip)) as peer:
        with pytest.raises(ScanFailedError, match="TimeoutError"):
            peer.scan(b"abc")
        over.set()


@each_kind
def test_a_scanner_that_stops_reading_times_out(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (scanner_clamd, "PIECE_SECONDS"),
        (scanner_clamd, "CONNECT_SECONDS"),
        (icap_connection, "PIECE_SECONDS"),
        (icap_scanner, "CONNECT_SECONDS"),
    ):
        monkeypatch.setattr(module, name, 0.05)
    monkeypatch.setattr(icap_scanner, "reply_seconds", lambda _size: 0.05)
    over = threading.Event()
    with Peer(kind, lambda _: over.wait(10)) as peer:
        with pytest.raises(ScanFailedError, match="TimeoutError"):
            peer.scan(*[b"x" * MIB] * 32)
        over.set()
