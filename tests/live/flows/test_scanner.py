"""The scanner against a real clamd: only its OK for every byte is clean. Unscannable files: test_scanner_limits."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.errors import ScannerUnavailableError, StorageUnavailableError
from service.scanner import ClamdScanner, ScanFailedError
from service.scanner.samples import zipped
from service.values import ScannerHealth, ScanVerdict
from tests.support.live.clamds import connected_to, pieces, running, scan, scanner_for, signatures_of
from tests.support.live.client import MIB, random_bytes
from tests.support.matchers import Like
from tools.stack.servers.clamd import Clamd, eicar

SMALL = 1 * MIB


@pytest.fixture(scope="module")
def small_clamd() -> Iterator[Clamd]:
    """It accepts streams of at most SMALL bytes."""
    with running(SMALL) as clamd:
        yield clamd


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 3 * MIB + 1])
def test_a_harmless_stream_is_clean(clamd_server: Clamd, size: int) -> None:
    assert scan(clamd_server, random_bytes(size)) == ScanVerdict("clean")


def test_a_verdict_names_the_clamd_that_gave_it(clamd_server: Clamd) -> None:
    with connected_to(clamd_server) as scanner:
        for body in (b"hello", eicar()):
            assert scanner.scan(pieces(body), len(body)).engine == scanner.health()


@pytest.mark.parametrize(
    "body",
    [eicar(), eicar() + b"\n" * 100, random_bytes(3 * MIB) + eicar(), zipped(eicar()), zipped(zipped(eicar()))],
    ids=["alone", "at the start", "at the end", "in a zip", "in a zip in a zip"],
)
def test_a_virus_is_found(clamd_server: Clamd, body: bytes) -> None:
    assert scan(clamd_server, body) == ScanVerdict("infected", Like("Eicar-Test-Signature.*"))


@pytest.mark.parametrize("cut", [1, 7, len(eicar()) - 1])
def test_a_virus_across_two_pieces_is_found(clamd_server: Clamd, cut: int) -> None:
    body = random_bytes(64 * 1024 - cut) + eicar() + random_bytes(64 * 1024)
    assert scan(clamd_server, body) == ScanVerdict("infected", Like("Eicar-Test-Signature.*"))


def test_a_virus_sent_byte_by_byte_is_found(clamd_server: Clamd) -> None:
    assert scan(clamd_server, eicar(), 1) == ScanVerdict("infected", Like("Eicar-Test-Signature.*"))


@pytest.mark.parametrize("tail", [b"", eicar()], ids=["harmless", "with a virus behind the limit"])
def test_a_stream_over_stream_max_length_is_unscannable(small_clamd: Clamd, tail: bytes) -> None:
    verdict = scan(small_clamd, random_bytes(2 * MIB) + tail)
    assert verdict == ScanVerdict("unscannable", Like("too_large: .*"))


@pytest.mark.parametrize("size", [SMALL - 1, SMALL])
def test_a_stream_up_to_the_limit_is_scanned(small_clamd: Clamd, size: int) -> None:
    assert scan(small_clamd, random_bytes(size)) == ScanVerdict("clean")
    body = random_bytes(size - len(eicar())) + eicar()
    assert scan(small_clamd, body) == ScanVerdict("infected", Like("Eicar.*"))


@pytest.mark.parametrize("claimed", [999, 1001])
def test_a_stream_of_another_size_gets_no_verdict(clamd_server: Clamd, claimed: int) -> None:
    with pytest.raises(ScanFailedError, match="storage returned 1000 of"):
        scanner_for(clamd_server).scan(pieces(random_bytes(1000)), claimed)


@pytest.mark.parametrize("at", [0, SMALL // 2, SMALL], ids=["at the start", "in the middle", "after the last byte"])
def test_a_scan_fails_if_clamd_is_killed(small_clamd: Clamd, at: int) -> None:
    def watch(sent: int) -> None:
        if sent >= at:
            small_clamd.kill()

    try:
        with pytest.raises(ScanFailedError):
            scanner_for(small_clamd).scan(pieces(random_bytes(SMALL)), SMALL, watch)
    finally:
        small_clamd.restart()


def test_a_scan_fails_if_storage_breaks_off(small_clamd: Clamd) -> None:
    def breaking() -> Iterator[bytes]:
        yield random_bytes(1000)
        raise StorageUnavailableError

    with pytest.raises(StorageUnavailableError):
        scanner_for(small_clamd).scan(breaking(), SMALL)
    assert scan(small_clamd, b"hello") == ScanVerdict("clean")


def test_too_many_concurrent_scans_wait_or_fail() -> None:
    """Each of them waits for its turn or fails; none is mistaken for another."""

    def word(number: int) -> str:
        body = random_bytes(SMALL - 100) + (eicar() if number % 2 else b"")
        try:
            return scan(clamd, body).status
        except (ScanFailedError, ScannerUnavailableError):
            return "none"

    with running(SMALL, MaxThreads=1, MaxQueue=2) as clamd, ThreadPoolExecutor(24) as pool:
        words = list(pool.map(word, range(24)))
    assert (set(words[::2]) - {"none"}, set(words[1::2]) - {"none"}) == ({"clean"}, {"infected"})


def test_health_reports_clamds_version(clamd_server: Clamd) -> None:
    known = scanner_for(clamd_server).health()
    assert known == ScannerHealth("ok", Like(r"ClamAV \d+\.\d+.*"), known.signatures, clamd_server.max_size)


def test_an_unreachable_clamd_raises_scanner_unavailable(small_clamd: Clamd) -> None:
    with small_clamd.down():
        with pytest.raises(ScannerUnavailableError):
            scan(small_clamd, b"hello")
        with pytest.raises(ScannerUnavailableError):
            scanner_for(small_clamd).health()
    assert scan(small_clamd, b"hello") == ScanVerdict("clean")


def test_clamd_is_reached_by_a_unix_socket(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("unix") / "s"
    with running(SMALL, LocalSocket=str(path)) as clamd:
        scanner = ClamdScanner(f"unix://{path}", clamd.max_size)
        assert scanner.scan(pieces(eicar()), len(eicar())).status == "infected"
        assert scanner.checked_health().status == "ok"
        scanner.disconnect()


def test_a_session_continues_after_new_signatures_and_a_restart() -> None:
    """The verdict of each file names the signatures that clamd has loaded by then."""
    with running(SMALL) as clamd, connected_to(clamd) as scanner, signatures_of(clamd) as signatures:

        def verdict(body: bytes) -> tuple[str, str | None]:
            found = scanner.scan(pieces(body), len(body))
            return found.status, found.engine.signatures if found.engine else None

        before = verdict(b"the new virus")
        signatures.publish(30001, New=b"the new virus")
        after = verdict(b"the new virus")
        clamd.restart()
        assert (before[0], after) == ("clean", ("infected", "30001"))
        assert [verdict(body)[0] for body in (b"the new virus", b"hello")] == ["infected", "clean"]
