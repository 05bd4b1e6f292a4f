"""What several modules of statements need: to run a change, to split long lists, and to insert rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, insert
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import Session

from service.db.models import Base

T = TypeVar("T")


def rows_met(session: Session, statement: Any) -> int:
    """How many rows an UPDATE or DELETE met."""
    return cast(
        "CursorResult[Any]", session.execute(statement, execution_options={"synchronize_session": False})
    ).rowcount


def batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Runs of at most 500: an IN list has its limits."""
    for start in range(0, len(values), 500):
        yield values[start : start + 500]


def insert_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, if there are any; not as objects, as the ORM would fetch each number from MySQL separately."""
    if rows:
        session.execute(insert(model), rows)


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
