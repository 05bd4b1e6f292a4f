"""The database's error numbers and their exceptions, retries, and external text that is cut to its column."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service.db.models import Audit, Base, Delivery, File, PendingDeletion, Upload
from service.db.session import ATTEMPTS, Database
from service.db.types import ExternalText
from service.errors import (
    DatabaseBusyError,
    DatabaseReadOnlyError,
    DatabaseRefusedError,
    DatabaseUnavailableError,
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/errors.sqlite3")
    with database.write() as session:
        session.execute(text("CREATE TABLE seen (number INTEGER)"))
    yield database
    database.engine.dispose()


def numbers(db: Database) -> list[int]:
    with db.read() as session:
        return list(session.scalars(text("SELECT number FROM seen")))


def mysql_error(number: int) -> OperationalError:
    return OperationalError("UPDATE", {}, pymysql.err.OperationalError(number, "the server's words"))


class Work:
    """Inserts a row, and raises one of the given errors in each call."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.begun = 0

    def __call__(self, session: Session) -> int:
        self.begun += 1
        session.execute(text("INSERT INTO seen VALUES (:number)"), {"number": self.begun})
        if self.errors:
            raise self.errors.pop(0)
        return self.begun


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1205, DatabaseBusyError),
        (1213, DatabaseBusyError),
        (1290, DatabaseReadOnlyError),
        (1792, DatabaseReadOnlyError),
        (1836, DatabaseReadOnlyError),
        (1044, DatabaseRefusedError),
        (1045, DatabaseRefusedError),
        (1142, DatabaseRefusedError),
        (1040, DatabaseUnavailableError),
        (2013, DatabaseUnavailableError),
    ],
)
def test_an_error_number_raises_the_matching_exception(
    db: Database, number: int, expected: type[DatabaseUnavailableError]
) -> None:
    with pytest.raises(DatabaseUnavailableError) as raised, db.write():
        raise mysql_error(number)
    assert type(raised.value) is expected


@pytest.mark.parametrize("number", [1213, 1020, 1290])
def test_a_transaction_that_the_database_aborted_is_retried(db: Database, number: int) -> None:
    assert db.transact(Work(mysql_error(number), mysql_error(number))) == 3
    assert numbers(db) == [3]


@pytest.mark.parametrize("number", [1205, 1045, 2013])
def test_a_timed_out_refused_or_lost_transaction_is_not_retried(db: Database, number: int) -> None:
    work = Work(mysql_error(number))
    with pytest.raises(DatabaseUnavailableError):
        db.transact(work)
    assert (work.begun, numbers(db)) == (1, [])


def test_repeated_deadlocks_raise_busy(db: Database) -> None:
    work = Work(*[mysql_error(1213)] * (ATTEMPTS + 1))
    with pytest.raises(DatabaseBusyError):
        db.transact(work)
    assert (work.begun, numbers(db)) == (ATTEMPTS, [])


def test_other_exceptions_roll_back_and_are_raised(db: Database) -> None:
    work = Work(KeyError("ours"))
    with pytest.raises(KeyError):
        db.transact(work)
    assert (work.begun, numbers(db)) == (1, [])


def test_an_sqlite_file_that_is_being_written_is_busy(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.db.session.BUSY_TIMEOUT", 0)
    other = Database(str(db.engine.url))
    with db.write(), pytest.raises(DatabaseBusyError), other.write():
        pass
    other.engine.dispose()


def test_an_sqlite_file_that_may_not_be_written_is_read_only(db: Database) -> None:
    with db.lookup() as connection:
        connection.execute(text("PRAGMA query_only = ON"))
    with pytest.raises(DatabaseReadOnlyError), db.write() as session:
        session.execute(text("INSERT INTO seen VALUES (1)"))


def test_extended_sqlite_error_codes_contain_the_basic_code() -> None:
    assert sqlite3.SQLITE_BUSY_SNAPSHOT & 0xFF == sqlite3.SQLITE_BUSY


EXTERNAL: list[tuple[type[Base], str]] = [
    (Upload, "failure_reason"),
    (File, "virus_scan_result"),
    (File, "quarantine_reason"),
    (File, "scanned_with"),
    (Audit, "reason"),
    (Delivery, "last_error"),
    (PendingDeletion, "last_error"),
]


@pytest.mark.parametrize(("model", "name"), EXTERNAL)
@pytest.mark.parametrize("more", [-1, 0, 1, 100_000])
def test_external_text_is_cut_to_its_column(model: type[Base], name: str, more: int) -> None:
    column: Any = model.__table__.c[name].type
    assert isinstance(column, ExternalText)
    given = "ü" * (column.length + more)
    kept = column.process_bind_param(given, None)  # type: ignore[arg-type]
    assert kept == (given if more <= 0 else f"{given[: column.length - 1]}…")
    assert len(kept) <= column.length


def test_invalid_characters_are_stored_as_question_marks() -> None:
    assert ExternalText(10).process_bind_param("a\udcffb", None) == "a?b"  # type: ignore[arg-type]
