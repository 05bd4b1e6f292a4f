"""The scanner against a real clamd: nothing but its OK for every byte is clean."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.clamd import Clamd, eicar
from devstack.pytest_parts import need
from service.errors import ScannerUnavailableError
from service.scanner import ClamdScanner, ScanFailedError
from service.values import ScannerHealth, ScanVerdict
from tests.live.client import MIB, random_bytes
from tests.matchers import Like

SMALL = 1 * MIB
ENCRYPTED_FLAG = 0x01


class NarrowClamd(Clamd):
    """A clamd that takes a stream longer than the files that it looks into."""

    def configuration(self) -> str:
        limits = {"StreamMaxLength": 8 * MIB, "MaxFileSize": self.max_size, "MaxScanSize": self.max_size}
        text = super().configuration()
        for name, size in limits.items():
            text = re.sub(rf"^{name} \d+$", f"{name} {size}", text, flags=re.MULTILINE)
        return text


def pieces(body: bytes, size: int = 64 * 1024) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def scan(clamd: Clamd, body: bytes) -> ScanVerdict:
    return scanner_for(clamd).scan(pieces(body), len(body))


def scanner_for(clamd: Clamd) -> ClamdScanner:
    return ClamdScanner(clamd.env()["CLAMD_URL"], clamd.max_size)


def zipped(body: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.bin", body)
    return held.getvalue()


def encrypted_zip() -> bytes:
    """A zip that says of its one file that it is encrypted, in both of its headers."""
    archive = bytearray(zipped(random_bytes(1000)))
    archive[6] |= ENCRYPTED_FLAG
    archive[archive.index(b"PK\x01\x02") + 8] |= ENCRYPTED_FLAG
    return bytes(archive)


@pytest.fixture(scope="module")
def small_clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    need("clamd")
    clamd = Clamd(tmp_path_factory.mktemp("small"), max_size=SMALL)
    clamd.start()
    yield clamd
    clamd.stop()


@pytest.fixture(scope="module")
def narrow_clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    need("clamd")
    clamd = NarrowClamd(tmp_path_factory.mktemp("narrow"), max_size=SMALL)
    clamd.start()
    yield clamd
    clamd.stop()


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 3 * MIB + 1])
def test_clean(clamd_server: Clamd, size: int) -> None:
    assert scan(clamd_server, random_bytes(size)) == ScanVerdict("clean")


@pytest.mark.parametrize(
    "body",
    [eicar(), eicar() + b"\n" * 100, random_bytes(3 * MIB) + eicar(), zipped(eicar()), zipped(zipped(eicar()))],
    ids=["alone", "at the start", "at the end", "in a zip", "in a zip in a zip"],
)
def test_infected(clamd_server: Clamd, body: bytes) -> None:
    assert scan(clamd_server, body) == ScanVerdict("infected", Like("Eicar-Test-Signature.*"))


def test_encrypted_is_not_clean(clamd_server: Clamd) -> None:
    verdict = scan(clamd_server, encrypted_zip())
    assert verdict == ScanVerdict("unscannable", Like(r"encrypted: Heuristics\.Encrypted\..*"))


@pytest.mark.parametrize("tail", [b"", eicar()], ids=["harmless", "with a virus behind the limit"])
def test_longer_than_clamd_takes_is_not_clean(small_clamd: Clamd, tail: bytes) -> None:
    verdict = scan(small_clamd, random_bytes(2 * MIB) + tail)
    assert verdict == ScanVerdict("unscannable", Like("too_large: .*"))


@pytest.mark.parametrize("tail", [b"", eicar()], ids=["harmless", "with a virus behind the limit"])
def test_longer_than_clamd_looks_into_is_not_clean(narrow_clamd: Clamd, tail: bytes) -> None:
    verdict = scan(narrow_clamd, random_bytes(2 * MIB) + tail)
    assert verdict == ScanVerdict("unscannable", Like(r"limits_exceeded: Heuristics\.Limits\.Exceeded.*"))


@pytest.mark.parametrize("levels", [1, 2], ids=["in a zip", "in a zip in a zip"])
@pytest.mark.parametrize("zeros", [SMALL, 2 * SMALL, 9 * SMALL, 20 * SMALL])
def test_a_virus_behind_more_than_clamd_unpacks_is_not_clean(small_clamd: Clamd, zeros: int, levels: int) -> None:
    bomb = bytes(zeros) + eicar()
    for _ in range(levels):
        bomb = zipped(bomb)
    assert len(bomb) < SMALL
    assert scan(small_clamd, bomb).status in {"unscannable", "infected"}


@pytest.mark.parametrize("size", [SMALL - 1, SMALL])
def test_up_to_the_limit_is_scanned(small_clamd: Clamd, size: int) -> None:
    assert scan(small_clamd, random_bytes(size)) == ScanVerdict("clean")
    body = random_bytes(size - len(eicar())) + eicar()
    assert scan(small_clamd, body) == ScanVerdict("infected", Like("Eicar.*"))


@pytest.mark.parametrize("claimed", [999, 1001])
def test_bytes_that_are_not_all_there_get_no_verdict(clamd_server: Clamd, claimed: int) -> None:
    with pytest.raises(ScanFailedError, match="storage gave 1000 bytes"):
        scanner_for(clamd_server).scan(pieces(random_bytes(1000)), claimed)


def test_clamd_killed_in_the_middle_gives_no_verdict(small_clamd: Clamd) -> None:
    def killing() -> Iterator[bytes]:
        yield random_bytes(1000)
        small_clamd.kill()
        yield from pieces(random_bytes(SMALL - 1000))

    try:
        with pytest.raises(ScanFailedError):
            scanner_for(small_clamd).scan(killing(), SMALL)
    finally:
        small_clamd.restart()


def test_health(clamd_server: Clamd) -> None:
    known = scanner_for(clamd_server).health()
    assert known == ScannerHealth("ok", Like(r"ClamAV \d+\.\d+.*"), known.signatures, clamd_server.max_size)


def test_out_of_reach_is_said(small_clamd: Clamd) -> None:
    with small_clamd.down():
        with pytest.raises(ScannerUnavailableError):
            scan(small_clamd, b"hello")
        with pytest.raises(ScannerUnavailableError):
            scanner_for(small_clamd).health()
    assert scan(small_clamd, b"hello") == ScanVerdict("clean")


def test_a_unix_socket_works_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    need("clamd")
    clamd = UnixClamd(tmp_path_factory.mktemp("unix"))
    clamd.start()
    try:
        scanner = ClamdScanner(f"unix://{clamd.socket}", clamd.max_size)
        assert scanner.scan(pieces(eicar()), len(eicar())).status == "infected"
        assert scanner.health().status == "ok"
    finally:
        clamd.stop()


class UnixClamd(Clamd):
    """A clamd that listens on a socket file as well."""

    @property
    def socket(self) -> Path:
        return self.data / "s"

    def configuration(self) -> str:
        return super().configuration() + f"LocalSocket {self.socket}\n"
