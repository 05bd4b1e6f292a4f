"""Connections to an ICAP server."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from service.errors import ScannerUnavailableError
from service.scanner.clamd.connection import CONNECT_SECONDS, PIECE_SECONDS, has_spoken, took
from service.scanner.clamd.replies import ScanFailedError
from service.scanner.icap.messages import MAX_HEAD, Response, framed, options_request, parse_response, respmod_request

PORT = 1344
MAX_PREVIEW = 64 * 1024
"""Bytes of a preview at most, whatever the server asks for: it is kept in memory."""
MAX_NAME, MAX_TAG = 100, 64
"""Characters of an engine's name, and of its signatures; a file keeps both."""


@dataclass(frozen=True)
class Abilities:
    """The contents of a service's OPTIONS. preview: the bytes that it reads before it decides, None without a preview;
    connections: that it accepts, None if it does not tell."""

    engine: str
    tag: str | None
    preview: int | None
    connections: int | None


class IcapConnection:
    """One connection. Its calls take at most PIECE_SECONDS each; `response` has its own time."""

    def __init__(self, url: str, seconds: float = CONNECT_SECONDS) -> None:
        """Connect to the service at `icap://host:port/service`. Raises ScannerUnavailableError."""
        parts = urlsplit(url)
        self._host = parts.netloc
        self._uri = url
        self._received = b""
        try:
            self._socket = socket.create_connection((parts.hostname or "", parts.port or PORT), seconds)
        except OSError as error:
            raise ScannerUnavailableError from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(PIECE_SECONDS)

    def close(self) -> None:
        self._socket.close()

    def abilities(self, seconds: float = CONNECT_SECONDS) -> Abilities:
        """Ask for the service's abilities. Raises ScannerUnavailableError without a useful answer."""
        try:
            if not took(self._socket, options_request(self._uri, self._host)):
                raise ScannerUnavailableError
            response = self.response(seconds)
        except ScanFailedError as error:
            raise ScannerUnavailableError(errors=[str(error)]) from error
        if response.status != 200 or "RESPMOD" not in response.headers.get("methods", "").upper():
            raise ScannerUnavailableError(errors=[f"the ICAP service answered {response.status} to OPTIONS"])
        return _abilities_of(response.headers)

    def begin(self, size: int, preview: int | None) -> bool:
        """Send the head of a scan; return False if the server hung up."""
        return took(self._socket, respmod_request(self._uri, self._host, size, preview))

    def send(self, piece: bytes) -> bool:
        """Send a chunk; return False if the server has spoken or hung up before."""
        return not self.has_spoken() and took(self._socket, framed(len(piece)), piece, b"\r\n")

    def end(self, mark: bytes) -> bool:
        """Send the end of the body or of a preview; return False if the server has spoken or hung up before."""
        return not self.has_spoken() and took(self._socket, mark)

    def has_spoken(self) -> bool:
        """Whether the server has already answered or hung up. Does not wait."""
        return bool(self._received) or has_spoken(self._socket)

    def has_more(self) -> bool:
        """Whether anything has arrived after a response without a body; a server may hang up then. Does not wait."""
        try:
            return bool(self._received) or (has_spoken(self._socket) and self._socket.recv(1) != b"")
        except OSError:
            return False

    def response(self, seconds: float) -> Response:
        """Read the next response's head, in `seconds` at most. Raises ScanFailedError if it is not all there."""
        deadline = time.monotonic() + seconds
        while b"\r\n\r\n" not in self._received:
            if len(self._received) > MAX_HEAD:
                raise ScanFailedError("the ICAP server answered an endless head")
            try:
                self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
                piece = self._socket.recv(4096)
            except OSError as error:
                raise ScanFailedError(f"the connection to the ICAP server broke ({type(error).__name__})") from error
            if not piece:
                broken = "within its answer" if self._received else "without an answer"
                raise ScanFailedError(f"the ICAP server closed the connection {broken}")
            self._received += piece
        self._socket.settimeout(PIECE_SECONDS)
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        return parse_response(head)


def _abilities_of(headers: Mapping[str, str]) -> Abilities:
    preview = _number(headers.get("preview"))
    name = headers.get("service") or headers.get("server") or "ICAP"
    tag = _shown(headers.get("istag", "").strip('"'), MAX_TAG)
    return Abilities(
        engine=_shown(name, MAX_NAME) or "ICAP",
        tag=tag or None,
        preview=None if preview is None else min(preview, MAX_PREVIEW),
        connections=_number(headers.get("max-connections")) or None,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _shown(text: str, length: int) -> str:
    """Return a header's text as it is stored and signed: one line of printable characters."""
    return "".join(character if character.isprintable() else " " for character in text)[:length].strip()
