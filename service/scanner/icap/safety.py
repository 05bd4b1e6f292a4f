"""Check that an ICAP server's 204 is reliable: it does not report its settings, so small samples are scanned."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol

from service.scanner import samples
from service.scanner.advice import KeptAdvice
from service.scanner.clamd.replies import ScanFailedError
from service.scanner.contents.unsearched import IGNORED, LEAD
from service.values import ScanVerdict

UNABLE = (
    "the ICAP server does not answer 204 for a harmless file: see its log, and allow 204 (Allow: 204) in its settings."
)
NO_SIGNATURES = "the ICAP server does not find the test virus: install signatures, and let it scan all types of files."
NO_ARCHIVES = "the ICAP server does not find the test virus in a zip: let it scan archives."
NO_TYPES = (
    "the ICAP server does not search some types of files in archives (MP3, Ogg, SQLite, HTML) for viruses: let it"
    " search all types; with ClamAV, see deploy/clamav/README.md."
)
NO_ZIP64 = "the ICAP server passes ZIP64 archives without a scan; with ClamAV, see deploy/clamav/README.md."
NO_LIMITS = "the ICAP server passes archives that are nested too deep for it: let it report files beyond its limits."
NO_ENCRYPTED = "the ICAP server passes encrypted files without a scan: let it report them."
SKIPS = (
    "the ICAP server passes some types of files without reading them, and they are unscannable: let it scan all types"
    " (c-icap: virus_scan.ScanFileTypes)."
)
NARROW = (
    f"the ICAP server does not read files of ICAP_MAX_SIZE + {len(LEAD)} bytes, and files of that size may be"
    " unscannable: raise its limit (c-icap: virus_scan.MaxObjectSize), or lower that setting."
)
UNKNOWN = "the ICAP server was too busy to check its settings; the check is repeated automatically."
HARMLESS = frozenset({SKIPS, NARROW, UNKNOWN})
"""Warnings that do not affect safety."""

_BEGINNINGS = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"%PDF-1.7\n",
    b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
    b"ID3\x03\0\0\0\0\0\0",
    b"PK\x03\x04\x14\0\0\0\x08\0",
    b"GIF89a\x01\0\x01\0",
    b"plain text, and nothing else",
    bytes(range(128, 256)),
    LEAD,
)
"""Of files of different types, as servers choose by type what they read."""


class _Scan(Protocol):
    def __call__(self, pieces: Iterator[bytes], size: int, *, seconds: float | None) -> ScanVerdict: ...


class IcapSafetyCheck(KeptAdvice):
    """Checks an ICAP server and keeps the result.

    scan: a scan in limited time. continues: whether the server reads a file of a size, in bytes, with some beginning.
    """

    unknown = UNKNOWN
    passing = frozenset({UNABLE})

    def __init__(
        self,
        scan: _Scan,
        continues: Callable[[bytes, int, float], bool],
        max_size: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(clock)
        self._scan = scan
        self._continues = continues
        self._max_size = max_size

    def _found(self, deadline: float) -> Iterator[str]:
        if not self._passes(b"nothing to see here", deadline, otherwise=False):
            yield UNABLE
            return
        virus = samples.test_virus()
        questions = {
            NO_SIGNATURES: [virus],
            NO_ARCHIVES: [samples.zipped(virus)],
            NO_ZIP64: [samples.zipped(virus, zip64=True)],
            NO_LIMITS: [samples.nested(samples.BEYOND_RECURSION, virus)],
            NO_ENCRYPTED: [samples.encrypted_zip(), samples.encrypted_pdf()],
        }
        for fault, bodies in questions.items():
            if any(self._passes(body, deadline) for body in bodies):
                yield fault
        # an engine that finds no virus behind any beginning does not choose by type
        if not self._passes(samples.disguised(b"text"), deadline) and any(
            self._passes(samples.disguised(begin), deadline) for begin in (IGNORED[0], b"<html>")
        ):
            yield NO_TYPES
        if not all(self._continues(begin, len(begin) * 100, self.seconds_left(deadline)) for begin in _BEGINNINGS):
            yield SKIPS
        if self._max_size and not self._continues(
            b"a small text", self._max_size + len(LEAD), self.seconds_left(deadline)
        ):
            yield NARROW

    def _passes(self, body: bytes, deadline: float, *, otherwise: bool | None = None) -> bool:
        """Whether the answer is 204. otherwise: the result without a verdict; None raises ScanFailedError."""
        try:
            verdict = self._scan(iter([body]), len(body), seconds=self.seconds_left(deadline))
        except ScanFailedError:
            if otherwise is None:
                raise
            return otherwise
        return verdict.status == "clean"
