"""The error numbers of databases: the error that each becomes, and how it can be handled."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from service.errors import (
    DatabaseBusyError,
    DatabaseReadOnlyError,
    DatabaseRefusedError,
    DatabaseUnavailableError,
)

__all__ = ["IntegrityError", "ProgrammingError", "meaning_of"]
"""IntegrityError: a row with this key exists, or a referenced row does not. ProgrammingError: no such table."""


@dataclass(frozen=True)
class Meaning:
    """kind: its name in metrics and logs. again: the same transaction may succeed at once, and nothing of it was kept.

    discard: the other connections of the pool are unusable, too.
    """

    error: type[DatabaseUnavailableError]
    kind: str
    again: bool = False
    discard: bool = False


UNAVAILABLE = Meaning(DatabaseUnavailableError, "unavailable")
DEADLOCK = Meaning(DatabaseBusyError, "deadlock", again=True)
BUSY = Meaning(DatabaseBusyError, "busy")
READ_ONLY = Meaning(DatabaseReadOnlyError, "read_only", again=True, discard=True)
LEAVING = Meaning(DatabaseUnavailableError, "unavailable", discard=True)
REFUSED = Meaning(DatabaseRefusedError, "refused")

MYSQL: dict[int, Meaning] = {
    1213: DEADLOCK,
    1020: DEADLOCK,  # MariaDB: another transaction changed the row first
    3101: DEADLOCK,  # group replication: another server's transaction was first
    1205: BUSY,
    3572: BUSY,
    1290: READ_ONLY,  # --read-only: a primary that became a replica
    1792: READ_ONLY,
    1836: READ_ONLY,
    1047: LEAVING,  # Galera: this node is not a part of the cluster now
    1053: LEAVING,
    1044: REFUSED,
    1045: REFUSED,
    1049: REFUSED,  # no such database: also what a user without rights sees of it
    1130: REFUSED,
    1142: REFUSED,
    1143: REFUSED,
    1227: REFUSED,
    1698: REFUSED,
    1820: REFUSED,
    1862: REFUSED,
    3118: REFUSED,
}
"""https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html,
https://mariadb.com/kb/en/mariadb-error-codes/"""
SQLITE: dict[int, Meaning] = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_READONLY: READ_ONLY,
}
"""https://sqlite.org/rescode.html, by the primary code."""


def meaning_of(error: BaseException | None) -> Meaning:
    """Return the failure of SQLAlchemy's or a driver's error; UNAVAILABLE for every number that is not in the
    tables."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        # the extended code has the primary one in its low byte
        return SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF, UNAVAILABLE)
    number: Any = cause.args[0] if cause is not None and cause.args else None
    return MYSQL.get(number, UNAVAILABLE) if isinstance(number, int) else UNAVAILABLE
