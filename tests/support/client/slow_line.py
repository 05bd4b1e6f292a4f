"""A connection between a client and a server on this machine with a slow uplink that all connections share."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BUFFER, PIECE = 32 * 1024, 4096


class _Line:
    def __init__(self, port: int, rate: float) -> None:
        self._port, self._rate = port, rate
        self._free_at = 0.0
        self._lock = threading.Lock()
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.listening = socket.socket()
        # small buffers, so that a sender notices the slow connection at once
        self.listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(64)

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listening.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                self._ends += [near, far]
                for way in ((near, far, True), (far, near, False)):
                    thread = threading.Thread(target=self._carry, args=way, daemon=True)
                    thread.start()
                    self._threads.append(thread)

    def _carry(self, source: socket.socket, target: socket.socket, slow: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if slow:
                    self._pass(len(piece))
                target.sendall(piece)
        hang_up(source, target)

    def close(self) -> None:
        hang_up(*self._ends)
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()

    def _pass(self, size: int) -> None:
        with self._lock:
            now = time.monotonic()
            start = max(now, self._free_at)
            self._free_at = start + size / self._rate
        time.sleep(start - now)


@contextmanager
def slow_line(port: int, rate: float) -> Iterator[str]:
    """Run a slow connection to a port of this machine and return its address; rate: bytes per second of the uplink."""
    line = _Line(port, rate)
    thread = threading.Thread(target=line.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{line.listening.getsockname()[1]}"
    finally:
        # close() alone does not end a waiting accept()
        hang_up(line.listening)
        thread.join()
        line.listening.close()
        line.close()


def hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
