"""Scan files by an ICAP server: send the bytes as the body of an HTTP response, read the verdict.

A preview never contains a file's last byte. So "no modification" after the preview shows that the server does not read
this file, and after the end that it had every byte: c-icap answers both alike, also for types that it does not scan.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace

from service.errors import ScannerUnavailableError
from service.limits import MAX_OBJECT_SIZE
from service.observability.metrics import failures_counted
from service.scanner.clamd.connection import CONNECT_SECONDS, reply_seconds
from service.scanner.clamd.replies import ScanFailedError
from service.scanner.icap.connection import Abilities, IcapConnection
from service.scanner.icap.messages import END, Response
from service.scanner.icap.safety import HARMLESS, UNABLE, IcapSafetyCheck
from service.scanner.icap.verdicts import verdict_of
from service.scanner.interface import Progress, ignore_progress
from service.scanner.streams import scan_pieces
from service.values import ScannerHealth, ScanVerdict


class IcapScanner:
    """The service behind ICAP_URL (`icap://host:port/service`). Each file has its own connection.

    max_size: the largest file, in bytes, that is scanned; 0: no limit.
    """

    name = "icap"

    def __init__(self, url: str, max_size: int) -> None:
        self.max_size = max_size or MAX_OBJECT_SIZE
        self._shown_size = max_size or None
        self._url = url
        self._safety = IcapSafetyCheck(self._exchanged, self._continues, max_size)

    def disconnect(self) -> None:
        """It keeps no connection."""

    @failures_counted("icap", ScannerUnavailableError, ScanFailedError)
    def scan(self, pieces: Iterator[bytes], size: int, on_progress: Progress | None = None) -> ScanVerdict:
        """Stream the pieces to the server; clean only for 204 after exactly `size` bytes.

        The verdict contains the engine, with the ISTag that it had before the file. Raises ScannerUnavailableError if
        the server cannot be reached or is no ICAP server, ScanFailedError without a verdict, and what `pieces` raises.
        """
        try:
            return self._exchanged(pieces, size, on_progress or ignore_progress)
        finally:
            if isinstance(pieces, Generator):
                pieces.close()

    def health(self) -> ScannerHealth:
        """Return the service's name and ISTag. Raises ScannerUnavailableError."""
        return self._described(self.abilities())

    def checked_health(self) -> ScannerHealth:
        """Return the health, with the check that 204 is reliable (repeated for a new ISTag and regularly).

        Raises ScannerUnavailableError, also if the server does not pass a harmless file.
        """
        health = self.health()
        advice = self._safety.advice(f"{health.engine}/{health.signatures}")
        if UNABLE in advice:
            raise ScannerUnavailableError(errors=[UNABLE])
        return replace(health, status="ok" if set(advice) <= HARMLESS else "unsafe", advice=advice)

    @failures_counted("icap", ScannerUnavailableError)
    def abilities(self) -> Abilities:
        """Return what the service's OPTIONS contain. Raises ScannerUnavailableError."""
        with closing(IcapConnection(self._url)) as connection:
            return connection.abilities()

    def _exchanged(
        self, pieces: Iterator[bytes], size: int, on_progress: Progress = ignore_progress, seconds: float | None = None
    ) -> ScanVerdict:
        """Scan on new connections. seconds: for each answer, instead of as long as a scan may take."""
        with ExitStack() as opened:
            engines: list[ScannerHealth] = []

            def open_stream(length: int) -> _Stream:
                connection = opened.enter_context(closing(IcapConnection(self._url, seconds or CONNECT_SECONDS)))
                abilities = connection.abilities(seconds or CONNECT_SECONDS)
                engines.append(self._described(abilities))
                return _Stream(connection, abilities, length, seconds or reply_seconds(length))

            verdict = scan_pieces(pieces, size, on_progress, open_stream)
        return replace(verdict, engine=engines[0])

    def _continues(self, begin: bytes, size: int, seconds: float) -> bool:
        """Whether the server reads the rest of a file of `size` bytes with this beginning; always without a preview."""
        with closing(IcapConnection(self._url, seconds)) as connection:
            preview = connection.abilities(seconds).preview
            if preview is None:
                return True
            shown = begin[: min(preview, size - 1)]
            if not (connection.begin(size, len(shown)) and _previewed(connection, shown)):
                raise ScannerUnavailableError
            return connection.response(seconds).status == 100

    def _described(self, abilities: Abilities) -> ScannerHealth:
        return ScannerHealth("ok", abilities.engine, abilities.tag, self._shown_size)


class _Stream:
    """RESPMOD of `size` bytes: a preview, and if the server continues, the rest. seconds: for each answer."""

    def __init__(self, connection: IcapConnection, abilities: Abilities, size: int, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds
        # without a byte there is nothing to hold back
        self._preview = min(abilities.preview, size - 1) if abilities.preview is not None and size else None
        self._shown = b""
        self._skipped: Response | None = None
        if not connection.begin(size, self._preview):
            raise ScanFailedError("the ICAP server hung up")

    def send(self, piece: bytes) -> bool:
        if self._preview is None:
            return self._connection.send(piece)
        self._shown += piece
        if len(self._shown) < self._preview:
            return True
        shown, rest = self._shown[: self._preview], self._shown[self._preview :]
        self._preview, self._shown = None, b""
        return self._continues(shown) and (not rest or self._connection.send(rest))

    def end(self) -> bool:
        return self._connection.end(END)

    def verdict(self, *, whole: bool) -> ScanVerdict:
        if self._skipped is not None:
            return verdict_of(self._skipped, whole=False, previewed=True)
        response = self._connection.response(self._seconds if whole else CONNECT_SECONDS)
        verdict = verdict_of(response, whole=whole, previewed=False)
        if verdict.status == "clean" and self._connection.has_more():
            raise ScanFailedError("the ICAP server answered 204, and then something else")
        return verdict

    def _continues(self, shown: bytes) -> bool:
        """Send the preview; return whether the server reads the rest."""
        if not _previewed(self._connection, shown):
            raise ScanFailedError("the ICAP server answered before it received the preview")
        response = self._connection.response(self._seconds)
        self._skipped = response if response.status != 100 else None
        return self._skipped is None


def _previewed(connection: IcapConnection, shown: bytes) -> bool:
    """Send a preview; return False if the server has spoken or hung up before its end."""
    return (not shown or connection.send(shown)) and connection.end(END)
