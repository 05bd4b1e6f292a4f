"""ROLLBACK and pings of a connection to MySQL: not without need, always if a transaction may be open."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pymysql
import pytest
from pymysql.protocol import FieldDescriptorPacket, MysqlPacket

from service.db import mysql_connection
from service.db.mysql_connection import PING_AFTER, MySqlConnection

COLUMN = b"\x03def\x02db\x01t\x01t\x02id\x02id\x0c\x2d\x00\x90\x00\x00\x00\xfe\x00\x00\x00\x00\x00"


class Answered(MySqlConnection):
    """A connection that records its commands, and gets prepared answers without a server."""

    def __init__(self) -> None:
        super().__init__(defer_connect=True)
        self.sent: list[str] = []
        self.error: Exception | None = None
        self.packet = COLUMN

    def _execute_command(self, command: int, sql: str | bytes) -> None:
        text = sql.decode() if isinstance(sql, bytes) else sql
        self.sent.append(text.partition(" ")[0] or f"command {command}")

    def _read_ok_packet(self) -> None:
        if self.error:
            raise self.error

    def _read_query_result(self, unbuffered: bool = False) -> int:
        self._read_ok_packet()
        return 0


class Clock:
    """The clock of connections, in seconds."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(mysql_connection, "time", clock)
    return clock


@pytest.fixture
def server() -> Iterator[tuple[Answered, socket.socket]]:
    """A connection that has just executed a statement, and the server's end of it."""
    connection = Answered()
    ours, theirs = socket.socketpair()
    connection._sock = ours
    connection.query("SELECT 1")
    connection.sent.clear()
    with ours, theirs:
        yield connection, theirs


class TestRollback:
    def test_rollback_is_sent_once_after_a_read(self) -> None:
        connection = Answered()
        connection.query("SELECT id FROM files")
        connection.rollback()
        connection.rollback()
        assert connection.sent == ["SELECT", "ROLLBACK"]

    def test_rollback_is_not_sent_after_a_commit(self) -> None:
        connection = Answered()
        connection.query("UPDATE files SET size = 1")
        connection.commit()
        connection.rollback()
        assert connection.sent == ["UPDATE", "COMMIT"]

    @pytest.mark.parametrize("failed", ["query", "commit", "rollback"])
    def test_rollback_is_sent_after_an_error(self, failed: str) -> None:
        connection = Answered()
        connection.query("SELECT 1")
        if failed == "query":
            connection.rollback()
        connection.error = pymysql.OperationalError(1213, "Deadlock found")
        call = {"query": lambda: connection.query("UPDATE"), "commit": connection.commit}.get(
            failed, connection.rollback
        )
        with pytest.raises(pymysql.OperationalError):
            call()
        connection.error = None
        connection.sent.clear()
        connection.rollback()
        assert connection.sent == ["ROLLBACK"]

    def test_rollback_is_sent_on_a_new_connection(self) -> None:
        connection = Answered()
        connection.rollback()
        assert connection.sent == ["ROLLBACK"]


class TestPing:
    def test_a_recently_used_connection_is_not_pinged(
        self, clock: Clock, server: tuple[Answered, socket.socket]
    ) -> None:
        connection, _theirs = server
        clock.now += PING_AFTER - 0.1
        connection.ping()
        assert connection.sent == []

    def test_an_idle_connection_is_pinged(self, clock: Clock, server: tuple[Answered, socket.socket]) -> None:
        connection, _theirs = server
        clock.now += PING_AFTER
        connection.ping()
        assert connection.sent == ["command 14"]

    @pytest.mark.parametrize("farewell", [b"", b"\x01\x00\x00\x00\xff"])
    def test_a_connection_that_the_server_closed_is_pinged_at_once(
        self, clock: Clock, server: tuple[Answered, socket.socket], farewell: bytes
    ) -> None:
        connection, theirs = server
        theirs.sendall(farewell)
        theirs.close()
        connection.error = pymysql.OperationalError(2013, "Lost connection")
        with pytest.raises(pymysql.OperationalError):
            connection.ping()

    def test_a_ping_of_a_closed_connection_raises_an_error(self) -> None:
        with pytest.raises(pymysql.Error):
            Answered().ping()


def test_a_column_is_parsed_once_for_all_results(monkeypatch: pytest.MonkeyPatch) -> None:
    def packet(connection: Answered, packet_type: Any = MysqlPacket) -> Any:
        return packet_type(connection.packet, "utf8")

    monkeypatch.setattr(pymysql.Connection, "_read_packet", packet)
    connection = Answered()
    first, again = (connection._read_packet(FieldDescriptorPacket) for _ in range(2))
    connection.packet = COLUMN.replace(b"id", b"at")
    other = connection._read_packet(FieldDescriptorPacket)
    assert (first.name, again is first, other.name) == ("id", True, "at")


def column(name: bytes) -> bytes:
    return COLUMN.replace(b"\x02id", bytes([len(name)]) + name)


def result(*names: bytes, value: bytes = b"7") -> bytes:
    """Return the packets of a result with one row, as a server sends them."""
    end = b"\xfe\x00\x00\x02\x00"
    payloads = [bytes([len(names)]), *map(column, names), end, (bytes([len(value)]) + value) * len(names), end]
    numbered = enumerate(payloads, start=1)
    return b"".join(len(payload).to_bytes(3, "little") + bytes([number]) + payload for number, payload in numbered)


class TestResults:
    @pytest.fixture
    def pair(self) -> Iterator[tuple[MySqlConnection, socket.socket]]:
        connection = MySqlConnection(defer_connect=True, read_timeout=5)
        ours, theirs = socket.socketpair()
        with ours, theirs, ours.makefile("rb") as reader:
            connection._sock, connection._rfile = ours, reader
            yield connection, theirs

    def read_result(self, connection: MySqlConnection) -> tuple[list[str], Any]:
        state: Any = connection
        state._next_seq_id, state._current_timeout = 1, None
        connection._read_query_result()
        return [column[0] for column in state._result.description], state._result.rows

    def test_known_columns_are_not_parsed_again(
        self, pair: tuple[MySqlConnection, socket.socket], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connection, theirs = pair
        theirs.sendall(result(b"one", b"two", value=b"7"))
        assert self.read_result(connection) == (["one", "two"], (("7", "7"),))
        monkeypatch.setattr(mysql_connection, "FieldDescriptorPacket", None)
        monkeypatch.setattr("pymysql.connections.FieldDescriptorPacket", None)
        theirs.sendall(result(b"one", b"two", value=b"88"))
        assert self.read_result(connection) == (["one", "two"], (("88", "88"),))

    def test_columns_that_begin_alike_are_not_mixed_up(self, pair: tuple[MySqlConnection, socket.socket]) -> None:
        connection, theirs = pair
        alike = [b"a" * 100, b"b" * 100, b"c" * 100]
        for last in (b"one", b"two", b"one"):
            theirs.sendall(result(*alike, last))
            assert self.read_result(connection)[0][-1] == last.decode()

    def test_a_result_may_arrive_in_pieces(self, pair: tuple[MySqlConnection, socket.socket]) -> None:
        connection, theirs = pair
        whole = result(b"five", b"six")
        for first in (whole, whole[:10], whole[:-3]):
            theirs.sendall(first)
            rest = threading.Timer(0.05, theirs.sendall, [whole[len(first) :]])
            rest.start()
            assert self.read_result(connection) == (["five", "six"], (("7", "7"),))
            rest.join()

    def test_a_connection_closed_within_a_result_raises_lost_connection(
        self, pair: tuple[MySqlConnection, socket.socket]
    ) -> None:
        connection, theirs = pair
        theirs.sendall(result(b"one")[:5])
        theirs.close()
        with pytest.raises(pymysql.OperationalError, match="Lost connection"):
            self.read_result(connection)

    def test_an_interrupted_result_closes_the_connection(self, pair: tuple[MySqlConnection, socket.socket]) -> None:
        connection, theirs = pair
        theirs.sendall(result(b"one")[:5])

        class Interrupted(io.BufferedReader):
            def peek(self, _size: int = 0) -> bytes:
                raise KeyboardInterrupt

        connection._rfile = Interrupted(connection._sock.makefile("rb", buffering=0))
        with pytest.raises(KeyboardInterrupt):
            self.read_result(connection)
        assert connection.open is False
