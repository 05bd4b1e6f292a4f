"""Sessions: short transactions, with our own errors for all failures of a database."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Connection, Engine, ExceptionContext, make_url
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from service.db.failures import meaning_of
from service.db.mysql_connection import MySqlConnection
from service.errors import DatabaseUnavailableError
from service.observability.logs import get_logger
from service.observability.metrics import FAILURES
from service.observability.tracing import span

CONNECT_TIMEOUT = 5
"""Seconds to wait for a connection before the database counts as down."""
STATEMENT_TIMEOUT = 30
"""Seconds that one statement may take before the connection counts as broken."""
BUSY_TIMEOUT = 15
"""Seconds that one writer of an SQLite file waits for another."""
LOCK_WAIT = 10
"""Seconds that a statement waits on MySQL for another's row, or for a table that a migration changes.

Less than STATEMENT_TIMEOUT, or that would apply; and a migration that waits for a table blocks all later statements.
"""
ATTEMPTS = 5
"""Maximum attempts of a transaction that the database ends by a deadlock."""
PAUSE = 0.05
"""Maximum seconds before the second attempt; doubled for each further one."""

__all__ = ["Database", "Session", "file_of_database", "make_engine", "translated"]

P = ParamSpec("P")
T = TypeVar("T")
log = get_logger(__name__)


class Database:
    """An engine and its kinds of transaction.

    All raise DatabaseUnavailableError if it cannot be reached, or a more specific subclass (`service.db.failures`).
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._of_writing = {"sqlite_begin": "BEGIN IMMEDIATE"} if self.engine.dialect.name == "sqlite" else {}

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that only reads."""
        with translated(), span("database"), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def lookup(self) -> Iterator[Connection]:
        """Open a connection for one plain SELECT, for which a session's overhead would exceed the statement's cost."""
        with translated(), span("database"), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction that writes; committed at the end of the block, rolled back when it raises."""
        with translated(), span("database"), Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.connection(execution_options=self._of_writing)
            yield session

    def transact(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(session, …)` in a transaction that writes, and return its result.

        It runs again, in a new transaction, if the database ended the first one by a deadlock, or a connection led to a
        server that became read-only: so a rollback must undo everything that `work` does. Raises like `write`, and what
        `work` raises.
        """
        for attempt in range(1, ATTEMPTS):
            try:
                with self.write() as session:
                    return work(session, *args, **kwargs)
            except DatabaseUnavailableError as error:
                meaning = meaning_of(error.__cause__)
                if not meaning.again:
                    raise
                log.info("transaction_repeated", attempt=attempt, reason=meaning.kind)
                time.sleep(random.uniform(0, PAUSE * 2 ** (attempt - 1)))  # noqa: S311
        with self.write() as session:
            return work(session, *args, **kwargs)

    def disconnect(self) -> None:
        """Close unused connections; the next transaction connects again."""
        self.engine.dispose()

    def ping(self) -> None:
        """Check the connection by one round trip. Raises DatabaseUnavailableError."""
        with self.read() as session:
            session.execute(text("SELECT 1"))


def file_of_database(url: str) -> str | None:
    """Return the file of an SQLite database; None for one in memory and for other databases."""
    parsed = make_url(url)
    return parsed.database if parsed.get_backend_name() == "sqlite" else None


def make_engine(url: str, statement_timeout: int | None = STATEMENT_TIMEOUT) -> Engine:
    """Create an engine with the settings that each database needs for several processes.

    statement_timeout: seconds; None for migrations. A client that stops waiting does not stop the server's statement.
    """
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
            "read_timeout": statement_timeout,
            "write_timeout": statement_timeout,
            "charset": "utf8mb4",
            "init_command": f"SET SESSION innodb_lock_wait_timeout={LOCK_WAIT}, lock_wait_timeout={LOCK_WAIT}",
        },
    )
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "handle_error", _discard)
    return engine


def _connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> MySqlConnection:
    return MySqlConnection(*arguments, **options)


def _discard(context: ExceptionContext) -> None:
    """Drop all connections of the pool: after a failover they lead to the old primary."""
    if meaning_of(context.original_exception).discard:
        context.is_disconnect = True


@contextmanager
def translated() -> Iterator[None]:
    """Convert the database's errors to ours."""
    try:
        yield
    except (OperationalError, InterfaceError, InternalError, PoolTimeoutError) as error:
        meaning = meaning_of(error)
        FAILURES.labels("database", meaning.kind).inc()
        raise meaning.error from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Configure SQLite for several processes: readers do not block the writer, and foreign keys are enforced."""
    connection.isolation_level = None  # the begin event below sends BEGIN, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: upgrading a read lock fails under load instead of waiting."""
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
