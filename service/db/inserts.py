"""Inserts that several processes may make at the same time."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import Session

from service.db.models import Base


def insert_once(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row unless one with its primary key is there; then that one stays as it is.

    On MySQL not by INSERT IGNORE: that takes a shared lock on the row that it meets, also on one that was deleted a
    moment ago, and of two that hold it neither can write.
    """
    key = model.__mapper__.primary_key[0]
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sqlite.insert(model).values(**values).on_conflict_do_nothing())
    else:
        session.execute(mysql.insert(model).values(**values).on_duplicate_key_update({key.name: key}))
