"""Check that clamd's OK is reliable: clamd does not report its limits, so small samples are scanned to find them.

All samples together are about 20 KB and forty connections: a tenth of a second, whatever SCAN_MAX_SIZE is. The check is
repeated when clamd has new signatures, and regularly, since a new clamd.conf is not visible otherwise.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing

from service.scanner import samples
from service.scanner.advice import KEPT_SECONDS, PROBE_SECONDS, RETRY_SECONDS, KeptAdvice
from service.scanner.clamd.connection import Address, framed, hang_up, took
from service.scanner.clamd.replies import read_reply, verdict_of
from service.scanner.contents.unsearched import IGNORED, LEAD
from service.values import ScanVerdict

__all__ = ["KEPT_SECONDS", "PROBE_SECONDS", "RETRY_SECONDS", "SafetyCheck"]

NO_SIGNATURES = "clamd does not find the test virus in a zip: install signatures (freshclam), and set ScanArchive yes."
NO_ALERT = "clamd passes files beyond its limits without a scan: set AlertExceedsMax yes in clamd.conf."
NO_ENCRYPTED = "clamd passes encrypted files without a scan: set AlertEncrypted yes in clamd.conf."
NO_ZIP64 = "clamd passes ZIP64 archives without a scan: put deploy/clamav/longshore.cdb into its DatabaseDirectory."
NO_NDB = (
    "clamd passes cabinets and zips that it cannot unpack completely: put deploy/clamav/longshore.ndb into its"
    " DatabaseDirectory."
)
NO_FTM = (
    "clamd does not search MP3, Ogg and SQLite files in archives for viruses: put deploy/clamav/longshore.ftm into its"
    " DatabaseDirectory, next to freshclam's daily.cvd."
)
NO_CFG = (
    "clamd searches only a part of HTML files in archives for viruses: put deploy/clamav/longshore.cfg into its"
    " DatabaseDirectory."
)
CUTS = (
    "clamd scans unpacked files only up to MaxFileSize and passes the rest: set MaxScanSize in clamd.conf to the"
    " value of MaxFileSize, both at most 2147483645."
)
NARROW = (
    f"clamd accepts fewer bytes than SCAN_MAX_SIZE + {len(LEAD)}, and larger files may be unscannable: set"
    " StreamMaxLength to that sum."
)
UNKNOWN = "clamd was too busy to check its settings; the check is repeated automatically."
HARMLESS = frozenset({NARROW, UNKNOWN})
"""Warnings that do not affect safety."""


class SafetyCheck(KeptAdvice):
    """Checks clamd and keeps the result."""

    unknown = UNKNOWN

    def __init__(self, address: Address, max_size: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._address = address
        self._max_size = max_size

    def _found(self, deadline: float) -> Iterator[str]:
        virus = samples.zipped(samples.test_virus())
        questions = {
            NO_SIGNATURES: [virus, LEAD + IGNORED[0] + virus],
            NO_ALERT: [samples.nested(samples.BEYOND_RECURSION)],
            NO_ENCRYPTED: [samples.encrypted_zip(), samples.encrypted_pdf()],
            NO_ZIP64: [samples.zipped(samples.test_virus(), zip64=True)],
            NO_NDB: [samples.cabinet(), samples.zip_of_another_method()],
            NO_FTM: [samples.disguised(IGNORED[0])],
            NO_CFG: [samples.disguised(b"<html>")],
        }
        for fault, bodies in questions.items():
            if any(self._ask(body, deadline).status == "clean" for body in bodies):
                yield fault
        if self._cuts(deadline):
            yield CUTS
        if self._refuses(self._max_size + len(LEAD), deadline):
            yield NARROW

    def _cuts(self, deadline: float) -> bool:
        """Whether there is a size that only exceeds MaxFileSize: clamd then scans only the beginning of such a file.

        The alert contains the limit, MaxScanSize if both are exceeded. So the smallest size with an alert shows it.
        """
        passed, refused = 0, samples.LARGEST_DECLARED
        limit = self._ask(samples.tar_declaring(refused), deadline).result or ""
        while "MaxFileSize" not in limit and refused - passed > 1 and limit:
            middle = (passed + refused) // 2
            answer = self._ask(samples.tar_declaring(middle), deadline).result or ""
            if answer:
                refused, limit = middle, answer
            else:
                passed = middle
        return "MaxFileSize" in limit

    def _refuses(self, length: int, deadline: float) -> bool:
        """Whether a stream of `length` bytes is too long: clamd answers so when the length is announced."""
        with closing(self._connection(deadline)) as connection:
            took(connection, b"zINSTREAM\0", framed(length))
            hang_up(connection)
            return read_reply(connection) != ""

    def _ask(self, body: bytes, deadline: float) -> ScanVerdict:
        with closing(self._connection(deadline)) as connection:
            took(connection, b"zINSTREAM\0", framed(len(body)), body, framed(0))
            return verdict_of(read_reply(connection))

    def _connection(self, deadline: float) -> socket.socket:
        return self._address.connect(self.seconds_left(deadline))
