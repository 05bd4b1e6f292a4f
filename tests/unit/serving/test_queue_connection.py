"""A Redis that hangs delays a request once; a connection that Redis closed while it was idle does not matter."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis.exceptions import TimeoutError as RedisTimeoutError

from service.queue import jobs
from tests.support.listening import listening


class Server(socketserver.ThreadingTCPServer):
    """Answers each command with `reply`, or never; after an answer it hangs up."""

    daemon_threads = True

    def __init__(self, reply: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = reply
        self.pings = 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.server_address[1]}?protocol=2"


class Handler(socketserver.BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        while command := self.request.recv(4096):
            is_ping = b"PING" in command
            self.server.pings += is_ping
            if self.server.reply or not is_ping:
                self.request.sendall(self.server.reply if is_ping else b"+OK\r\n" * command.count(b"*"))
            if is_ping and self.server.reply:
                return


@contextmanager
def redis(reply: bytes) -> Iterator[Server]:
    server = Server(reply)
    with listening(server):
        yield server


def test_a_hanging_redis_is_called_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "ANSWER_TIMEOUT", 0.2)
    with redis(b"") as server, jobs.connect(server.url) as connection:
        with pytest.raises(RedisTimeoutError):
            connection.ping()
        assert server.pings == 1


def test_a_connection_that_redis_closed_is_replaced() -> None:
    with redis(b"+PONG\r\n") as server, jobs.connect(server.url) as connection:
        assert [connection.ping(), connection.ping()] == [True, True]
        assert server.pings == 2
