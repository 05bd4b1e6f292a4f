"""The HTTP server of tests that stand in for others: pytest-httpserver, on loopback, in parallel, stopped at once."""

from __future__ import annotations

import socket

from pytest_httpserver import HTTPServer
from werkzeug import Request

from tests.support.listening import POLL_SECONDS


class TestServer(HTTPServer):
    """Serves inside its `with` block. A subclass overrides `dispatch`; a test may use `expect_request` instead."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__("127.0.0.1", threaded=True)

    @property
    def url(self) -> str:
        """The address, without a path."""
        return f"http://{self.host}:{self.port}"

    def thread_target(self) -> None:
        assert self.server
        self.server.serve_forever(POLL_SECONDS)


def connection_of(request: Request) -> socket.socket:
    """The connection itself, to send what is no complete response, or nothing at all."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    return connection
