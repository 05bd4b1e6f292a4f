"""clamd with other settings, and streams to scan."""

from __future__ import annotations

import io
import socket
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from service.errors import ScannerUnavailableError
from service.scanner import ClamdScanner
from service.values import ScanVerdict
from tests.support.live.client import SECONDS
from tests.support.live.eventually import eventually
from tools.stack.pytest_parts import need
from tools.stack.servers.clamd import Clamd


class OtherClamd(Clamd):
    """A clamd with changed lines in clamd.conf; None removes one. own: with our signatures."""

    def __init__(self, data: Path, max_size: int, changes: dict[str, str | int | None], own: bool = True) -> None:
        super().__init__(data, max_size=max_size)
        self.changes = changes
        self.own = own

    def configuration(self) -> str:
        lines = super().configuration().splitlines()
        kept = [line for line in lines if line.split()[0] not in self.changes]
        return "\n".join([*kept, *(f"{name} {value}" for name, value in self.changes.items() if value is not None), ""])

    def prepare(self) -> None:
        super().prepare()
        if not self.own:
            for file in (self.folder / "signatures").glob("longshore.*"):
                file.unlink()


@contextmanager
def running(max_size: int, own: bool = True, **changes: str | int | None) -> Iterator[Clamd]:
    """Run a clamd during the block."""
    need("clamd")
    with tempfile.TemporaryDirectory(prefix="longshore-") as folder:
        clamd = OtherClamd(Path(folder), max_size, changes, own)
        clamd.start()
        try:
            yield clamd
        finally:
            clamd.stop()


class Signatures:
    """Update a running clamd like freshclam: signatures of a version, as an unsigned daily database."""

    def __init__(self, clamd: Clamd) -> None:
        self._file = clamd.folder / "signatures" / "daily.cud"
        self._scanner = scanner_for(clamd)
        self._port = clamd.port

    def publish(self, version: int, **bodies: bytes) -> None:
        """Give clamd signatures of this version that find these bodies under these names."""
        self._file.write_bytes(daily_database(version, bodies))
        self._reload(str(version))

    def withdraw(self) -> None:
        """Restore the previous signatures."""
        self._file.unlink(missing_ok=True)
        self._reload(None)

    def _reload(self, version: str | None) -> None:
        with socket.create_connection(("127.0.0.1", self._port), timeout=SECONDS) as connection:
            connection.sendall(b"zRELOAD\0")
            connection.recv(64)
        eventually(self._version, lambda now: now == version)

    def _version(self) -> str | None:
        try:
            return self._scanner.health().signatures
        except ScannerUnavailableError:  # it does not respond while it loads
            return "loading"


@contextmanager
def signatures_of(clamd: Clamd) -> Iterator[Signatures]:
    """Yield an updater of clamd's signatures, and undo its changes afterwards."""
    signatures = Signatures(clamd)
    try:
        yield signatures
    finally:
        signatures.withdraw()


def daily_database(version: int, bodies: Mapping[str, bytes]) -> bytes:
    """Return a `daily.cud`: a header of 512 bytes, then a tar of a list of contents and the signatures."""
    signatures = "".join(f"{name}:0:*:{body.hex()}\n" for name, body in bodies.items()).encode()
    header = f"ClamAV-VDB:01 Jan 2026 00-00 +0000:{version}:{len(bodies)}:60:X:X:longshore:1767225600"
    contents = f"{header}\ndaily.ndb:{len(signatures)}:{sha256(signatures).hexdigest()}\n".encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, body in {"COPYING": b"none", "daily.info": contents, "daily.ndb": signatures}.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return header.encode().ljust(512) + packed.getvalue()


def scanner_for(clamd: Clamd) -> ClamdScanner:
    return ClamdScanner(clamd.env()["CLAMD_URL"], clamd.max_size)


@contextmanager
def connected_to(clamd: Clamd) -> Iterator[ClamdScanner]:
    """Yield a scanner, and close its session afterwards."""
    scanner = scanner_for(clamd)
    try:
        yield scanner
    finally:
        scanner.disconnect()


def pieces(body: bytes, size: int = 64 * 1024) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def scan(clamd: Clamd, body: bytes, size: int = 64 * 1024) -> ScanVerdict:
    """Return the verdict on a body in pieces of `size` bytes."""
    with connected_to(clamd) as scanner:
        return scanner.scan(pieces(body, size), len(body))
