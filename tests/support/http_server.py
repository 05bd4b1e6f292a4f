"""The HTTP server of fakes in tests: pytest-httpserver, on loopback, parallel, stopped at once."""

from __future__ import annotations

import socket

from pytest_httpserver import HTTPServer
from werkzeug import Request

from tests.support.listening import POLL_SECONDS


class TestServer(HTTPServer):
    """A server that runs inside its `with` block.

    A subclass overrides `dispatch`; a test may use `expect_request` instead.
    """

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
    """Return the connection itself, to send an incomplete response, or nothing."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    return connection
