"""Run servers of tests in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import Any

POLL_SECONDS = 0.05


@contextmanager
def listening(server: BaseServer) -> Iterator[None]:
    """Run the server in a thread inside the block, and close it afterwards."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_SECONDS})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet:
    """Of a handler that logs nothing: `class Handler(Quiet, BaseHTTPRequestHandler)`."""

    def reply(self: Any, status: int, body: bytes) -> None:
        """Send the whole response."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass
