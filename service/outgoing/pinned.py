"""Connections to addresses that were resolved and checked before: the name is not resolved again."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from http.client import HTTPConnection
from urllib.parse import SplitResult

PORTS = {"http": 80, "https": 443}


class PinnedConnection(HTTPConnection):
    """A connection to one of these addresses; the certificate must be the host's."""

    def __init__(self, parts: SplitResult, addresses: Sequence[str], timeout: float) -> None:
        """timeout: seconds to wait for a connection to each address, and for each answer."""
        super().__init__(parts.hostname or "", port_of(parts), timeout=timeout)
        self.default_port = PORTS[parts.scheme]
        self._addresses = addresses
        self._seconds = timeout
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None

    def connect(self) -> None:
        self.sock = self._connected()
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def _connected(self) -> socket.socket:
        for address in self._addresses[:-1]:
            try:
                return socket.create_connection((address, self.port), self._seconds)
            except OSError:
                continue
        return socket.create_connection((self._addresses[-1], self.port), self._seconds)


def port_of(parts: SplitResult) -> int:
    """Return the port of an http(s) URL."""
    return parts.port or PORTS[parts.scheme]
