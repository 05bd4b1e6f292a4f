"""Migrations that are killed, wait for a backup, or run on two hosts: the next run continues, and logs its waits."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, event, func, inspect, select, text

import migrations.run
import service.db.session
from migrations.run import upgrade
from service.db.models import Base, Fact
from service.db.session import Database
from tests.support.live.eventually import eventually
from tests.support.live.stack import new_database
from tools.programs import ROOT, python_env, python_module
from tools.stack.processes.warm import WarmProcess
from tools.stack.servers.sql_server import SqlServer

BEFORE_LISTS = "0003"
"""The next revision changes a table that was there before."""
MANY = 200
"""Runs, more than there are changes in all revisions."""
HARMLESS = (" MODIFY ", "CREATE OR REPLACE ", " IF EXISTS ")
"""Words of changes that may be made twice."""
SECONDS = 120.0
"""Limit of a run that nothing delays."""


class KilledError(BaseException):
    """Stands for SIGKILL: nothing catches it, and the connection is closed."""


on_mysql = pytest.mark.parametrize("server", ["mysql"], indirect=True)
"""For what both do alike."""


@pytest.fixture(params=["mysql", "mariadb"])
def server(request: pytest.FixtureRequest) -> SqlServer:
    found: SqlServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def url(server: SqlServer) -> str:
    return new_database(server, "killed")


def is_newest(url: str) -> bool:
    """Whether the tables match the models, old names work, and the row that migrations insert exists once."""
    db = Database(url)
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, Base.metadata)
        facts = connection.scalar(select(func.count()).select_from(Fact))
        views = inspect(connection).get_view_names()
        connection.execute(text("SELECT owed_since, removals.id FROM deliveries, removals"))
    db.engine.dispose()
    return (differences, facts, sorted(views)) == ([], 1, ["deliveries", "removals"])


@contextmanager
def killed_after_each_change() -> Iterator[list[str]]:
    """Inside the block a process dies with the first of each statement that the server commits by itself; all of them.

    A second one of the same words passes: it leaves what it made the first time (HARMLESS).
    """
    made: list[str] = []

    def die(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.split(maxsplit=1)[0] in {"ALTER", "CREATE", "DROP", "RENAME"}:
            made.append(statement)
            if made.count(statement) == 1:
                raise KilledError

    event.listen(Engine, "after_cursor_execute", die)
    try:
        yield made
    finally:
        event.remove(Engine, "after_cursor_execute", die)


def upgraded(url: str) -> bool:
    """Whether a run came to its end."""
    try:
        upgrade(url)
    except KilledError:
        return False
    return True


def start_upgrade(url: str, log: Path) -> WarmProcess:
    env = os.environ | python_env() | {"DATABASE_URL": url}
    return WarmProcess(python_module("migrations.run"), env, ROOT, log)


@contextmanager
def backup_of_files(server: SqlServer, database: str) -> Iterator[None]:
    """Inside the block a transaction has read `files`, as `mysqldump --single-transaction` does."""
    with server.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        cursor.execute("SELECT COUNT(*) FROM files")
        yield
        connection.rollback()


def waits_for_a_table(server: SqlServer) -> bool:
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW PROCESSLIST")
        return any("metadata lock" in str(row[6]) for row in cursor.fetchall())


def test_a_migration_killed_after_each_change_is_continued(url: str) -> None:
    with killed_after_each_change() as made:
        runs = next(number for number in range(MANY) if upgraded(url))
    assert runs > 40
    repeated = {statement for statement in made if made.count(statement) > 1}
    assert [statement for statement in repeated if not any(words in statement for words in HARMLESS)] == []
    assert is_newest(url)


def test_a_migration_killed_while_it_waits_for_a_lock_is_continued(server: SqlServer, url: str, tmp_path: Path) -> None:
    upgrade(url, BEFORE_LISTS)
    with backup_of_files(server, "longshore_killed"):
        first = start_upgrade(url, tmp_path / "first")
        eventually(lambda: waits_for_a_table(server))
        first.kill()
        first.wait()
        second = start_upgrade(url, tmp_path / "second")
    assert second.wait(SECONDS) == 0, (tmp_path / "second").read_text()
    assert is_newest(url)


@on_mysql
def test_two_hosts_can_migrate_concurrently(url: str, tmp_path: Path) -> None:
    runs = [start_upgrade(url, tmp_path / name) for name in ("one", "other")]
    assert [run.wait(SECONDS) for run in runs] == [0, 0]
    assert is_newest(url)


@on_mysql
def test_a_migration_that_waits_for_a_backup_logs_it(
    server: SqlServer, url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(url, BEFORE_LISTS)
    monkeypatch.setattr(service.db.session, "LOCK_WAIT", 1)
    monkeypatch.setattr(migrations.run, "PAUSE", 0.01)
    with caplog.at_level(logging.INFO, "migrations.run"):
        with backup_of_files(server, "longshore_killed"):
            run = threading.Thread(target=upgrade, args=(url,))
            run.start()
            lines = eventually(lambda: [text for text in caplog.messages if "perhaps a backup" in text])
        run.join()
    assert "statement=ALTER TABLE files ADD COLUMN name_key" in lines[0]
    assert "longshore@127.0.0.1" in lines[0]
    assert is_newest(url)


@on_mysql
def test_a_migration_that_waits_for_another_host_logs_it(
    server: SqlServer, url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations.run, "LOOK", 0)
    other = Database(url)
    with other.engine.connect() as connection, caplog.at_level(logging.INFO, "migrations.run"):
        with migrations.run._alone(connection):
            run = threading.Thread(target=upgrade, args=(url,))
            run.start()
            eventually(lambda: [text for text in caplog.messages if "another host is migrating" in text])
        connection.invalidate()
        run.join()
    other.engine.dispose()
    assert is_newest(url)
