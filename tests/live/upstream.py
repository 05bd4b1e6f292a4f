"""Servers behind the proxy that say what reached them."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.listening import listening

IN_HALVES = "/in-halves"
HALVES = (b"1" * 4_000_000, b"2" * 4_000_000)
SECONDS = 60


class Echo(ThreadingHTTPServer):
    """Answers a GET with its path and headers, says yes to a websocket, and notes when a body begins to come.

    A GET of IN_HALVES gets the first half of HALVES, and the second when `second_half` is set.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.first_byte = threading.Event()
        self.second_half = threading.Event()
        self.taken = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Echo

    def do_GET(self) -> None:
        if self.path == IN_HALVES:
            self._halve()
            return
        if self.headers.get("Upgrade") == "websocket":
            self.send_response(101)
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "websocket")
            self.end_headers()
            self.wfile.write(self.rfile.read(4).upper())
            self.close_connection = True
            return
        self._answer({"path": self.path, "headers": {name.lower(): text for name, text in self.headers.items()}})

    def do_PUT(self) -> None:
        # a body without a length is for tests in which it never ends
        left = int(self.headers.get("Content-Length", sys.maxsize))
        while left and (piece := self.rfile.read1(min(left, 65536))):
            self.server.taken += len(piece)
            left -= len(piece)
            self.server.first_byte.set()
        if left:  # the sender has given up
            self.close_connection = True
            return
        self._answer({"taken": self.server.taken})

    def do_POST(self) -> None:
        self.do_PUT()

    def _halve(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(sum(map(len, HALVES))))
        self.end_headers()
        self.wfile.write(HALVES[0])
        assert self.server.second_half.wait(SECONDS)
        self.wfile.write(HALVES[1])

    def _answer(self, what: dict[str, Any]) -> None:
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def echo() -> Iterator[Echo]:
    server = Echo()
    with listening(server):
        yield server
