"""Helpers of several modules of statements: run a change, split long lists, insert rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, insert
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import Session

from service.db.models import Base

T = TypeVar("T")


def rows_met(session: Session, statement: Any, values: dict[str, Any] | None = None) -> int:
    """Return the number of rows that an UPDATE or DELETE matched. values: of its parameters and further columns."""
    return cast(
        "CursorResult[Any]", session.execute(statement, values, execution_options={"synchronize_session": False})
    ).rowcount


def batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Split a list into slices of at most 500, as IN lists are limited."""
    for start in range(0, len(values), 500):
        yield values[start : start + 500]


def insert_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, if there are any; not as objects, as the ORM would fetch each number from MySQL separately."""
    if rows:
        session.execute(insert(model), rows)


def insert_once(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row unless one with its primary key exists, which then stays unchanged.

    On MySQL not by INSERT IGNORE: that takes a shared lock on an existing row, also on one that was just deleted, and
    two transactions with that lock block each other.
    """
    key = model.__mapper__.primary_key[0]
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sqlite.insert(model).values(**values).on_conflict_do_nothing())
    else:
        session.execute(mysql.insert(model).values(**values).on_duplicate_key_update({key.name: key}))
