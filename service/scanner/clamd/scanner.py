"""Scan files by clamd: send the bytes, read the verdict.

No thread reads ahead: the kernel's buffers on both connections have megabytes, so storage sends while we write to
clamd, and clamd receives while we read; both only wait for our own copying.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace

from service.errors import ScannerUnavailableError
from service.observability.metrics import failures_counted
from service.scanner.clamd.connection import (
    CONNECT_SECONDS,
    PIECE_SECONDS,
    Address,
    framed,
    has_spoken,
    reply_seconds,
    took,
)
from service.scanner.clamd.replies import ScanFailedError, oldest, read_reply, verdict_of
from service.scanner.clamd.safety import HARMLESS, SafetyCheck
from service.scanner.clamd.session import Session, Sessions
from service.scanner.contents.zip64 import Zip64Watch
from service.scanner.interface import Progress, ignore_progress
from service.scanner.streams import scan_pieces
from service.values import ScannerHealth, ScanVerdict


class ClamdScanner:
    """clamd behind CLAMD_URL (`tcp://host:port` or `unix:///path`); one session for many files.

    max_size: the largest file, in bytes, that is scanned.
    """

    name = "clamd"

    def __init__(self, url: str, max_size: int) -> None:
        self.max_size = max_size
        self._address = Address(url)
        self._sessions = Sessions(self._address)
        self._safety = SafetyCheck(self._address, max_size)

    def disconnect(self) -> None:
        """Close the session that is kept for the next file."""
        self._sessions.disconnect()

    @failures_counted("clamd", ScannerUnavailableError, ScanFailedError)
    def scan(self, pieces: Iterator[bytes], size: int, on_progress: Progress | None = None) -> ScanVerdict:
        """Stream the pieces into clamd; clean only for an explicit OK after exactly `size` bytes.

        The verdict contains the engine, and signatures that are never newer than those that were used: VERSION comes
        first, in the same session, as there may be several clamds behind one address. Raises ScannerUnavailableError if
        clamd cannot be reached, ScanFailedError without a verdict, and what `pieces` raises. `pieces` is closed
        afterwards, also if it was not read to its end.
        """
        watch = Zip64Watch()
        with ExitStack() as opened:
            if isinstance(pieces, Generator):
                opened.callback(pieces.close)
            sessions: list[Session] = []

            def open_stream(length: int) -> _Stream:
                sessions.append(opened.enter_context(self._sessions.session()))
                return _Stream(sessions[-1], length)

            verdict = scan_pieces(watch.past(pieces), size, on_progress or ignore_progress, open_stream)
        if verdict.status == "clean" and watch.found:
            verdict = ScanVerdict("unscannable", "limits_exceeded: ZIP64 entries, which clamd does not unpack")
        return replace(verdict, engine=self._described(oldest(session.version for session in sessions)))

    def health(self) -> ScannerHealth:
        """Return the versions of clamd and its signatures, without its settings. Raises ScannerUnavailableError."""
        return self._described(self.version())

    def checked_health(self) -> ScannerHealth:
        """Return the health, with the check that an OK is reliable (repeated for new signatures and regularly).

        Raises ScannerUnavailableError.
        """
        version = self.version()
        advice = self._safety.advice(version)
        status = "ok" if set(advice) <= HARMLESS else "unsafe"
        return replace(self._described(version), status=status, advice=advice)

    @failures_counted("clamd", ScannerUnavailableError)
    def version(self) -> str:
        """Return clamd's answer to VERSION: engine/signatures/their date. Raises ScannerUnavailableError."""
        with closing(self._address.connect()) as connection:
            try:
                connection.sendall(b"zVERSION\0")
                version = read_reply(connection)
            except (OSError, ScanFailedError) as error:
                raise ScannerUnavailableError from error
        if not version:
            raise ScannerUnavailableError
        return version

    def _described(self, version: str) -> ScannerHealth:
        engine, _, rest = version.partition("/")
        return ScannerHealth("ok", engine, rest.partition("/")[0] or None, self.max_size)


class _Stream:
    """INSTREAM of `size` bytes in a session, which is over unless the reply follows the end."""

    def __init__(self, session: Session, size: int) -> None:
        self._session = session
        self._connection = session.connection
        self._size = size
        self._connection.settimeout(PIECE_SECONDS)
        session.is_over = True
        self._has_begun = took(self._connection, b"zINSTREAM\0")

    def send(self, piece: bytes) -> bool:
        return self._is_open() and took(self._connection, framed(len(piece)), piece)

    def end(self) -> bool:
        return self._is_open() and took(self._connection, framed(0))

    def verdict(self, *, whole: bool) -> ScanVerdict:
        self._connection.settimeout(reply_seconds(self._size) if whole else CONNECT_SECONDS)
        verdict = verdict_of(self._session.reply() if whole else self._session.last_reply())
        if verdict.status == "clean" and not whole:
            raise ScanFailedError("clamd answered OK before it received every byte")
        self._session.is_over = not whole
        return verdict

    def _is_open(self) -> bool:
        return self._has_begun and not has_spoken(self._connection)
