"""Real clamds with other settings, and what is sent to them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack.clamd import Clamd
from devstack.pytest_parts import need
from service.scanner import ClamdScanner
from service.values import ScanVerdict


class OtherClamd(Clamd):
    """A clamd in whose clamd.conf some lines are others: None leaves one out. own: with our signatures."""

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
    """A clamd for the time of the block."""
    need("clamd")
    with tempfile.TemporaryDirectory(prefix="longshore-") as folder:
        clamd = OtherClamd(Path(folder), max_size, changes, own)
        clamd.start()
        try:
            yield clamd
        finally:
            clamd.stop()


def scanner_for(clamd: Clamd) -> ClamdScanner:
    return ClamdScanner(clamd.env()["CLAMD_URL"], clamd.max_size)


def pieces(body: bytes, size: int = 64 * 1024) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def scan(clamd: Clamd, body: bytes, size: int = 64 * 1024) -> ScanVerdict:
    """The verdict on a body that comes in pieces of `size` bytes."""
    return scanner_for(clamd).scan(pieces(body, size), len(body))
