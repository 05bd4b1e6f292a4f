"""Real failures of MySQL and MariaDB: deadlocks, lock waits, a read-only server, a refused user, text of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select, text, update

import service.db.session
from migrations.run import upgrade
from service.db.models import Fact, File, FileDetail, PendingDeletion, Upload, User
from service.db.server import is_read_only
from service.db.session import Database
from service.db.statements.execution import insert_once
from service.db.statements.files.details import add_details
from service.db.statements.lists.pages import page_of_files
from service.db.statements.objects.deletions import pending_deletion
from service.deps import utc_now
from service.domain.records.objects.pending_deletions import settle_pending_deletions
from service.errors import DatabaseBusyError, DatabaseReadOnlyError, DatabaseRefusedError
from service.storage.s3 import Storage
from service.values import FileQuery
from service.values.access.caller import Caller, Scope
from tests.support.live.stack import new_database
from tests.support.service.rows import NOW, add, file, upload
from tests.support.service_under_test import App, rebuilt
from tools.stack.servers.sql_server import SqlServer

ADA, BEN = "a" * 36, "b" * 36
WAIT = 20
"""Seconds after which a test that hangs fails."""


@pytest.fixture(scope="module", params=["mysql", "mariadb"])
def server(request: pytest.FixtureRequest) -> SqlServer:
    found: SqlServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture(scope="module")
def url(server: SqlServer) -> str:
    address = new_database(server, "errors")
    upgrade(address)
    return address


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    """A database with two users."""
    database = Database(url)
    with database.write() as session:
        session.execute(delete(User))
        session.add_all([User(id=each, name="", created_at=utc_now()) for each in (ADA, BEN)])
    yield database
    database.engine.dispose()


def rename(session: Any, user_id: str, name: str) -> None:
    session.execute(update(User).where(User.id == user_id).values(name=name))


def names(db: Database) -> dict[str, str]:
    with db.read() as session:
        return {row.id: row.name for row in session.execute(select(User.id, User.name))}


def connection_id(db: Database) -> int:
    with db.read() as session:
        return int(session.scalar(text("SELECT CONNECTION_ID()")) or 0)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Their results, each run in a thread of its own."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result(WAIT) for each in [pool.submit(work) for work in works]]


def set_read_only(server: SqlServer, value: int) -> None:
    with server.connect_as_root() as connection, connection.cursor() as cursor:
        cursor.execute(f"SET GLOBAL read_only = {value}")


@pytest.fixture
def read_only(server: SqlServer, db: Database) -> Iterator[None]:
    """The server takes no changes, as a primary that became a replica; `db` had connections before."""
    connection_id(db)
    set_read_only(server, 1)
    yield
    set_read_only(server, 0)


def test_both_transactions_of_a_deadlock_succeed(db: Database) -> None:
    each_has_one, begun = Barrier(2), []

    def crosswise(name: str, first: str, second: str) -> None:
        def work(session: Any) -> None:
            begun.append(name)
            rename(session, first, name)
            if begun.count(name) == 1:
                each_has_one.wait(WAIT)
            rename(session, second, name)

        db.transact(work)

    at_once(lambda: crosswise("one", ADA, BEN), lambda: crosswise("two", BEN, ADA))
    assert sorted(begun) in (["one", "one", "two"], ["one", "two", "two"])
    assert names(db) in ({ADA: "one", BEN: "one"}, {ADA: "two", BEN: "two"})


def test_a_locked_row_is_reported_as_busy(db: Database, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.db.session, "LOCK_WAIT", 1)
    other = Database(url)
    with db.write() as session:
        rename(session, ADA, "held")
        with pytest.raises(DatabaseBusyError), other.write() as waiting:
            rename(waiting, ADA, "waited")
    other.engine.dispose()
    assert names(db)[ADA] == "held"


@pytest.mark.usefixtures("read_only")
def test_a_read_only_server_is_reported_as_read_only(db: Database) -> None:
    with db.read() as session:
        assert is_read_only(session)
    with pytest.raises(DatabaseReadOnlyError), db.write() as session:
        rename(session, ADA, "late")
    assert names(db)[ADA] == ""


@pytest.mark.usefixtures("read_only")
def test_connections_to_a_read_only_server_are_discarded(db: Database) -> None:
    with db.lookup() as one, db.lookup() as two:
        before = {connection.scalar(text("SELECT CONNECTION_ID()")) for connection in (one, two)}
    with pytest.raises(DatabaseReadOnlyError), db.write() as session:
        rename(session, ADA, "late")
    with db.lookup() as one, db.lookup() as two:
        after = {connection.scalar(text("SELECT CONNECTION_ID()")) for connection in (one, two)}
    assert before.isdisjoint(after)


@pytest.mark.usefixtures("read_only")
def test_a_change_during_a_failover_succeeds_on_the_new_primary(server: SqlServer, db: Database) -> None:
    connections = []

    def work(session: Any) -> None:
        connections.append(session.scalar(text("SELECT CONNECTION_ID()")))
        if len(connections) == 2:
            set_read_only(server, 0)
        rename(session, ADA, "made")

    db.transact(work)
    assert (len(set(connections)), names(db)[ADA]) == (2, "made")


def test_a_wrong_password_is_reported_as_refused(url: str, server: SqlServer) -> None:
    wrong = url.replace(server.password, "wrong-password")
    with pytest.raises(DatabaseRefusedError) as refused:
        Database(wrong).ping()
    assert "1045" in str(refused.value.__cause__)
    assert "wrong-password" not in f"{refused.value} {refused.value.__cause__!r}"
    with pytest.raises(DatabaseRefusedError):
        upgrade(wrong)


def test_concurrent_inserts_of_a_just_deleted_row_succeed(db: Database, server: SqlServer) -> None:
    """InnoDB keeps a deleted row's record while a transaction may see it; inserts wait for its locks."""
    facts = [f"round-{number}" for number in range(10)]
    with db.write() as session:
        session.add_all([Fact(name=name, value={}) for name in facts])

    def insert(name: str, start: Barrier) -> None:
        start.wait(WAIT)
        with db.write() as session:
            insert_once(session, Fact, name=name, value={"new": True})
            session.get_one(Fact, name, with_for_update=True).value = {"new": True}

    with server.connect("longshore_errors") as reader, reader.cursor() as cursor:
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        cursor.execute("SELECT COUNT(*) FROM facts")
        with db.write() as session:
            session.execute(delete(Fact).where(Fact.name.in_(facts)))
        for name in facts:
            at_once(*[partial(insert, name, Barrier(4))] * 4)
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Fact).where(Fact.name.in_(facts))) == len(facts)


class RefusingStorage(Storage):
    """Deletes everything but `denied`, with a long error message."""

    def delete(self, bucket: str, object_keys: Any) -> dict[str, str]:
        return {key: "AccessDenied: " + "ü🚢\udcff" * 1000 for key in object_keys if key == "denied"}


def test_a_long_refusal_by_storage_does_not_block_other_deletions(db: Database, app: App) -> None:
    deps = rebuilt(app, db=db, storage=RefusingStorage(app.deps.storage._s3)).deps
    pending = [pending_deletion("object", "private", key, deps.clock()) for key in ("denied", "other")]
    with db.write() as session:
        session.execute(delete(PendingDeletion))
        session.add_all([PendingDeletion(**values) for values in pending])
    assert settle_pending_deletions(deps) == 1
    with db.read() as session:
        left = session.scalars(select(PendingDeletion)).one()
    assert (left.object_key, left.attempts, len(left.last_error or "")) == ("denied", 1, 500)
    assert (left.last_error or "").startswith("AccessDenied: ü🚢?ü🚢?")


@pytest.fixture
def filed(db: Database) -> Iterator[Database]:
    """Files of two subjects, whose numbers are in the index of `detail`."""
    names = [f"{number:04}" for number in range(2000)]
    owners = {name: "ann" if int(name) % 2 else "bob" for name in names}
    at = {name: NOW + timedelta(seconds=int(name)) for name in names}
    made = [file(name, owner=owners[name], created_at=at[name]) for name in names]
    add(db, *(upload(name, state="completed", owner=owners[name]) for name in names), *made)
    with db.write() as session:
        for each in made:
            add_details(session, each, {"number": "42 ", "paid": "true" if each.filename == "0007" else "false"})
        session.execute(text("ANALYZE TABLE files, file_details"))
    yield db
    with db.write() as session:
        session.execute(delete(File))
        session.execute(delete(Upload))
        assert session.scalar(select(func.count()).select_from(FileDetail)) == 0


def test_searching_files_by_detail_uses_an_index(filed: Database) -> None:
    ann, root = Caller("ann", frozenset({Scope.READ})), Caller("root", frozenset({Scope.ADMIN}))
    executed: list[Any] = []
    event.listen(filed.engine, "before_cursor_execute", lambda *call: executed.append(call[2:4]))
    query = FileQuery(2, detail=(("number", "42 "),))
    with filed.read() as session:
        first, cursor = page_of_files(session, ann, query)
        second, _ = page_of_files(session, ann, replace(query, cursor=cursor))
        assert [each.filename for each in (*first, *second)] == ["1999", "1997", "1995", "1993"]
        assert page_of_files(session, ann, FileQuery(2, detail=(("number", "42"),))) == ([], None)
        assert [each.filename for each in page_of_files(session, root, query)[0]] == ["1999", "1998"]
        both = FileQuery(2, sort="created_at", detail=(("number", "42 "), ("paid", "true")))
        assert [each.filename for each in page_of_files(session, ann, both)[0]] == ["0007"]
    statements = [each for each in executed if "FROM file_details" in each[0] or "file_details AS" in each[0]]
    with filed.engine.connect() as connection:
        for statement, values in statements:
            plan = [
                row._mapping for row in connection.exec_driver_sql(f"EXPLAIN FORMAT=TRADITIONAL {statement}", values)
            ]
            assert str(plan[0]["key"]).startswith("ix_file_details_"), plan
            assert "filesort" not in str([row["Extra"] for row in plan]), plan
