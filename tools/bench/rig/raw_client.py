"""A cheap client, so that the server is measured: prepared requests on connections that stay open."""

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
    response: bytes = b""
    length: int = -1
    """Of the whole response; -1 until its head is complete."""


def request_bytes(method: str, path: str, body: bytes = b"") -> bytes:
    """Return an HTTP/1.1 request; a body is JSON."""
    described = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{described}\r\n".encode() + body


def drive(port: int, request: bytes, count: int, connections: int) -> None:
    """Send `request` `count` times over `connections` connections. Raises AssertionError for any status but 200."""
    for _ in responses(port, repeat(request, count), connections):
        pass


def responses(port: int, requests: Iterable[bytes], connections: int) -> Iterator[bytes]:
    """Send requests over `connections` connections; yield the responses' bodies, in no order. Raises as `drive`."""
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
                if not _is_complete(one):
                    continue
                yield one.response.partition(b"\r\n\r\n")[2]
                if following := next(waiting, None):
                    one.response, one.length = b"", -1
                    one.socket.sendall(following)
                else:
                    selector.unregister(one.socket)
                    one.socket.close()


def latencies(port: int, requests: Iterable[bytes]) -> list[float]:
    """Send requests one after another over one connection; return the seconds of each. Raises as `drive`."""
    taken = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            one = _Connection(connection)
            start = time.perf_counter()
            connection.sendall(request)
            while not _is_complete(one):
                pass
            taken.append(time.perf_counter() - start)
    return taken


def _is_complete(one: _Connection) -> bool:
    read = one.socket.recv(READ)
    one.response += read
    if one.length < 0 and (end := one.response.find(b"\r\n\r\n")) >= 0:
        head = one.response[:end].lower()
        if not head.startswith(b"http/1.1 200 "):
            raise AssertionError(one.response[:500].decode(errors="replace"))
        one.length = end + 4 + int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    if not read and len(one.response) != one.length:
        raise AssertionError("the connection was closed before the response was complete")
    return len(one.response) == one.length
