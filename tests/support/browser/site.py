"""A site of its own origin: the files of a folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tools.stack.processes.ports import LOOPBACK


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder without logging; pytest-httpserver serves what a test writes out, and no folders."""

    def log_message(self, *_words: object) -> None:
        """Nothing."""


@contextmanager
def serve_site(folder: Path) -> Iterator[str]:
    """Serve a folder inside the block; yields the site's origin."""
    with ThreadingHTTPServer((LOOPBACK, 0), partial(QuietHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
