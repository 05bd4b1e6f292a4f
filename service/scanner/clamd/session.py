"""Sessions with clamd (IDSESSION): a connection for many commands, whose replies carry the commands' numbers.

A session ends when clamd restarts, and proxies close idle connections: VERSION before each file shows whether it still
exists, before a byte of the file is read.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from service.errors import ScannerUnavailableError
from service.scanner.clamd.connection import CONNECT_SECONDS, Address, hang_up, has_spoken
from service.scanner.clamd.replies import ScanFailedError, in_session, read_next_reply, read_reply

SESSION_SECONDS = 60.0
"""Seconds for which a session is used: several clamds behind one address then share the files, also a new one."""


class Session:
    """One session. version: clamd's answer to VERSION, asked before each file; is_over: it cannot take another file."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.version = ""
        self.is_over = False
        self._until = time.monotonic() + SESSION_SECONDS
        self._command = 0

    def ask_version(self) -> None:
        """Begin a file. Raises ScannerUnavailableError."""
        self.connection.settimeout(CONNECT_SECONDS)
        try:
            self.connection.sendall(b"zVERSION\0" if self._command else b"zIDSESSION\0zVERSION\0")
            self.version = self.reply()
        except (OSError, ScanFailedError) as error:
            raise ScannerUnavailableError from error
        if not self.version:
            # it accepted the connection and died: an empty answer is no version
            raise ScannerUnavailableError

    def reply(self) -> str:
        """Read the reply to the next command. Raises ScanFailedError if it is not exactly one reply to that command."""
        self._command += 1
        return in_session(self._command, read_next_reply(self.connection))

    def last_reply(self) -> str:
        """Read it when nothing more can be sent: clamd has already answered, or will not answer."""
        hang_up(self.connection)
        self._command += 1
        return in_session(self._command, read_reply(self.connection))

    def is_usable(self) -> bool:
        """Whether clamd has not closed it, has sent nothing that belongs to no command, and it is not too old."""
        return time.monotonic() < self._until and not has_spoken(self.connection)


class Sessions:
    """The sessions with the clamd behind an address: one at a time is kept for the next file."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._kept: Session | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Use the kept session or a new one for a file; after an error it is closed, as its state is unknown.

        Raises ScannerUnavailableError, before the block, and what the block raises.
        """
        session = self._begun()
        try:
            yield session
        except BaseException:
            session.connection.close()
            raise
        self.disconnect()  # another thread's
        if session.is_over:
            session.connection.close()
        else:
            self._kept = session

    def disconnect(self) -> None:
        """Close the kept session."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.connection.close()

    def _begun(self) -> Session:
        """Return a session that has answered. Only a kept one that does not answer is replaced."""
        kept, self._kept = self._kept, None
        if kept is not None:
            with suppress(ScannerUnavailableError):
                if kept.is_usable():
                    kept.ask_version()
                    return kept
            kept.connection.close()
        session = Session(self._address.connect())
        try:
            session.ask_version()
        except BaseException:
            session.connection.close()
            raise
        return session
