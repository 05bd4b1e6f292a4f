"""A receiver of webhooks: a real HTTP server that records requests, and responds as a test configures it."""

from __future__ import annotations

import threading

from werkzeug import Request, Response

from tests.support.http_server import TestServer, connection_of


class Receiver(TestServer):
    """status: of its responses; location: their redirect; got: the requests in order.

    finishes: while it is cleared, responses begin and do not end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.status = 204
        self.location: str | None = None
        self.got: list[Request] = []
        self.finishes = threading.Event()
        self.finishes.set()

    def dispatch(self, request: Request) -> Response:
        self.got.append(request)
        while not self.finishes.wait(1):
            connection_of(request).sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return Response(status=self.status, headers={"Location": self.location} if self.location else {})

    def events(self, file_id: str) -> list[str]:
        """Return the types of the events about a file, each id once, in order."""
        events = {request.json["id"]: request.json for request in self.got}.values()
        return [event["type"] for event in events if event["data"].get("file", {}).get("id") == file_id]
