"""clamd's protocol against a peer on a socket that behaves badly: nothing but an explicit OK is clean."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from service.errors import ScannerUnavailableError
from service.scanner import ClamdScanner, ScanFailedError
from service.scanner.clamd.replies import verdict_of
from service.values import ScannerHealth, ScanVerdict
from tests.support.scanner.clamd_session import VERSION, greet

Behaviour = Callable[[socket.socket], None]


def read_stream(peer: socket.socket, version: str = VERSION) -> bytes:
    """Take a session's INSTREAM to its end, as clamd does."""
    greet(peer, version)
    file = peer.makefile("rb")
    assert file.read(10) == b"zINSTREAM\0"
    body = b""
    while (length := struct.unpack(">I", file.read(4))[0]) > 0:
        body += file.read(length)
    return body


def answering(reply: bytes) -> Behaviour:
    def behave(peer: socket.socket) -> None:
        read_stream(peer)
        peer.sendall(reply)

    return behave


def answering_early(reply: bytes) -> Behaviour:
    """clamd stops reading, answers and closes."""

    def behave(peer: socket.socket) -> None:
        greet(peer)
        peer.recv(10)
        peer.sendall(reply)
        peer.shutdown(socket.SHUT_RDWR)

    return behave


@pytest.fixture
def scan_with() -> Iterator[Callable[[Behaviour, list[bytes], int], ScanVerdict]]:
    """scan(behaviour, pieces, size): a scan against a peer that behaves so."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threads: list[threading.Thread] = []

        def scan(behaviour: Behaviour, pieces: list[bytes], size: int) -> ScanVerdict:
            def serve() -> None:
                peer, _ = server.accept()
                with peer:
                    behaviour(peer)

            threads.append(threading.Thread(target=serve))
            threads[-1].start()
            port = server.getsockname()[1]
            scanner = ClamdScanner(f"tcp://127.0.0.1:{port}", 100)
            try:
                return scanner.scan(iter(pieces), size)
            finally:
                scanner.disconnect()

        yield scan
        for thread in threads:
            thread.join(10)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (b"2: stream: OK\0", ScanVerdict("clean")),
        (b"2: stream: Eicar-Test-Signature FOUND\0", ScanVerdict("infected", "Eicar-Test-Signature")),
        (
            b"2: stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
            ScanVerdict("unscannable", "limits_exceeded: Heuristics.Limits.Exceeded.MaxFileSize"),
        ),
        (
            b"2: stream: Heuristics.Encrypted.Zip FOUND\0",
            ScanVerdict("unscannable", "encrypted: Heuristics.Encrypted.Zip"),
        ),
        (
            b"2: INSTREAM size limit exceeded. ERROR\0",
            ScanVerdict("unscannable", "too_large: clamd's StreamMaxLength is smaller than the file"),
        ),
    ],
)
def test_each_reply_of_clamd_gives_its_verdict(
    scan_with: Callable[..., ScanVerdict], reply: bytes, verdict: ScanVerdict
) -> None:
    assert scan_with(answering(reply), [b"abc", b"de"], 5) == verdict


ANYTHING_ELSE = pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"2: stream: OK",
        b"2: OK\0",
        b"2: fd[10]: OK\0",
        b"2: stream: OK but\0",
        b"2: stream: x ERROR\0",
        b"2: UNKNOWN COMMAND\0",
    ],
    ids=["closed without a word", "cut short", "no stream", "another stream", "more than OK", "error", "confused"],
)


def test_a_verdict_names_the_clamd_that_gave_it(scan_with: Callable[..., ScanVerdict]) -> None:
    engine = ScannerHealth("ok", "ClamAV 1.4.3", "27500", 100)
    for reply in (b"2: stream: OK\0", b"2: stream: Eicar FOUND\0"):
        assert scan_with(answering(reply), [b"abc"], 3).engine == engine


def test_a_verdict_behind_a_balancer_names_the_clamd_that_scanned() -> None:
    """Each connection gets the next clamd, and only the first clamd has new signatures."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for version in ("27500", "27499"):
                peer, _ = server.accept()
                with peer:
                    read_stream(peer, VERSION.replace("27500", version))
                    peer.sendall(b"2: stream: OK\0")

        thread = threading.Thread(target=serve)
        thread.start()
        scanner = ClamdScanner(f"tcp://127.0.0.1:{server.getsockname()[1]}", 100)
        engines = [scanner.scan(iter([b"abc"]), 3).engine for _ in range(2)]
        thread.join(10)
        scanner.disconnect()
    assert [engine and engine.signatures for engine in engines] == ["27500", "27499"]


@ANYTHING_ELSE
def test_any_other_reply_is_no_verdict(scan_with: Callable[..., ScanVerdict], reply: bytes) -> None:
    with pytest.raises(ScanFailedError):
        scan_with(answering(reply), [b"abc"], 3)


@pytest.mark.parametrize(("pieces", "size"), [([b"abc"], 4), ([b"abc", b"d"], 3), ([], 1)])
def test_ok_for_another_number_of_bytes_is_no_verdict(
    scan_with: Callable[..., ScanVerdict], pieces: list[bytes], size: int
) -> None:
    def behave(peer: socket.socket) -> None:
        greet(peer)
        peer.recv(10)

    with pytest.raises(ScanFailedError):
        scan_with(behave, pieces, size)


def test_found_before_the_last_byte_is_a_verdict(scan_with: Callable[..., ScanVerdict]) -> None:
    big = [b"x" * 2**20] * 64
    verdict = scan_with(answering_early(b"2: stream: Eicar FOUND\0"), big, 64 * 2**20)
    assert verdict == ScanVerdict("infected", "Eicar")


def test_ok_before_the_last_byte_is_no_verdict(scan_with: Callable[..., ScanVerdict]) -> None:
    with pytest.raises(ScanFailedError):
        scan_with(answering_early(b"2: stream: OK\0"), [b"x" * 2**20] * 64, 64 * 2**20)


def test_a_missing_server_is_unavailable() -> None:
    scanner = ClamdScanner("tcp://127.0.0.1:9", 100)
    with pytest.raises(ScannerUnavailableError):
        scanner.scan(iter([b"a"]), 1)
    with pytest.raises(ScannerUnavailableError):
        scanner.health()


def test_a_missing_unix_socket_is_unavailable() -> None:
    with pytest.raises(ScannerUnavailableError):
        ClamdScanner("unix:///nonexistent/clamd", 100).health()


@pytest.mark.parametrize(
    ("reply", "health"),
    [
        (
            b"ClamAV 1.4.3/27500/Sat Jan  1 00:00:00 2026\0",
            ScannerHealth("ok", "ClamAV 1.4.3", "27500", 100),
        ),
        (b"ClamAV 1.4.3\0", ScannerHealth("ok", "ClamAV 1.4.3", None, 100)),
    ],
)
def test_health_reports_version_and_signatures(reply: bytes, health: ScannerHealth) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                assert peer.recv(9) == b"zVERSION\0"
                peer.sendall(reply)

        thread = threading.Thread(target=serve)
        url = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        thread.start()
        assert ClamdScanner(url, 100).health() == health
        thread.join(10)


def test_an_unknown_reply_is_quoted_in_the_error() -> None:
    with pytest.raises(ScanFailedError, match="'what\\?'"):
        verdict_of("what?")


def test_a_clamd_that_closes_before_its_version_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def die() -> None:
            peer = server.accept()[0]
            peer.recv(10)
            peer.close()

        thread = threading.Thread(target=die)
        thread.start()
        with pytest.raises(ScannerUnavailableError):
            ClamdScanner(f"tcp://127.0.0.1:{server.getsockname()[1]}", 100).health()
        thread.join()
