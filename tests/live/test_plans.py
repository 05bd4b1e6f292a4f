"""The sweeper's frequent statements on MySQL and MariaDB: an index serves each, however many files there are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from migrations.run import upgrade
from service.db.session import Database
from service.domain.upkeep.sweep import sweep
from tests.support.live.stack import new_database
from tests.support.rows import add, both
from tests.support.service_under_test import App, rebuilt
from tools.stack.servers.sql_server import SqlServer

FILES = 300


def rows_read(server: SqlServer, work: Callable[[], object]) -> int:
    """Return how many rows and index entries the server reads for this."""
    with server.connect_as_root() as connection, connection.cursor() as cursor:

        def total() -> int:
            cursor.execute("SHOW GLOBAL STATUS LIKE 'Handler_read%'")
            return sum(int(value) for _, value in cursor.fetchall())

        before = total()
        between = total()
        work()
        return total() - between - (between - before)


@pytest.mark.parametrize("kind", ["mysql", "mariadb"])
def test_an_idle_sweep_does_not_read_all_files(kind: str, app: App, request: pytest.FixtureRequest) -> None:
    server: SqlServer = request.getfixturevalue(f"{kind}_server")
    url = new_database(server, "plans")
    upgrade(url)
    db = Database(url)
    add(db, *(row for number in range(FILES) for row in both(f"{number:036}"[-30:])))
    deps = rebuilt(app, db=db).deps
    sweep(deps)  # counts all bytes, which is due every ten minutes
    assert sweep(deps).errors == []
    assert rows_read(server, lambda: sweep(deps)) < FILES / 2
    db.engine.dispose()
