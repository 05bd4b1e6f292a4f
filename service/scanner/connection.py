"""Connections to clamd, and how long it may be silent.

The connection is pyclamd's; its verdicts are not used: it takes a connection that clamd closed without a word, and a
file over clamd's limits, for clean, and it may send less of a chunk than it was asked to.
INSTREAM: https://docs.clamav.net/manual/Usage/Scanning.html#clamd
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
"""For a connection, and for the answer to a question without a file."""
PIECE_SECONDS = 60.0
"""For one piece of MIB bytes at most to be taken: clamd takes none while it loads new signatures."""
SCAN_SECONDS = 250.0
"""For a verdict on the smallest file: a bomb may keep clamd busy until its MaxScanTime, which has to be shorter."""
SCAN_SECONDS_PER_MIB = 1.0


def reply_seconds(size: int) -> float:
    """Seconds that clamd may take for its verdict after the last of `size` bytes."""
    return SCAN_SECONDS + size / MIB * SCAN_SECONDS_PER_MIB


class Address:
    """clamd behind CLAMD_URL: `tcp://host:port` or `unix:///path`."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def connect(self, seconds: float = CONNECT_SECONDS) -> socket.socket:
        """A connection whose calls take `seconds` at most. Raises ScannerUnavailableError."""
        where = self._url
        clamd = _UnixClamd(where.path) if where.scheme == "unix" else _TcpClamd(where.hostname, where.port or 3310)
        clamd.timeout = seconds
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


class _TcpClamd(pyclamd.ClamdNetworkSocket):  # type: ignore[misc]
    """The same over TCP."""

    def __init__(self, host: str | None, port: int) -> None:
        self.host = host
        self.port = port


def took(connection: socket.socket, *parts: bytes) -> bool:
    """Send; False where clamd hung up or did not take it in time. Never joined: that would copy every byte."""
    try:
        for part in parts:
            connection.sendall(part)
    except OSError:
        return False
    return True


def hang_up(connection: socket.socket) -> None:
    """Send nothing more; what clamd has said can still be read."""
    with suppress(OSError):  # it is gone already
        connection.shutdown(socket.SHUT_WR)


def has_spoken(connection: socket.socket) -> bool:
    """Whether clamd has said something already, or hung up. Does not wait."""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))


def framed(length: int) -> bytes:
    """What INSTREAM wants before a piece of `length` bytes; 0 is the end."""
    return struct.pack(">I", length)
