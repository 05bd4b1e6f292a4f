"""Settings of the database server: whether it accepts changes, and its character set."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session


def is_read_only(session: Session) -> bool:
    """Whether the server refuses changes by ordinary users (MySQL's and MariaDB's `read_only`).

    After a failover a connection may lead to a server that only reads.
    """
    if session.get_bind().dialect.name == "sqlite":
        return False
    return str(session.scalar(text("SELECT @@global.read_only"))).upper() not in {"0", "OFF"}


def character_set(session: Session) -> str:
    """Return the character set of new tables; not for SQLite, which stores all of Unicode."""
    return str(session.scalar(text("SELECT @@character_set_database")))
