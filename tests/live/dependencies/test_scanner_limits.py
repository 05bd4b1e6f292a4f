"""Files that a real clamd does not scan are unscannable, with the reason; if its settings hide that, health reports
it."""

from __future__ import annotations

import io
import socket
import struct
import zipfile
import zlib
from collections.abc import Iterator

import pytest

from service.scanner.clamd import safety
from service.scanner.clamd.connection import Address
from service.scanner.samples import (
    BEYOND_RECURSION,
    cabinet,
    encrypted_pdf,
    encrypted_zip,
    nested,
    zip_of_another_method,
    zipped,
)
from service.values import ScannerHealth, ScanVerdict
from tests.support.live.clamds import running, scan, scanner_for
from tests.support.live.client import MIB, random_bytes
from tests.support.matchers import Like
from tests.support.scanner.zips import ambiguous_zips
from tools.stack.servers.clamd import CEILING, Clamd, eicar

SMALL = 1 * MIB
BLOCK = 32 * 1024
LIMIT = {"MaxFileSize": SMALL, "MaxScanSize": SMALL}


@pytest.fixture(scope="module")
def narrow_clamd() -> Iterator[Clamd]:
    """It accepts longer streams than the files that it scans."""
    with running(8 * MIB, **LIMIT) as clamd:
        yield clamd


@pytest.fixture(scope="module")
def bare_clamd() -> Iterator[Clamd]:
    """It has none of our signatures."""
    with running(8 * MIB, own=False, **LIMIT) as clamd:
        yield clamd


@pytest.mark.parametrize("tail", [b"", eicar()], ids=["harmless", "with a virus behind the limit"])
def test_a_file_over_max_file_size_is_unscannable(narrow_clamd: Clamd, tail: bytes) -> None:
    verdict = scan(narrow_clamd, random_bytes(2 * MIB) + tail)
    assert verdict == ScanVerdict("unscannable", Like(r"limits_exceeded: Heuristics\.Limits\.Exceeded.*"))


@pytest.mark.parametrize("levels", [1, 2], ids=["in a zip", "in a zip in a zip"])
@pytest.mark.parametrize("zeros", [SMALL, 2 * SMALL, 9 * SMALL, 20 * SMALL])
def test_an_archive_over_max_scan_size_is_unscannable(narrow_clamd: Clamd, zeros: int, levels: int) -> None:
    bomb = bytes(zeros) + eicar()
    for _ in range(levels):
        bomb = zipped(bomb)
    assert len(bomb) < SMALL
    assert scan(narrow_clamd, bomb) == ScanVerdict("unscannable", Like("limits_exceeded: .*"))


def test_an_archive_over_max_recursion_is_unscannable(clamd_server: Clamd) -> None:
    verdict = scan(clamd_server, nested(BEYOND_RECURSION))
    assert verdict == ScanVerdict("unscannable", "limits_exceeded: Heuristics.Limits.Exceeded.MaxRecursion")


@pytest.mark.parametrize("body", [encrypted_zip(), encrypted_pdf()], ids=["zip", "pdf"])
def test_an_encrypted_file_is_unscannable(clamd_server: Clamd, body: bytes) -> None:
    assert scan(clamd_server, body) == ScanVerdict("unscannable", Like(r"encrypted: Heuristics\.Encrypted\..*"))


@pytest.mark.parametrize("body", [b"bytes", eicar()], ids=["harmless", "with a virus"])
@pytest.mark.parametrize("levels", [0, 1, 3])
def test_a_zip64_archive_is_unscannable(clamd_server: Clamd, levels: int, body: bytes) -> None:
    archive = zipped(body, zip64=True)
    for _ in range(levels):
        archive = zipped(archive)
    assert scan(clamd_server, archive) == ScanVerdict(
        "unscannable", "limits_exceeded: Longshore.Limits.Zip64.UNOFFICIAL"
    )


def test_a_zip64_archive_is_unscannable_without_our_signatures(bare_clamd: Clamd) -> None:
    verdict = scan(bare_clamd, zipped(eicar(), zip64=True), 7)
    assert verdict == ScanVerdict("unscannable", "limits_exceeded: ZIP64 entries, which clamd does not unpack")


def test_known_limit_zip64_in_a_zip_needs_our_signatures(bare_clamd: Clamd) -> None:
    assert scan(bare_clamd, zipped(zipped(eicar(), zip64=True))) == ScanVerdict("clean")


def zip_by(method: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("inside.bin", eicar())
    return packed.getvalue()


@pytest.mark.parametrize("body", [zip_by(zipfile.ZIP_LZMA), zipped(zip_by(zipfile.ZIP_LZMA))], ids=["lzma", "inside"])
def test_a_zip_of_a_method_that_clamd_cannot_unpack_is_unscannable(
    clamd_server: Clamd, bare_clamd: Clamd, body: bytes
) -> None:
    """Known limit: without our signatures they are clean."""
    verdict = scan(clamd_server, body)
    assert verdict == ScanVerdict("unscannable", "limits_exceeded: Longshore.Limits.ZipMethod.UNOFFICIAL")
    assert scan(bare_clamd, body) == ScanVerdict("clean")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_virus_in_a_zip_of_a_supported_method_is_found(clamd_server: Clamd, method: int) -> None:
    assert scan(clamd_server, zip_by(method)) == ScanVerdict("infected", Like("Eicar.*"))


@pytest.mark.parametrize("method", [1, 2, 3, 4, 5, 7, 10, 16, 18, 19, 20, 93, 94, 95, 96, 97, 98])
def test_a_zip_of_a_rare_method_is_unscannable(clamd_server: Clamd, method: int) -> None:
    assert scan(clamd_server, zip_of_another_method(method)).status == "unscannable"


AMBIGUOUS = ambiguous_zips()


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_an_ambiguous_zip_is_infected_or_unscannable(bare_clamd: Clamd, name: str) -> None:
    expected = {
        "infected": ScanVerdict("infected", Like("Eicar.*")),
        "unscannable": ScanVerdict("unscannable", Like("ambiguous_zip: .*")),
    }
    verdict = scan(bare_clamd, AMBIGUOUS[name])
    assert verdict == expected[verdict.status]


def test_known_limit_an_ambiguous_zip_inside_a_zip_is_clean(clamd_server: Clamd) -> None:
    assert scan(clamd_server, zipped(AMBIGUOUS["behind another zip"])) == ScanVerdict("clean")


def cabinet_of(*bodies: bytes) -> bytes:
    """A cabinet, compressed with MSZIP."""
    whole = b"".join(bodies)
    entries, data, at = b"", b"", 0
    for number, body in enumerate(bodies):
        entries += struct.pack("<IIHHHH", len(body), at, 0, 0x5000, 0, 0x20) + b"%d\0" % number
        at += len(body)
    for start in range(0, len(whole), BLOCK):
        piece = whole[start : start + BLOCK]
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = b"CK" + deflate.compress(piece) + deflate.flush()
        data += struct.pack("<IHH", 0, len(packed), len(piece)) + packed
    data_at = 36 + 8 + len(entries)
    counts = (36 + 8, 0, 3, 1, 1, len(bodies), 0, 0, 0)
    header = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, data_at + len(data), 0, *counts)
    return header + struct.pack("<IHH", data_at, -(-len(whole) // BLOCK), 1) + entries + data


CABINETS = {
    "cut short": cabinet_of(bytes(2 * SMALL) + eicar()),
    "a file after the limit": cabinet_of(bytes(2 * SMALL), eicar()),
    "in a zip": zipped(cabinet_of(bytes(2 * SMALL), eicar())),
    "in another file": b"x" * 100 + cabinet(),
}


@pytest.mark.parametrize("name", CABINETS)
def test_a_cabinet_over_the_limits_is_unscannable(narrow_clamd: Clamd, name: str) -> None:
    verdict = scan(narrow_clamd, CABINETS[name])
    assert verdict == ScanVerdict("unscannable", Like(r"limits_exceeded: Longshore\.Limits\.Cab.*"))


@pytest.mark.parametrize("name", CABINETS)
def test_known_limit_large_cabinets_need_our_signatures(bare_clamd: Clamd, name: str) -> None:
    assert scan(bare_clamd, CABINETS[name]) == ScanVerdict("clean")


def health(clamd: Clamd) -> ScannerHealth:
    return scanner_for(clamd).checked_health()


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({}, ()),
        ({"MaxFileSize": SMALL, "MaxScanSize": SMALL}, ()),
        ({"MaxFileSize": 2 * SMALL, "MaxScanSize": SMALL}, ()),
        ({"AlertExceedsMax": "no"}, (safety.NO_ALERT,)),
        ({"AlertEncrypted": "no"}, (safety.NO_ENCRYPTED,)),
        ({"AlertEncrypted": "no", "AlertEncryptedArchive": "yes"}, (safety.NO_ENCRYPTED,)),
        ({"MaxFileSize": None, "MaxScanSize": None}, (safety.CUTS,)),
        ({"MaxFileSize": SMALL, "MaxScanSize": 2 * SMALL}, (safety.CUTS,)),
        ({"MaxScanSize": CEILING * 2}, (safety.CUTS,)),
    ],
)
def test_unsafe_settings_of_clamd_are_reported(changes: dict[str, str | int | None], advice: tuple[str]) -> None:
    with running(8 * MIB, **changes) as clamd:
        assert (health(clamd).status, health(clamd).advice) == ("unsafe" if advice else "ok", advice)


def test_missing_signatures_are_reported(bare_clamd: Clamd) -> None:
    assert (health(bare_clamd).status, health(bare_clamd).advice) == (
        "unsafe",
        (safety.NO_ZIP64, safety.NO_NDB, safety.NO_FTM, safety.NO_CFG),
    )


def test_a_clamd_that_unpacks_no_archive_is_reported() -> None:
    with running(SMALL, ScanArchive="no") as clamd:
        assert (health(clamd).status, health(clamd).advice[0]) == ("unsafe", safety.NO_SIGNATURES)


def test_a_low_stream_max_length_is_a_warning() -> None:
    with running(SMALL, StreamMaxLength=SMALL - 1) as clamd:
        assert (health(clamd).status, health(clamd).advice) == ("ok", (safety.NARROW,))


def test_known_limit_without_alerts_clamd_passes_unread_bytes_as_clean() -> None:
    """Therefore its health is unsafe: a verdict alone cannot show it."""
    with running(8 * MIB, **LIMIT, AlertExceedsMax="no") as clamd:
        assert scan(clamd, random_bytes(2 * MIB) + eicar()) == ScanVerdict("clean")
        assert safety.NO_ALERT in health(clamd).advice


class Counted(Address):
    """Counts the connections that it makes."""

    made = 0

    def connect(self, seconds: float = 10.0) -> socket.socket:
        self.made += 1
        return super().connect(seconds)


class Clock:
    """A time that stands still until it is set; each call adds `hurry`."""

    now = 1000.0
    hurry = 0.0

    def __call__(self) -> float:
        self.now += self.hurry
        return self.now


def test_the_safety_check_runs_for_each_version_and_at_intervals(clamd_server: Clamd) -> None:
    address, clock = Counted(clamd_server.env()["CLAMD_URL"]), Clock()
    check = safety.SafetyCheck(address, clamd_server.max_size, clock)
    connections = []
    for version, later in [("1", 0), ("1", safety.KEPT_SECONDS - 1), ("1", 1), ("2", 0), ("2", 0)]:
        clock.now += later
        assert check.advice(version) == ()
        connections.append(address.made)
    each = connections[0]
    assert (each < 50, connections) == (True, [each, each, 2 * each, 3 * each, 3 * each])


def test_a_safety_check_that_times_out_is_repeated_later() -> None:
    with running(SMALL, AlertEncrypted="no") as clamd:
        clock = Clock()
        check = safety.SafetyCheck(Address(clamd.env()["CLAMD_URL"]), SMALL, clock)
        clock.hurry = safety.PROBE_SECONDS
        assert check.advice("1") == (safety.UNKNOWN,)
        clock.hurry = 0
        assert check.advice("1") == (safety.UNKNOWN,)
        clock.now += safety.RETRY_SECONDS
        assert check.advice("1") == (safety.NO_ENCRYPTED,)
        clock.hurry = safety.PROBE_SECONDS
        assert check.advice("2") == (safety.NO_ENCRYPTED,)
