"""Run the migrations on a database URL, one host at a time, and log what they wait for."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, func, select, text
from sqlalchemy.exc import OperationalError

from service.db.failures import BUSY, DEADLOCK, meaning_of
from service.db.session import make_engine, translated
from service.observability.logs import get_logger

log = get_logger(__name__)

HERE = Path(__file__).parent
LOOK = 5
"""Seconds between two log lines while waiting for another host's migrations."""
PAUSE = 3.0
"""Seconds before a step that found a table in use is tried again: statements that queued behind it run meanwhile."""
SHOWN = 200
"""Characters of a statement that a log line shows."""


def config_for(connection: Connection) -> Config:
    """Return Alembic's configuration for one connection, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    return config


def upgrade(database_url: str, to: str = "head") -> None:
    """Upgrade the database to a revision. Repeatable, wherever an earlier call has stopped.

    Waits for another host that migrates, and for transactions that use the tables, such as a backup's. Raises
    DatabaseUnavailableError and other errors of the database.
    """
    _run(database_url, partial(command.upgrade, revision=to))


def downgrade(database_url: str, to: str) -> None:
    """Downgrade the database to a revision; `base` is the empty one. Waits and raises as `upgrade` does."""
    _run(database_url, partial(command.downgrade, revision=to))


def _run(database_url: str, migrate: Callable[[Config], None]) -> None:
    engine = make_engine(database_url, statement_timeout=None)
    try:
        with translated(), engine.connect() as connection, _alone(connection):
            event.listen(connection, "before_cursor_execute", _log_step)
            while not _migrated(connection, migrate):
                time.sleep(PAUSE)
    finally:
        engine.dispose()


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Let one host migrate at a time, by a named lock of the server.

    The lock belongs to the connection that migrates, so that a killed process keeps it until the server has finished or
    aborted its last statement. Closing the connection releases it. SQLite is for one host and needs none.
    """
    if connection.dialect.name != "sqlite":
        # a lock's name has 64 characters at most, and is the server's, not the database's
        name = f"longshore-{hashlib.sha256((connection.engine.url.database or '').encode()).hexdigest()[:32]}"
        while connection.scalar(select(func.get_lock(name, LOOK))) != 1:
            holder = connection.scalar(select(func.is_used_lock(name)))
            log.info("migrations_wait", reason="another host is migrating", connection=holder)
        connection.commit()
    yield


def _migrated(connection: Connection, migrate: Callable[[Config], None]) -> bool:
    """Migrate; return False if another transaction used a table for too long, so that the caller tries again."""
    try:
        migrate(config_for(connection))
    except OperationalError as error:
        if meaning_of(error) not in {BUSY, DEADLOCK} or connection.dialect.name == "sqlite":
            raise
        connection.rollback()
        reason = "a transaction, perhaps a backup, uses a table that this changes"
        statement, others = _short(error.statement or ""), _others(connection)
        log.warning("migrations_wait", reason=reason, statement=statement, connections=others)
        return False
    return True


def _others(connection: Connection) -> str:
    """Return the other connections to this database that this user may see: `id user@host command seconds`."""
    query = text(
        "SELECT id, user, host, command, time FROM information_schema.processlist"
        " WHERE db = DATABASE() AND id <> CONNECTION_ID() ORDER BY time DESC LIMIT 10"
    )
    found = [f"{row[0]} {row[1]}@{row[2]} {row[3]} {row[4]} s" for row in connection.execute(query)]
    connection.rollback()
    return "; ".join(found) or "none that this user may see"


def _log_step(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
    """Log each change of a table before it starts: on a large table it takes minutes."""
    if statement.lstrip().split(" ", 1)[0].upper() in {"ALTER", "CREATE", "DROP", "RENAME"}:
        log.info("migration_step", statement=_short(statement))


def _short(statement: str) -> str:
    return " ".join(statement.split())[:SHOWN]


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    upgrade(os.environ["DATABASE_URL"])
