"""Tables that are renamed keep their old names as views for one release: the version before works by them.

Delete this file with the views.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Engine, MetaData, Table, delete, event, insert, inspect, make_url, select, update
from sqlalchemy.orm import Session

from migrations.run import upgrade
from service.db.models import Base, Delivery, PendingDeletion
from service.db.session import Database
from service.db.statements.execution import rows_met
from service.errors import DatabaseRefusedError, DatabaseUnavailableError
from tests.support.documents import block_of
from tests.support.live.runbook import Operator
from tests.support.live.stack import new_database
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.sql_server import USER, SqlServer

BEFORE = "0011"
AT = datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
LATER = AT.replace(year=2027)


ADDED = ("adopted_key", "etag", "version_id")
"""Columns that later versions added to these tables."""


def old(name: str, model: type[Base], **renamed: str) -> Table:
    """Return a table as in the previous version; renamed: its columns' old names."""
    columns = [each for each in model.__table__.columns if each.name not in ADDED]
    copies = (Column(renamed.get(each.name, each.name), each.type, primary_key=each.primary_key) for each in columns)
    return Table(name, MetaData(), *copies)


REMOVALS = old("removals", PendingDeletion)
DELIVERIES = old("deliveries", Delivery, pending_since="owed_since")
REMOVAL = {"kind": "object", "bucket": "b", "object_key": "k", "attempts": 0, "due_at": AT}
DELIVERY = {
    "id": "d" * 36,
    "event": "file.clean",
    "url": "http://receiver.example/",
    "payload": {"船": [1, None]},
    "state": "owed",
    "attempts": 0,
    "created_at": AT,
    "owed_since": AT,
    "due_at": AT,
}
REMOVE = 'mariadb --defaults-extra-file=database.cnf -e "DROP DATABASE IF EXISTS $DATABASE"'
OTHERS = "'other'@'127.0.0.1'"
MAY = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES"
"""The privileges that every version needs; the views also need CREATE VIEW."""


@pytest.fixture(params=["mysql", "mariadb"])
def server(request: pytest.FixtureRequest) -> SqlServer:
    found: SqlServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def db(server: SqlServer) -> Iterator[Database]:
    """The database of the version before."""
    url = new_database(server, "old_names")
    upgrade(url, BEFORE)
    database = Database(url)
    yield database
    database.engine.dispose()


def url_of(db: Database) -> str:
    return db.engine.url.render_as_string(hide_password=False)


def tables(db: Database) -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def insert_both(session: Session) -> None:
    session.execute(insert(REMOVALS).values(REMOVAL))
    session.execute(insert(DELIVERIES).values(DELIVERY))


def test_pending_deletions_work_by_their_old_name(db: Database) -> None:
    upgrade(url_of(db))
    with db.write() as session:
        assert session.execute(insert(REMOVALS).values(REMOVAL)).inserted_primary_key == (1,)
        session.execute(insert(REMOVALS), [REMOVAL, REMOVAL])
    due = select(REMOVALS.c.id).where(REMOVALS.c.due_at <= AT).order_by(REMOVALS.c.due_at, REMOVALS.c.id)
    with db.write() as session, db.write() as other:
        session.get_one(PendingDeletion, 1, with_for_update=True)
        assert other.scalars(due.with_for_update(skip_locked=True)).all() == [2, 3]
    with db.write() as session:
        assert rows_met(session, update(REMOVALS).where(REMOVALS.c.id == 1).values(attempts=7)) == 1
        assert rows_met(session, delete(REMOVALS).where(REMOVALS.c.id.in_([2, 3, 4]))) == 2
    with db.read() as session:
        [row] = session.scalars(select(PendingDeletion))
    assert (row.id, row.kind, row.object_key, row.attempts, row.due_at) == (1, "object", "k", 7, AT)


def test_webhook_deliveries_work_by_their_old_name(db: Database) -> None:
    upgrade(url_of(db))
    with db.write() as session:
        session.execute(insert(DELIVERIES).values(DELIVERY))
    with db.write() as session:
        row = session.get_one(Delivery, "d" * 36, with_for_update=True)
        assert (row.pending_since, row.payload) == (AT, DELIVERY["payload"])
        row.pending_since = LATER
    with db.write() as session:
        assert session.scalars(select(DELIVERIES.c.owed_since)).all() == [LATER]
        claimed = DELIVERIES.c.due_at == AT, DELIVERIES.c.owed_since > AT
        assert rows_met(session, update(DELIVERIES).where(*claimed).values(owed_since=AT, attempts=1)) == 1
        assert rows_met(session, update(DELIVERIES).where(*claimed).values(attempts=2)) == 0
    with db.write() as session:
        row = session.get_one(Delivery, "d" * 36)
        assert (row.pending_since, row.attempts) == (AT, 1)
        assert rows_met(session, delete(DELIVERIES).where(DELIVERIES.c.id == row.id)) == 1


def test_the_previous_version_finds_its_tables_after_each_change(db: Database) -> None:
    """All changes but one keep both tables usable for it; after that one it answers 503, not 500."""
    failed: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.split(maxsplit=1)[0] not in {"ALTER", "CREATE", "DROP", "RENAME"}:
            return
        try:
            with db.write() as session:
                insert_both(session)
                session.rollback()
        except DatabaseUnavailableError:
            failed.append(statement)

    event.listen(Engine, "after_cursor_execute", look)
    try:
        upgrade(url_of(db))
    finally:
        event.remove(Engine, "after_cursor_execute", look)
    [only] = failed
    assert only.startswith("ALTER TABLE webhook_deliveries RENAME COLUMN owed_since TO pending_since,")


@contextmanager
def other_user(server: SqlServer, database: str, rights: str) -> Iterator[Callable[[str], None]]:
    """A user with these rights on one database; the value grants further ones."""
    with server.connect_as_root() as connection, connection.cursor() as root:

        def grant(more: str) -> None:
            root.execute(f"GRANT {more} ON `{database}`.* TO {OTHERS}")

        root.execute(f"CREATE USER {OTHERS} IDENTIFIED BY 'other'")
        try:
            grant(rights)
            yield grant
        finally:
            root.execute(f"DROP USER {OTHERS}")


def test_the_error_names_the_missing_create_view_privilege(server: SqlServer, db: Database) -> None:
    url = make_url(url_of(db)).set(username="other", password="other").render_as_string(hide_password=False)
    before = tables(db)
    with other_user(server, "longshore_old_names", MAY) as grant:
        with pytest.raises(DatabaseRefusedError, match="Grant the user CREATE VIEW on the database"):
            upgrade(url)
        assert tables(db) == before
        grant("CREATE VIEW")
        upgrade(url)
    assert tables(db) == before - {"removals", "deliveries"} | {
        *("pending_deletions", "webhook_deliveries", "grants", "links", "file_details", "decisions", "allowlist"),
        *("usage_history", "adoptions", "folders"),
    }
    with db.read() as session:  # the views outlive the user that made them
        assert [session.execute(select(view)).all() for view in (REMOVALS, DELIVERIES)] == [[], []]


def test_another_user_restores_a_dump_with_views(mariadb_server: MariaDb, tmp_path: Path) -> None:
    """With the commands of docs/runbooks.md, except for the last one, which migrates."""
    upgrade(new_database(mariadb_server, "old_names"))
    operator = Operator(tmp_path, mariadb_server)
    operator.run(block_of("back up the database"), {"DATABASE_URL": mariadb_server.url("longshore_old_names")})
    restored = mariadb_server.url("longshore_restored")
    with other_user(mariadb_server, "longshore_restored", "ALL"):
        mine = tmp_path / "database.cnf"
        mine.write_text(mine.read_text().replace(USER, "other").replace(mariadb_server.password, "other"))
        commands, last, _ = block_of("restore the database").partition("python3")
        assert last
        operator.run(f"{REMOVE}\n{commands}", {"DATABASE_URL": restored})
    with Database(restored).engine.connect() as connection:
        assert inspect(connection).get_view_names() == ["deliveries", "removals"]
        assert connection.execute(select(DELIVERIES)).all() == []
