"""Helpers of several modules of statements: run a change, split long lists, insert rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Insert, Table, insert
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import Session

from service.db.models import Base

T = TypeVar("T")


def rows_met(session: Session, statement: Any, parameters: Mapping[str, Any] | None = None) -> int:
    """Return the number of rows that an UPDATE or DELETE matched; parameters: of a statement that was built before.

    Executed by the connection: to find out that no object of the session needs a change costs more than the statement.
    """
    session.flush()
    return session.connection().execute(statement, parameters).rowcount


def batches(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Split a list into slices of at most `size`, as IN lists are limited."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def insert_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, if there are any; not as objects, as the ORM would fetch each number from MySQL separately."""
    if rows:
        session.execute(insert(model), rows)


def add_row(session: Session, row: Base) -> None:
    """Insert a new object's row at once, at half the cost of `session.add`, and set the defaults of its columns."""
    given = {name: value for name, value in vars(row).items() if value is not None and name != "_sa_instance_state"}
    inserted: Any = session.connection().execute(_insert_into(type(row)), given).last_inserted_params()
    for name, value in inserted.items():
        setattr(row, name, value)


def table_of(model: type[Base]) -> Table:
    """Return the table of a model, for statements without the ORM."""
    return cast("Table", model.__table__)


@cache
def _insert_into(model: type[Base]) -> Insert:
    return insert(table_of(model))


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
