"""A faulty connection between a browser and a server: it stops, breaks, refuses, or flips bits.

It listens at the server's public address, so that signatures for that address are valid.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from tests.support.browser.http_exchange import (
    FAIR,
    PIECE,
    Passage,
    RequestHead,
    Trouble,
    read_body,
    read_head,
    status_of,
    turned,
)
from tests.support.live.eventually import eventually
from tools.stack.processes.ports import LOOPBACK, free_port

LAST_LINES = 60
BACKLOG = 256
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER, so that closing breaks a connection."""
SECONDS = 60
TOO_LATE = 1.5
"""Seconds after which an expired URL is expired for every clock with whole seconds."""


class FaultyRelay:
    """A relay from a new loopback port to a server's, one request per connection; a context manager.

    Bytes of parts are not kept. trouble: returns the fault of each request. passages: the results of requests in the
    order of their ends. carried: bytes of parts that have passed.
    """

    def __init__(self, target: int) -> None:
        self._target = (LOOPBACK, target)
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._change = threading.Condition()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self._forget()

    def _forget(self) -> None:
        self.trouble: Callable[[RequestHead], Trouble] = lambda request: FAIR
        self.passages: list[Passage] = []
        self.carried = 0
        self._stop_at: int | None = None
        self._under_way = self._standing = 0
        self._puts: Counter[tuple[str, int]] = Counter()

    def __enter__(self) -> FaultyRelay:
        self.mend()
        return self

    def __exit__(self, *_error: object) -> None:
        self.cut()

    def reset(self) -> None:
        """Remove all faults and records."""
        self.cut()
        self._forget()
        self.mend()

    # what passed

    def answers(self, part: int) -> list[int]:
        """Return storage's status of each PUT of a part; 0 if the connection broke."""
        return [passed.status for passed in self.passages if passed.reached and passed.request.part == part]

    def taken(self) -> dict[int, int]:
        """Return how often storage accepted each part."""
        parts = [it.request.part for it in self.passages if it.reached and it.request.part and it.status == 200]
        return dict(Counter(sorted(parts)))

    def report(self) -> str:
        """Return text that explains a failure."""
        ends = Counter(
            f"{it.request.method} {it.status}{'' if it.reached else ' from the line'}" for it in self.passages
        )
        parts = (
            f"{self.carried} bytes of parts; {self._under_way} parts under way, {self._standing} of them stand still"
        )
        return "\n".join([parts, str(dict(ends)), *map(str, self.passages[-LAST_LINES:])])

    # bad days

    @contextmanager
    def stopped_at(self, carried: int) -> Iterator[None]:
        """Inside the block, stop all parts after so many bytes in total; `wait_stopped` waits for that."""
        self._stop_at = carried
        try:
            yield
        finally:
            self.resume()

    def resume(self) -> None:
        """Let parts move again."""
        with self._change:
            self._stop_at = None
            self._change.notify_all()

    def wait_stopped(self) -> None:
        """Return when every open part has stopped."""

        def counts() -> tuple[int, int]:
            with self._change:
                return self._under_way, self._standing

        eventually(counts, lambda now: now[0] == now[1] > 0, SECONDS)

    def cut(self) -> None:
        """Break every connection, and refuse new ones until `mend`."""
        with self._change:
            listener, self._listener = self._listener, None
            if listener:
                # closing alone would leave the thread in accept(), and the port open
                listener.shutdown(socket.SHUT_RDWR)
            for connection in self._open:
                _break(connection)
            self._open.clear()
            self._change.notify_all()
        for thread in self._threads:
            thread.join(SECONDS)
        self._threads.clear()

    def mend(self) -> None:
        """Accept connections again."""
        self._listener = socket.create_server((LOOPBACK, self.port), backlog=BACKLOG)
        self._start(self._accept, self._listener)

    # one connection, one request

    def _start(self, work: Callable[[socket.socket], None], connection: socket.socket) -> None:
        thread = threading.Thread(target=work, args=(connection,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                try:
                    here, _ = listener.accept()
                except OSError:  # cut
                    return
                with self._change:
                    if self._listener is not listener:
                        here.close()
                        return
                    self._open.add(here)
                self._start(self._serve, here)

    def _serve(self, here: socket.socket) -> None:
        with here:
            try:
                head, begun = read_head(here)
                if head:
                    self._exchange(here, self._counted(head), begun)
            except OSError:
                _break(here)
            finally:
                with self._change:
                    self._open.discard(here)

    def _counted(self, head: bytes) -> RequestHead:
        request = RequestHead(head)
        if not request.part:
            return request
        with self._change:
            self._puts[request.path, request.part] += 1
            return RequestHead(head, turn=self._puts.total(), attempt=self._puts[request.path, request.part])

    def _exchange(self, here: socket.socket, request: RequestHead, begun: bytes) -> None:
        trouble = self.trouble(request)
        passage = Passage(request, reached=trouble.answer is None and not trouble.broken)
        body = read_body(here, begun, request.length)
        with self._noted(passage):
            if trouble.broken:
                raise ConnectionResetError
            if trouble.answer is None:
                self._relay(here, passage, body, trouble)
                return
            for _piece in body:
                pass
            passage.status = trouble.answer
            here.sendall(trouble.words())

    @contextmanager
    def _noted(self, passage: Passage) -> Iterator[None]:
        is_part = passage.request.part > 0
        with self._change:
            self._under_way += is_part
        try:
            yield
        finally:
            with self._change:
                self._under_way -= is_part
                self.passages.append(passage)

    def _relay(self, here: socket.socket, passage: Passage, body: Iterator[bytes], trouble: Trouble) -> None:
        request = passage.request
        if trouble.late:
            self._wait_until_over(here, request)
        with socket.create_connection(self._target) as there, self._alive_with(here, there):
            there.sendall(request.for_one_connection())
            for piece in body:
                if request.part:
                    self._let_move(here, len(piece))
                try:
                    there.sendall(turned(piece) if trouble.flip and not passage.sent else piece)
                except OSError:  # the server responded before the end
                    break
                passage.sent += len(piece)
                if not request.part:
                    passage.body += piece
            while answer := there.recv(PIECE):
                passage.status = passage.status or status_of(answer)
                if trouble.lost:
                    raise ConnectionResetError
                here.sendall(answer)

    @contextmanager
    def _alive_with(self, here: socket.socket, there: socket.socket) -> Iterator[None]:
        with self._change:
            if here not in self._open:
                raise ConnectionResetError
            self._open.add(there)
        try:
            yield
        finally:
            with self._change:
                self._open.discard(there)

    def _let_move(self, here: socket.socket, length: int) -> None:
        with self._change:
            self._standing += 1
            self._change.wait_for(
                lambda: here not in self._open or self._stop_at is None or self.carried < self._stop_at
            )
            self._standing -= 1
            if here not in self._open:
                raise ConnectionResetError
            self.carried += length

    def _wait_until_over(self, here: socket.socket, request: RequestHead) -> None:
        left = (request.url_ends - datetime.now(UTC)).total_seconds()
        with self._change:
            self._change.wait_for(lambda: here not in self._open, max(0.0, left + TOO_LATE))


def _break(connection: socket.socket) -> None:
    """Shut the connection down, which ends all waiting calls at once."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RDWR)
