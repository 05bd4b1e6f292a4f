"""Frequent statements on MySQL and MariaDB: an index serves each, however many files there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from migrations.run import upgrade
from service.db.models import Base, File
from service.db.session import Database
from service.deps import Deps
from service.domain.operators.files import list_admin_files
from service.domain.operators.scans import list_scans
from service.domain.operators.uploads import list_open_uploads
from service.domain.upkeep.sweep import sweep
from service.values import FileQuery, Page
from service.values.access.caller import UNRESTRICTED
from service.values.operators.views import ScanState, UploadQuery
from service.values.states import Verdict
from tests.support.live.stack import new_database
from tests.support.service.rows import NOW, add, both, upload
from tests.support.service_under_test import App, rebuilt
from tools.stack.servers.sql_server import SqlServer

FILES = 300
PAGE = 5
LATER = NOW + timedelta(days=36_500)
VERDICTS = (Verdict.INFECTED, Verdict.PENDING, Verdict.SCANNING, Verdict.ERROR)
LISTS: dict[str, Callable[[Deps, str | None], Page[Any]]] = {
    "infected, newest first": lambda deps, cursor: infected(deps, cursor, "-created_at"),
    "infected, oldest first": lambda deps, cursor: infected(deps, cursor, "created_at"),
    "in no folder": lambda deps, cursor: list_admin_files(deps, UNRESTRICTED, FileQuery(PAGE, cursor, path_name="")),
    "open uploads": lambda deps, cursor: list_open_uploads(deps, UploadQuery(PAGE, cursor)),
    "of an owner": lambda deps, cursor: list_open_uploads(deps, UploadQuery(PAGE, cursor, owner="nobody")),
    **{state: lambda deps, cursor, state=state: list_scans(deps, state, PAGE, cursor) for state in ScanState},  # type: ignore[misc]
}


def infected(deps: Deps, cursor: str | None, sort: str) -> Page[Any]:
    return list_admin_files(deps, UNRESTRICTED, FileQuery(PAGE, cursor, sort, virus_scan_status="infected"))


@pytest.fixture(scope="module", params=["mysql", "mariadb"])
def server(request: pytest.FixtureRequest) -> SqlServer:
    found: SqlServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture(scope="module")
def stocked(server: SqlServer) -> Iterator[Database]:
    """Many clean files, a few of each other verdict between them, and a few open uploads."""
    url = new_database(server, "plans")
    upgrade(url)
    db = Database(url)
    rows: list[Base] = []
    for number in range(FILES):
        verdict = VERDICTS[number // 10 % 4] if number % 10 == 0 else Verdict.CLEAN
        due = None if verdict in {Verdict.CLEAN, Verdict.INFECTED} else LATER
        changes: dict[str, Any] = {"virus_scan_status": verdict, "scan_due_at": due}
        rows += both(f"{number:030}", created_at=NOW + timedelta(seconds=number), **changes)
    rows += [upload(f"open-{number}", expires_at=LATER) for number in range(8)]
    add(db, *sorted(rows, key=lambda row: isinstance(row, File)))
    with db.write() as session:
        session.execute(text("ANALYZE TABLE files, uploads"))
    yield db
    db.engine.dispose()


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


def test_an_idle_sweep_does_not_read_all_files(server: SqlServer, stocked: Database, app: App) -> None:
    deps = rebuilt(app, db=stocked).deps
    sweep(deps)  # counts all bytes, which is due every ten minutes
    assert sweep(deps).errors == []
    assert rows_read(server, lambda: sweep(deps)) < FILES / 2


def test_the_operators_lists_use_an_index(server: SqlServer, stocked: Database, app: App) -> None:
    """Two pages of each list: all other rows have another verdict or state."""
    deps = rebuilt(app, db=stocked).deps

    def read(list_page: Callable[[Deps, str | None], Page[Any]]) -> None:
        list_page(deps, list_page(deps, None).next_cursor)

    costs = {name: rows_read(server, partial(read, list_page)) for name, list_page in LISTS.items()}
    assert max(costs.values()) < FILES / 4, costs
