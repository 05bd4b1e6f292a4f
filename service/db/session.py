"""Sessions: short transactions, and one word for every way in which a database can be out of reach."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, cast

import pymysql
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from service.errors import DatabaseUnavailableError
from service.metrics import FAILURES
from service.tracing import span

CONNECT_TIMEOUT = 5
"""Seconds to wait for a connection before the database counts as down."""
STATEMENT_TIMEOUT = 30
"""Seconds that one statement may take before the connection counts as broken."""
BUSY_TIMEOUT = 15
"""Seconds that one writer of an SQLite file waits for another."""


class Database:
    """One engine and its two kinds of transaction. Both raise DatabaseUnavailableError when it cannot be reached."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with _translated(), span("database"), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def lookup(self) -> Iterator[Connection]:
        """A connection for one plain SELECT, where a session's bookkeeping would cost more than the statement."""
        with _translated(), span("database"), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that writes; committed at the end of the block, rolled back when it raises."""
        with _translated(), span("database"), Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.connection(execution_options={"sqlite_begin": "BEGIN IMMEDIATE"})
            yield session

    def disconnect(self) -> None:
        """Close what is open and not in use; the next transaction connects again."""
        self.engine.dispose()

    def ping(self) -> None:
        """One round trip. Raises DatabaseUnavailableError."""
        with self.read() as session:
            session.execute(text("SELECT 1"))


def make_engine(url: str) -> Engine:
    """An engine with what each kind of database needs to be right under several processes."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        parsed,
        hide_parameters=True,  # an error would show them in a log
        pool_pre_ping=True,
        pool_size=10,
        pool_timeout=CONNECT_TIMEOUT,
        pool_recycle=3600,
        isolation_level="READ COMMITTED",
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT,
            "read_timeout": STATEMENT_TIMEOUT,
            "write_timeout": STATEMENT_TIMEOUT,
            "charset": "utf8mb4",
        },
    )
    event.listen(engine, "do_connect", _connect)
    return engine


class _MySqlConnection(pymysql.Connection):
    """PyMySQL's, with one TLS context for all connections whose URL says nothing of TLS.

    These trust any certificate, and yet PyMySQL (1.1) reads all of the system's for each of them: 26 ms of processor
    time, a third of what a small scan costs.
    """

    _shared: ClassVar[ssl.SSLContext | None] = None

    def _create_ssl_ctx(self, sslp: Any) -> ssl.SSLContext:
        make = super()._create_ssl_ctx  # type: ignore[misc]
        if sslp:
            return cast("ssl.SSLContext", make(sslp))
        if _MySqlConnection._shared is None:
            _MySqlConnection._shared = make(sslp)
        return cast("ssl.SSLContext", _MySqlConnection._shared)


def _connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> _MySqlConnection:
    return _MySqlConnection(*arguments, **options)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, InternalError, PoolTimeoutError) as error:
        FAILURES.labels("database", "unavailable").inc()
        raise DatabaseUnavailableError from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Several processes share the file: readers must not block the writer, and foreign keys must hold."""
    connection.isolation_level = None  # the begin event below says BEGIN, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the write lock at once: upgrading a read lock fails under load instead of waiting."""
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
