"""Interpret clamd's replies. A reply that is not a verdict means that the scan is retried."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from service.scanner.clamd.connection import acknowledge
from service.values import ScanVerdict

MAX_REPLY = 4096
"""Maximum bytes of a reply; clamd's are shorter."""
OWN_SIGNATURES = "Longshore.Limits."
"""The prefix of the signatures in deploy/clamav/: no virus, but a file that clamd passes without scanning it."""


class ScanFailedError(Exception):
    """No verdict: clamd or the stream of bytes broke off, or clamd answered something else. The scan is repeated."""


def verdict_of(reply: str) -> ScanVerdict:
    """Return the verdict of clamd's reply to INSTREAM. Raises ScanFailedError for anything else."""
    if reply == "stream: OK":
        return ScanVerdict("clean")
    if reply.startswith("stream: ") and reply.endswith(" FOUND"):
        return verdict_on(reply.removeprefix("stream: ").removesuffix(" FOUND"))
    if reply.startswith("INSTREAM size limit exceeded"):
        return ScanVerdict("unscannable", "too_large: clamd's StreamMaxLength is smaller than the file")
    raise ScanFailedError(
        f"clamd answered {reply[:200]!r}" if reply else "clamd closed the connection without an answer"
    )


def verdict_on(name: str) -> ScanVerdict:
    """Return the verdict for the name that an engine reports: some of ClamAV's mean that it could not read the file."""
    if name.startswith(("Heuristics.Limits.Exceeded", OWN_SIGNATURES)):
        return ScanVerdict("unscannable", f"limits_exceeded: {name}")
    if name.startswith("Heuristics.Encrypted"):
        return ScanVerdict("unscannable", f"encrypted: {name}")
    return ScanVerdict("infected", name)


def oldest(versions: Iterable[str]) -> str:
    """Return the answer to VERSION with the oldest signatures: of several clamds behind one address."""
    return min(versions, key=_signatures_of)


def _signatures_of(version: str) -> int:
    _, _, rest = version.partition("/")
    number = rest.partition("/")[0]
    return int(number) if number.isdecimal() else 0


def in_session(number: int, reply: str) -> str:
    """Return the reply to the command with this number in a session (from 1), without the number.

    Raises ScanFailedError if it is not the reply to that command.
    """
    prefix = f"{number}: "
    if reply and not reply.startswith(prefix):
        raise ScanFailedError(f"clamd answered {reply[:200]!r}, which is not a reply to command {number}")
    return reply.removeprefix(prefix)


def read_reply(connection: socket.socket) -> str:
    """Read clamd's only reply up to the end of the connection, without the final NUL; "" without a reply.

    Raises ScanFailedError if the reply is incomplete or followed by anything, or if the connection breaks.
    """
    return _text_of(_received(connection, until_end=True))


def read_next_reply(connection: socket.socket) -> str:
    """Read a reply on a connection that stays open: nothing may follow before the next command."""
    return _text_of(_received(connection, until_end=False))


def _received(connection: socket.socket, *, until_end: bool) -> bytes:
    """Read the bytes to the end of the connection, or to the first NUL and what arrived with it."""
    received = b""
    try:
        while len(received) < MAX_REPLY and (piece := connection.recv(MAX_REPLY)):
            received += piece
            if not until_end and b"\0" in piece:
                break
            acknowledge(connection)  # clamd sends a command's number and its reply separately
    except OSError as error:
        # a clamd that has not read everything resets the connection after its answer
        if not (received and isinstance(error, ConnectionResetError)):
            raise ScanFailedError(f"the connection to clamd broke ({type(error).__name__})") from error
    return received


def _text_of(received: bytes) -> str:
    """Return the reply in these bytes. Raises ScanFailedError if they are not exactly one."""
    if not received:
        return ""
    if received.find(b"\0") != len(received) - 1:
        raise ScanFailedError(f"clamd answered {received[:200]!r}, which is not one complete reply")
    return received[:-1].decode("utf-8", "replace")
