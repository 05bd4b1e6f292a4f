"""A TCP relay that counts the bytes of both directions; the service reaches storage through it."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

READ = 1 << 16


class CountingProxy:
    """Listens on a free loopback port and relays to another port; use it as a context manager.

    relayed: bytes so far, both directions together.
    """

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        self.relayed = 0

    def __enter__(self) -> CountingProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:  # closed: the benchmark is over
                return
            there = socket.create_connection(self._target)
            for source, sink in ((here, there), (there, here)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._relay, args=(source, sink), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while piece := source.recv(READ):
                sink.sendall(piece)
                with self._lock:
                    self.relayed += len(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:  # the other direction has closed it
            source.close()
