"""Connections to clamd, and their timeouts.

The connection is pyclamd's. Its verdicts are not used: pyclamd takes a connection that clamd closed without an answer,
and a file over clamd's limits, for clean, and may send only a part of a chunk. INSTREAM:
https://docs.clamav.net/manual/Usage/Scanning.html#clamd
"""

from __future__ import annotations

import select
import socket
import struct
from contextlib import suppress
from urllib.parse import urlsplit

import pyclamd

from service.errors import ScannerUnavailableError
from service.limits import MIB

CONNECT_SECONDS = 10.0
"""Seconds for a connection, and for the answer to a command without a file."""
PIECE_SECONDS = 60.0
"""Seconds for clamd to accept a piece of at most MIB bytes: it accepts none while it loads new signatures."""
SCAN_SECONDS = 250.0
"""Seconds for a verdict on the smallest file: a zip bomb may take until clamd's MaxScanTime, which must be shorter."""
SCAN_SECONDS_PER_MIB = 1.0


def reply_seconds(size: int) -> float:
    """Return the seconds to wait for a verdict after the last of `size` bytes."""
    return SCAN_SECONDS + size / MIB * SCAN_SECONDS_PER_MIB


class Address:
    """clamd behind CLAMD_URL: `tcp://host:port` or `unix:///path`."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def connect(self, seconds: float = CONNECT_SECONDS) -> socket.socket:
        """Open a connection whose calls take at most `seconds`. Raises ScannerUnavailableError."""
        where = self._url
        clamd = _UnixClamd(where.path) if where.scheme == "unix" else _TcpClamd(where.hostname, where.port or 3310)
        clamd.timeout = seconds
        try:
            clamd._init_socket()
        except (OSError, pyclamd.ConnectionError) as error:
            clamd.clamd_socket.close()
            raise ScannerUnavailableError from error
        connection: socket.socket = clamd.clamd_socket
        if connection.family != socket.AF_UNIX:
            # otherwise a file's small last packets wait for clamd's delayed acknowledgements, 40 ms for each file
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


class _UnixClamd(pyclamd.ClamdUnixSocket):  # type: ignore[misc]
    """pyclamd's connection, without the additional one that its constructor opens as a test."""

    def __init__(self, path: str) -> None:
        self.unix_socket = path


class _TcpClamd(pyclamd.ClamdNetworkSocket):  # type: ignore[misc]
    """The same over TCP."""

    def __init__(self, host: str | None, port: int) -> None:
        self.host = host
        self.port = port


def took(connection: socket.socket, *parts: bytes) -> bool:
    """Send buffers without joining them, which would copy every byte; return False if clamd hung up or timed out."""
    try:
        for part in parts:
            connection.sendall(part)
    except OSError:
        return False
    return True


def hang_up(connection: socket.socket) -> None:
    """Close for sending; answers can still be read."""
    with suppress(OSError):  # already closed
        connection.shutdown(socket.SHUT_WR)


def has_spoken(connection: socket.socket) -> bool:
    """Whether clamd has already answered or hung up. Does not wait."""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))


def acknowledge(connection: socket.socket) -> None:
    """Acknowledge at once what has arrived, instead of up to 40 ms later: until then clamd holds back what follows."""
    if hasattr(socket, "TCP_QUICKACK") and connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def framed(length: int) -> bytes:
    """Return INSTREAM's header of a piece of `length` bytes; 0 is the end."""
    return struct.pack(">I", length)
