"""PyMySQL's connection without work that has no effect.

SQLAlchemy's pool pings before each transaction and sends ROLLBACK after it, also after a COMMIT or a ROLLBACK; PyMySQL
parses the description of every column of every result, a quarter of the processor time of `status` and `get`.
"""

from __future__ import annotations

import ssl
import time
from functools import lru_cache
from typing import Any, ClassVar, cast

import pymysql
from pymysql.connections import MySQLResult
from pymysql.protocol import FieldDescriptorPacket, MysqlPacket
from urllib3.util.wait import wait_for_read

PING_AFTER = 5.0
"""Seconds without a statement after which a connection is pinged: a firewall may have dropped it silently.

Before that it is only checked, without a round trip, whether the server has closed it (restart, failover, KILL).
"""


DISTINCT = 256
"""Bytes of a result's first columns, by which an earlier one is found; all are compared then."""
MOST_RESULTS = 256
"""Kinds of results that are remembered, some kilobytes each; when there are more, all are forgotten."""


class MySqlConnection(pymysql.Connection):
    """A connection of the pool."""

    _sock: Any
    _rfile: Any
    _shared_tls: ClassVar[ssl.SSLContext | None] = None
    _may_be_in_transaction = True
    """Whether there was a statement since the last COMMIT or ROLLBACK that succeeded."""
    _used_at = 0.0

    def query(self, sql: Any, unbuffered: bool = False) -> int:
        """Execute a statement."""
        self._may_be_in_transaction = True
        affected = super().query(sql, unbuffered)
        self._used_at = time.monotonic()
        return affected

    def commit(self) -> None:
        """Commit the transaction."""
        super().commit()
        self._may_be_in_transaction = False

    def rollback(self) -> None:
        """Roll back, unless no transaction can be open."""
        if self._may_be_in_transaction:
            super().rollback()
            self._may_be_in_transaction = False

    def ping(self, reconnect: Any = False) -> None:
        """Check the connection; SQLAlchemy calls this before each transaction. Raises pymysql.Error."""
        is_recent = time.monotonic() - self._used_at < PING_AFTER
        # an idle server sends only its goodbye, and a closed connection is readable too
        if self._sock is None or not is_recent or wait_for_read(self._sock, timeout=0):
            super().ping(reconnect)

    def _read_packet(self, packet_type: type[MysqlPacket] = MysqlPacket) -> Any:
        read: Any = super()._read_packet
        return _column(read()._data, self.encoding) if packet_type is FieldDescriptorPacket else read(packet_type)

    def _read_query_result(self, unbuffered: bool = False) -> Any:
        if unbuffered:
            return super()._read_query_result(unbuffered)  # type: ignore[misc]
        self._result = None
        result = _Result(self)
        result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return result.affected_rows

    def arrived(self) -> bytes:
        """Return what can be read next, at least a byte unless the connection has ended; the next read fails then."""
        try:
            return cast("bytes", self._rfile.peek())
        except OSError:
            return b""
        except BaseException:  # a job's time is up: half a result must not be read by the next one
            self._force_close()  # type: ignore[attr-defined]
            raise

    def _create_ssl_ctx(self, sslp: Any) -> ssl.SSLContext:
        """Return the TLS context of the URL's options, or without any the one that all connections share.

        The shared one trusts any certificate, but PyMySQL (1.1) reads all of the system's for each: 26 ms of processor
        time, a third of what a small scan costs.
        """
        make = super()._create_ssl_ctx  # type: ignore[misc]
        if sslp:
            return cast("ssl.SSLContext", make(sslp))
        if MySqlConnection._shared_tls is None:
            MySqlConnection._shared_tls = make(sslp)
        return cast("ssl.SSLContext", MySqlConnection._shared_tls)


class _Result(MySQLResult):
    """The result of a statement, whose columns are recognized by their bytes as those of an earlier execution."""

    fields: Any
    converters: Any
    description: Any

    def _get_descriptions(self) -> None:
        connection: Any = self.connection
        start = (connection._next_seq_id, self.field_count, connection.encoding, connection.use_unicode)
        arrived = connection.arrived()
        place = (*start, arrived[:DISTINCT])
        packets, fields, converters, description = _columns.get(place, (b"", [], [], ()))
        if packets and arrived.startswith(packets):
            connection._read_bytes(len(packets))
            connection._next_seq_id = (connection._next_seq_id + self.field_count + 1) % 256
            self.fields, self.converters, self.description = fields, converters, description
            return
        super()._get_descriptions()  # type: ignore[misc]
        end = _end_of(arrived, self.field_count + 1)
        if end is not None:
            if len(_columns) >= MOST_RESULTS:
                _columns.clear()
            _columns[place] = (arrived[:end], self.fields, self.converters, self.description)


def _end_of(data: bytes, packets: int) -> int | None:
    """Return where the n-th packet ends; None if the data end before."""
    end = 0
    for _ in range(packets):
        if len(data) < end + 4:
            return None
        end += 4 + int.from_bytes(data[end : end + 3], "little")
    return end if end <= len(data) else None


_columns: dict[Any, tuple[bytes, Any, Any, Any]] = {}


@lru_cache(maxsize=2048)
def _column(description: bytes, encoding: str) -> FieldDescriptorPacket:
    """Return the parsed description of a result's column: the same bytes for each execution of a statement."""
    return FieldDescriptorPacket(description, encoding)
