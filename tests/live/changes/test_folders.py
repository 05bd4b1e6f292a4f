"""Folders on the real stack, and on real databases: renames while files are completed, and many changes at once."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

import longshore
from longshore.client.errors import FolderExistsError, FolderNotFoundError
from migrations.run import upgrade
from service.db.models import File, Folder
from service.db.session import Database
from service.db.statements.files.folders import delete_empty, folder_for, paths_of
from service.db.statements.lists.pages import page_of_files
from service.domain.changes.rename_folder import rename_folder
from service.domain.files.folders import list_folders
from service.values import FileQuery
from service.values.access.caller import UNRESTRICTED
from service.values.folders import FolderQuery, FolderRename
from tests.support.documents import block_of
from tests.support.live.client import FILE, Client
from tests.support.live.races import at_once
from tests.support.live.stack import Stack, new_database
from tests.support.programs.shell import Shell
from tests.support.programs.warm_commands import python_command
from tests.support.service.rows import NOW, Parts, add, both
from tools.stack.servers.sql_server import SqlServer

MANY = 12
WAIT = 60
"""Seconds after which a test that hangs fails."""


def test_a_folder_can_be_renamed_while_files_are_completed_in_it(stack: Stack, client: Client) -> None:
    """Each file stays in the folder under one of its names; after the last rename no other folder has any."""
    top = "renamed-meanwhile"
    opened = [client.send(b"x", path_name=f"{top}/a/b") for _ in range(MANY)]
    client.upload(b"x", path_name=f"{top}/a/b")

    def complete(each: dict[str, Any]) -> int:
        answer = client.request("POST", f"{FILE}/upload/complete/", json=client.completion(each, b"x"))
        return answer.status_code

    def rename(come_from: str, to: str) -> int:
        body = {"from": f"{top}/{come_from}", "to": f"{top}/{to}"}
        return client.request("POST", f"{FILE}/folders/rename", json=body).status_code

    works: list[Callable[[], int]] = [partial(complete, each) for each in opened]
    works.insert(MANY // 3, partial(rename, "a", "c"))
    works.insert(2 * MANY // 3, partial(rename, "c", "d/e"))
    answers = Counter(at_once(*works))
    assert answers.keys() <= {200, 404}
    assert answers[200] >= MANY
    files = client.data("GET", f"{FILE}/all", params={"path_name": top, "recursive": "true", "limit": 100})["items"]
    assert sorted(file["id"] for file in files if file["upload_id"] in {each["upload_id"] for each in opened}) == (
        sorted(each["file_id"] for each in opened)
    )
    assert {file["path_name"] for file in files} <= {f"{top}/{name}/b" for name in ("a", "c", "d/e")}
    listed = client.data("GET", f"{FILE}/folders", params={"path_name": top})["items"]
    assert len({each["path_name"] for each in listed}) == len(listed)


def test_the_python_client_uploads_finds_moves_and_renames(client: Client, tmp_path: Path) -> None:
    payload, top = tmp_path / "a.txt", "by-python"
    payload.write_bytes(b"fifteen men")
    with longshore.Client(client.url) as mine:
        file = mine.upload(payload, path_name=f"{top}/2026")
        mine.rename_folder(f"{top}/2026", f"{top}/2027")
        assert [each.id for each in mine.files(path_name=top, recursive=True, filename="a.txt")] == [file.id]
        assert [(each.path_name, each.name) for each in mine.folders(top)] == [(f"{top}/2027", "2027")]
        assert mine.status(file.id).path_name == f"{top}/2027"
        assert mine.change(file.id, {"path_name": f"{top}/best"}).path_name == f"{top}/best"
        with pytest.raises(FolderNotFoundError):
            mine.rename_folder(f"{top}/2027", f"{top}/2028")
        mine.upload(payload, path_name=f"{top}/2028")
        with pytest.raises(FolderExistsError):
            mine.rename_folder(f"{top}/best", f"{top}/2028")


def test_the_commands_of_the_manual_rename_folders(
    client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/folders.md: by curl for a file that exists, then in Python for a new one."""
    shell = Shell(tmp_path, {}, python_command())
    env = {"LONGSHORE_URL": client.url, "FILE_ID": client.ready(b"x")["id"]}
    assert '"to":"trips"' in shell.run(block_of("folders by curl"), env).replace(" ", "")
    assert client.get(env["FILE_ID"])["path_name"] == "trips/June"
    client.data("DELETE", f"{FILE}/{env['FILE_ID']}")
    Path(tmp_path / "sample.bin").write_bytes(b"fifteen men")
    with contextlib.chdir(tmp_path):
        exec(block_of("folders in Python"), {"URL": client.url})
    assert capsys.readouterr().out == "['trips/June']\n['trips/June']\n"


@pytest.fixture(scope="module", params=["mysql", "mariadb"])
def server(request: pytest.FixtureRequest) -> SqlServer:
    found: SqlServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture(scope="module")
def db(server: SqlServer) -> Iterator[Database]:
    url = new_database(server, "folders")
    upgrade(url)
    database = Database(url)
    yield database
    database.engine.dispose()


def in_threads(works: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result(WAIT) for each in [pool.submit(work) for work in works]]


def all_paths(db: Database) -> set[str | None]:
    """The paths of all files."""
    with db.read() as session:
        return set(paths_of(session, set(session.scalars(select(File.folder_id)))).values())


def test_concurrent_moves_into_and_out_of_a_folder_stay_consistent(db: Database) -> None:
    """No folder exists twice or without a file, and no file is in a folder that does not exist."""
    add(db, *sorted((row for n in range(MANY) for row in both(f"{n:030}")), key=lambda row: isinstance(row, File)))
    with db.read() as session:
        ids = list(session.scalars(select(File.id)))

    def put(session: Any, file_id: str, path: str | None) -> None:
        left = session.scalar(select(File.folder_id).where(File.id == file_id).with_for_update())
        folder_id = None if path is None else folder_for(session, None, path, NOW)
        session.execute(update(File).where(File.id == file_id).values(folder_id=folder_id, owner=None))
        delete_empty(session, [left])

    for paths in (["a/b/c"], ["a/b", "a/b/c", "a"], [None, "x/y"], ["a/b/c", "a/b/c "], [None]):
        targets = zip(ids, cycle(paths), strict=False)
        in_threads([partial(db.transact, put, file_id, path) for file_id, path in targets])
        assert all_paths(db) == {None, *paths}
        with db.read() as session:
            rows = session.scalar(select(func.count()).select_from(Folder))
            query = FileQuery(100, sort="filename", path_name="a", recursive=True)
            below, _ = page_of_files(session, UNRESTRICTED, query)
        is_below = [path is not None and path.startswith("a") for _, path in zip(ids, cycle(paths), strict=False)]
        assert len(below) == sum(is_below)
        expected = {"/".join(path.split("/")[: n + 1]) for path in paths if path for n in range(path.count("/") + 1)}
        assert rows == len(expected)


def test_concurrent_moves_of_folders_into_each_other_make_no_cycle(db: Database) -> None:
    deps: Any = Parts(db=db)
    with db.read() as session:
        ids = list(session.scalars(select(File.id)))

    def put(session: Any, file_id: str, path: str) -> None:
        values = {"folder_id": folder_for(session, None, path, NOW), "owner": None}
        session.execute(update(File).where(File.id == file_id).values(**values))

    for file_id, path in zip(ids, ("p", "q"), strict=False):
        db.transact(put, file_id, path)

    renames = (FolderRename("p", "q/p"), FolderRename("q", "p/q"))
    in_threads([partial(rename_folder, deps, UNRESTRICTED, wanted) for wanted in renames])
    [top] = [folder.name for folder in list_folders(deps, UNRESTRICTED, FolderQuery(9)).items]
    other = {"p": "q", "q": "p"}[top]
    assert all_paths(db) - {None} == {f"{top}/{other}", f"{top}/{other}/{top}"}, "the first one's target moved, too"
