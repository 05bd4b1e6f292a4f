"""The virus scanner: clamd over its own protocol. Only an explicit OK is clean.

The connection is pyclamd's; its verdicts are not used: it takes a connection that clamd closed without a word, and a
file over clamd's limits, for clean, and it may send less of a chunk than it was asked to.
INSTREAM: https://docs.clamav.net/manual/Usage/Scanning.html#clamd
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from urllib.parse import urlsplit

import pyclamd

from service.errors import ScannerUnavailableError
from service.limits import MIB
from service.values import ScannerHealth, ScanVerdict

CONNECT_TIMEOUT = 10.0
"""Seconds for a connection, a PONG, or one chunk to be taken."""
REPLY_SECONDS_PER_MIB = 1.0
"""Seconds that clamd may take for its verdict after the last byte, for each MiB sent; never less than 60."""
MAX_REPLY = 4096
"""Bytes of clamd's reply that are read."""


class ScanFailedError(Exception):
    """No verdict: clamd or the stream of bytes broke off, or clamd said something else. To be tried again."""


class ClamdScanner:
    """clamd behind CLAMD_URL (`tcp://host:port` or `unix:///path`); a connection for each call.

    max_size: the largest file, in bytes, that clamd's own limits are set to take.
    """

    def __init__(self, url: str, max_size: int) -> None:
        self._url = urlsplit(url)
        self.max_size = max_size

    def scan(self, pieces: Iterator[bytes], size: int) -> ScanVerdict:
        """Stream the pieces into clamd; clean only for an explicit OK after exactly `size` bytes.

        Raises ScannerUnavailableError where clamd cannot be reached, ScanFailedError where there is no verdict.
        What `pieces` raises goes through.
        """
        connection = self._connect()
        sent = 0
        try:
            connection.settimeout(CONNECT_TIMEOUT)
            connection.sendall(b"zINSTREAM\0")
            for piece in pieces:
                connection.sendall(struct.pack(">I", len(piece)) + piece)
                sent += len(piece)
            if sent != size:
                raise ScanFailedError(f"storage gave {sent} bytes of {size}")
            connection.sendall(struct.pack(">I", 0))
            connection.settimeout(max(60.0, size / MIB * REPLY_SECONDS_PER_MIB))
            return verdict_of(_reply(connection))
        except OSError as error:
            return self._early_verdict(connection, error)
        finally:
            connection.close()

    def health(self) -> ScannerHealth:
        """clamd's version and that of its signatures. Raises ScannerUnavailableError."""
        connection = self._connect()
        try:
            connection.settimeout(CONNECT_TIMEOUT)
            connection.sendall(b"zVERSION\0")
            engine, _, rest = _reply(connection).partition("/")
        except (OSError, ScanFailedError) as error:
            raise ScannerUnavailableError from error
        finally:
            connection.close()
        return ScannerHealth("ok", engine, rest.partition("/")[0] or None, self.max_size)

    def _early_verdict(self, connection: socket.socket, error: OSError) -> ScanVerdict:
        """clamd stops reading when it has found something: then its verdict is waiting, else there is none."""
        try:
            verdict = verdict_of(_reply(connection))
        except OSError:
            raise ScanFailedError(f"the connection to clamd broke ({type(error).__name__})") from error
        if verdict.status == "clean":
            raise ScanFailedError("clamd said OK before it had every byte") from error
        return verdict

    def _connect(self) -> socket.socket:
        where = self._url
        clamd = _UnixClamd(where.path) if where.scheme == "unix" else _TcpClamd(where.hostname, where.port or 3310)
        try:
            clamd._init_socket()
        except (OSError, pyclamd.ConnectionError) as error:
            clamd.clamd_socket.close()
            raise ScannerUnavailableError from error
        connection: socket.socket = clamd.clamd_socket
        return connection


class _UnixClamd(pyclamd.ClamdUnixSocket):  # type: ignore[misc]
    """pyclamd's connection without the one more that its constructor opens to see whether clamd is there."""

    def __init__(self, path: str) -> None:
        self.unix_socket = path
        self.timeout = CONNECT_TIMEOUT


class _TcpClamd(pyclamd.ClamdNetworkSocket):  # type: ignore[misc]
    """The same over TCP."""

    def __init__(self, host: str | None, port: int) -> None:
        self.host = host
        self.port = port
        self.timeout = CONNECT_TIMEOUT


def verdict_of(reply: str) -> ScanVerdict:
    """What clamd's reply to INSTREAM means. Raises ScanFailedError for anything that is not a verdict."""
    if reply == "stream: OK":
        return ScanVerdict("clean")
    if reply.startswith("stream: ") and reply.endswith(" FOUND"):
        name = reply.removeprefix("stream: ").removesuffix(" FOUND")
        if name.startswith("Heuristics.Limits.Exceeded"):
            return ScanVerdict("unscannable", f"limits_exceeded: {name}")
        if name.startswith("Heuristics.Encrypted"):
            return ScanVerdict("unscannable", f"encrypted: {name}")
        return ScanVerdict("infected", name)
    if reply.startswith("INSTREAM size limit exceeded"):
        return ScanVerdict("unscannable", "too_large: clamd's StreamMaxLength is smaller than the file")
    raise ScanFailedError(f"clamd answered {reply[:200]!r}" if reply else "clamd closed the connection without a word")


def _reply(connection: socket.socket) -> str:
    """clamd's one reply: up to its closing NUL. A reply that is cut short raises ScanFailedError."""
    received = b""
    while not received.endswith(b"\0") and len(received) < MAX_REPLY:
        piece = connection.recv(MAX_REPLY)
        if not piece:
            if received:
                raise ScanFailedError("clamd's reply was cut short")
            return ""
        received += piece
    return received.rstrip(b"\0").decode("utf-8", "replace").strip()
