"""A client that costs little, so that the server is measured: prepared requests on connections that stay open."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, repeat

READ = 1 << 20


@dataclass
class _Connection:
    socket: socket.socket
    answer: bytes = b""
    length: int = -1
    """Of the whole answer; -1 until its head is there."""


def request_bytes(method: str, path: str, body: bytes = b"") -> bytes:
    """An HTTP/1.1 request; a body is JSON."""
    described = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{described}\r\n".encode() + body


def drive(port: int, request: bytes, count: int, connections: int) -> None:
    """Send `request` `count` times over so many connections at once. Raises AssertionError for any answer but a 200."""
    for _ in answers(port, repeat(request, count), connections):
        pass


def answers(port: int, requests: Iterable[bytes], connections: int) -> Iterator[bytes]:
    """Send these requests over so many connections at once; the answers' bodies, in no order. Raises as `drive`."""
    waiting = iter(requests)
    with selectors.DefaultSelector() as selector:
        for request in islice(waiting, connections):
            one = _Connection(socket.create_connection(("127.0.0.1", port)))
            one.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(one.socket, selectors.EVENT_READ, one)
            one.socket.sendall(request)
        while selector.get_map():
            for key, _events in selector.select():
                one = key.data
                if not _is_answered(one):
                    continue
                yield one.answer.partition(b"\r\n\r\n")[2]
                if following := next(waiting, None):
                    one.answer, one.length = b"", -1
                    one.socket.sendall(following)
                else:
                    selector.unregister(one.socket)
                    one.socket.close()


def latencies(port: int, requests: Iterable[bytes]) -> list[float]:
    """Seconds that each of these requests took, one after another over one connection. Raises as `drive`."""
    taken = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            one = _Connection(connection)
            start = time.perf_counter()
            connection.sendall(request)
            while not _is_answered(one):
                pass
            taken.append(time.perf_counter() - start)
    return taken


def _is_answered(one: _Connection) -> bool:
    read = one.socket.recv(READ)
    one.answer += read
    if one.length < 0 and (end := one.answer.find(b"\r\n\r\n")) >= 0:
        head = one.answer[:end].lower()
        if not head.startswith(b"http/1.1 200 "):
            raise AssertionError(one.answer[:500].decode(errors="replace"))
        one.length = end + 4 + int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    if not read and len(one.answer) != one.length:
        raise AssertionError("the connection was closed before its answer was whole")
    return len(one.answer) == one.length
