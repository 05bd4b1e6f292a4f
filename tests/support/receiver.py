"""A receiver of webhooks: a real HTTP server that keeps what it gets, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.listening import Quiet, listening


@dataclass
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """status: what it answers; location: where it redirects to; finishes: cleared, it begins answers and ends none."""

    url: str = ""
    status: int = 204
    location: str | None = None
    got: list[Received] = field(default_factory=list)
    finishes: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.finishes.set()

    def events(self, file_id: str) -> list[str]:
        """The types of what it got about a file, each id once, in order."""
        said = {each.event["id"]: each.event for each in self.got}.values()
        return [each["type"] for each in said if each["data"].get("file", {}).get("id") == file_id]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listens on a loopback port inside the block."""
    here = Receiver()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.got.append(Received(self.path, {name.lower(): text for name, text in self.headers.items()}, body))
            while not here.finishes.wait(1):
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.send_response(here.status)
            if here.location:
                self.send_header("Location", here.location)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.url = f"http://127.0.0.1:{server.server_port}"
    with listening(server):
        try:
            yield here
        finally:
            here.finishes.set()
