"""A TCP relay in front of storage that counts the parts that are sent through it."""

from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit

READ = 1 << 16
MARK = b"PUT /"
"""The beginning of a request that sends a part; it does not occur in random bytes."""


class PutCounter:
    """A relay; a context manager. puts: requests that have begun so far."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.puts = 0

    def __enter__(self) -> PutCounter:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:  # closed
                return
            there = socket.create_connection(self._target)
            threading.Thread(target=self._relay, args=(here, there, True), daemon=True).start()
            threading.Thread(target=self._relay, args=(there, here, False), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket, counts: bool) -> None:
        tail = b""
        try:
            while piece := source.recv(READ):
                if counts:
                    seen = tail + piece
                    with self._lock:
                        self.puts += seen.count(MARK)
                    tail = seen[-len(MARK) + 1 :]
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            end.close()
