"""clamd with another answer to VERSION, because the tests' own signatures have no date."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

from tests.support.listening import listening

COMMAND = b"zVERSION\0"


class Versioned(ThreadingTCPServer):
    """Relays to the clamd at a port; `version` is the answer to VERSION."""

    daemon_threads = True

    def __init__(self, port: int, version: str) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.port = port
        self.version = version
        self.url = f"tcp://127.0.0.1:{self.server_address[1]}"


class _Relay(BaseRequestHandler):
    server: Versioned
    request: socket.socket

    def handle(self) -> None:
        first = self.request.recv(1 << 16)
        if first == COMMAND:
            self.request.sendall(self.server.version.encode() + b"\0")
            return
        with socket.create_connection(("127.0.0.1", self.server.port)) as clamd:
            clamd.sendall(first)
            back = threading.Thread(target=_pour, args=(clamd, self.request))
            back.start()
            _pour(self.request, clamd)
            back.join()


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(1 << 16):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def versioned(port: int, version: str) -> Iterator[Versioned]:
    """Run the relay during the block."""
    server = Versioned(port, version)
    with listening(server):
        yield server
