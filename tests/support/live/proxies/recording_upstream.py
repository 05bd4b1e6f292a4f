"""A server behind the proxy that accepts everything, and returns and records what it received.

It is not a pytest-httpserver, which reads a body to its end before a test sees its first byte.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.support.listening import Quiet, listening

IN_HALVES = "in-halves"
HALVES = (b"1" * 4_000_000, b"2" * 4_000_000)
SECONDS = 60


class Arrived(NamedTuple):
    """A request's head; the names of headers are in lower case, and repeated ones are kept."""

    method: str
    target: str
    headers: list[tuple[str, str]]


class Echo(ThreadingHTTPServer):
    """Answers a GET with its path and headers, accepts websockets, and records when a body begins to arrive.

    A GET of a file called IN_HALVES gets the first half of HALVES, and the second when `second_half` is set. A method
    that is neither PUT nor POST gets an empty answer. `arrived` has every request's head.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.first_byte = threading.Event()
        self.second_half = threading.Event()
        self.taken = 0
        self.arrived: list[Arrived] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(Quiet, BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Echo

    def parse_request(self) -> bool:
        whole = super().parse_request()
        if whole:
            headers = [(name.lower(), text) for name, text in self.headers.items()]
            self.server.arrived.append(Arrived(self.command, self.path, headers))
        return whole

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", "default-src *")
        super().end_headers()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return lambda: self.reply(200, b"")
        raise AttributeError(name)

    def do_GET(self) -> None:
        if self.path.partition("?")[0].endswith(f"/{IN_HALVES}"):
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
        if left:  # the sender has disconnected
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
        self.reply(200, json.dumps(what).encode())


@contextmanager
def echo() -> Iterator[Echo]:
    server = Echo()
    with listening(server):
        yield server
