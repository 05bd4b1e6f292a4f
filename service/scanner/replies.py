"""Interpret clamd's replies. A reply that is not a verdict means that the scan is retried."""

from __future__ import annotations

import socket

from service.values import ScanVerdict

MAX_REPLY = 4096
"""Bytes of clamd's reply that are read; none of its own is as long."""
OWN_SIGNATURES = "Longshore.Limits."
"""How the signatures in deploy/clamav/ are called: not a virus, but what clamd passes without having read it."""


class ScanFailedError(Exception):
    """No verdict: clamd or the stream of bytes broke off, or clamd said something else. To be tried again."""


def verdict_of(reply: str) -> ScanVerdict:
    """What clamd's reply to INSTREAM means. Raises ScanFailedError for anything that is not a verdict."""
    if reply == "stream: OK":
        return ScanVerdict("clean")
    if reply.startswith("stream: ") and reply.endswith(" FOUND"):
        name = reply.removeprefix("stream: ").removesuffix(" FOUND")
        if name.startswith(("Heuristics.Limits.Exceeded", OWN_SIGNATURES)):
            return ScanVerdict("unscannable", f"limits_exceeded: {name}")
        if name.startswith("Heuristics.Encrypted"):
            return ScanVerdict("unscannable", f"encrypted: {name}")
        return ScanVerdict("infected", name)
    if reply.startswith("INSTREAM size limit exceeded"):
        return ScanVerdict("unscannable", "too_large: clamd's StreamMaxLength is smaller than the file")
    raise ScanFailedError(
        f"clamd answered {reply[:200]!r}" if reply else "clamd closed the connection without an answer"
    )


def in_session(number: int, reply: str) -> str:
    """The reply to the command of this number of a session (from 1), without its number.

    Raises ScanFailedError where it is the reply to another command, or to none.
    """
    prefix = f"{number}: "
    if reply and not reply.startswith(prefix):
        raise ScanFailedError(f"clamd answered {reply[:200]!r}, which is not a reply to command {number}")
    return reply.removeprefix(prefix)


def read_reply(connection: socket.socket) -> str:
    """clamd's one reply, without its closing NUL, up to the end of the connection; "" where there is none.

    Raises ScanFailedError where the reply is cut short, is followed by anything, or where the connection breaks.
    """
    return _text_of(_received(connection, until_end=True))


def read_next_reply(connection: socket.socket) -> str:
    """The same of a connection that stays open: clamd may say nothing more until it is asked."""
    return _text_of(_received(connection, until_end=False))


def _received(connection: socket.socket, *, until_end: bool) -> bytes:
    """Read the bytes to the end of the connection, or to the first NUL and what arrived with it."""
    received = b""
    try:
        while len(received) < MAX_REPLY and (piece := connection.recv(MAX_REPLY)):
            received += piece
            if not until_end and b"\0" in piece:
                break
    except OSError as error:
        # a clamd that has not read all hangs up with a reset; its word came before that
        if not (received and isinstance(error, ConnectionResetError)):
            raise ScanFailedError(f"the connection to clamd broke ({type(error).__name__})") from error
    return received


def _text_of(received: bytes) -> str:
    """The one reply that these bytes are. Raises ScanFailedError where they are anything else."""
    if not received:
        return ""
    if received.find(b"\0") != len(received) - 1:
        raise ScanFailedError(f"clamd answered {received[:200]!r}, which is not one complete reply")
    return received[:-1].decode("utf-8", "replace")
