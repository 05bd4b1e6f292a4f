"""Folders of files: named at init, completion and by a change, listed, renamed, and deleted with their last file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import event, func, select, update

from service.db.models import Audit, File, Folder
from service.db.statements.lists import pages, paging
from service.domain.accounts.owners import give_ownerless
from service.domain.changes.erase_subject import erase_subject
from service.domain.upkeep.sweep import sweep
from service.values import FILE_SORTS
from service.values.access.caller import Scope
from service.values.operators.audit import Changes
from tests.support.login import login
from tests.support.matchers import A_TIME, failure, success
from tests.support.service_under_test import FILE, App

TRIP = "photos/2026/June"


def change(app: App, file_id: str, **body: Any) -> Any:
    return app.client.patch(f"{FILE}/{file_id}", json=body)


def rename(app: App, come_from: str, to: str, **more: str) -> Any:
    return app.client.post(f"{FILE}/folders/rename", json={"from": come_from, "to": to, **more})


def names(app: App, **query: Any) -> list[str]:
    """The names of all pages of a list, in pages of two."""
    found: list[str] = []
    query |= {"limit": 2}
    while True:
        data: Any = app.client.get(f"{FILE}/all", query_string=query).json["data"]
        found += [item["filename"] for item in data["items"]]
        if data["next_cursor"] is None:
            return found
        query["cursor"] = data["next_cursor"]


def folders(app: App, path_name: str = "", **query: str) -> list[str]:
    """The paths of all pages of a folder's folders, in pages of one."""
    found: list[str] = []
    parameters = {"limit": "1", "path_name": path_name, **query}
    while True:
        data: Any = app.client.get(f"{FILE}/folders", query_string=parameters).json["data"]
        found += [item["path_name"] for item in data["items"]]
        if data["next_cursor"] is None:
            return found
        parameters["cursor"] = data["next_cursor"]


def rows(app: App) -> int:
    with app.deps.db.read() as session:
        return session.scalar(select(func.count()).select_from(Folder)) or 0


def put(app: App, path_name: str | None, filename: str = "a.txt", **more: Any) -> Any:
    """A file in a folder; each a second later."""
    app.clock.forward(1)
    given = {} if path_name is None else {"path_name": path_name}
    return app.upload(b"x", filename=filename, **given, **more)


@pytest.mark.parametrize(
    ("started", "completed", "found"),
    [
        ({}, {}, None),
        ({"path_name": TRIP}, {}, TRIP),
        ({"path_name": TRIP}, {"path_name": None}, TRIP),
        ({"path_name": TRIP}, {"path_name": ""}, None),
        ({"path_name": TRIP}, {"path_name": "other"}, "other"),
        ({}, {"path_name": TRIP}, TRIP),
        ({"path_name": None}, {}, None),
        ({"path_name": ""}, {}, None),
    ],
)
@pytest.mark.parametrize("body", [b"hello", b"x" * (2 * 5 * 2**20)], ids=["one chunk", "chunks"])
def test_the_folder_of_the_completion_overrides_that_of_init(
    app: App, started: Any, completed: Any, found: str | None, body: bytes
) -> None:
    opened = app.send(body, **started)
    assert app.status(opened["file_id"]).json["data"]["path_name"] == (started.get("path_name") or None)
    file: Any = app.post("/upload/complete/", **app.completion(opened, body, **completed)).json["data"]
    payloads = [file, app.get(file["id"]).json["data"], app.status(file["id"]).json["data"]]
    assert [each["path_name"] for each in payloads] == [found] * 3


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/a", "A folder's name is empty; leave out slashes at the start, at the end, and double ones."),
        ("a/", "A folder's name is empty; leave out slashes at the start, at the end, and double ones."),
        ("a//b", "A folder's name is empty; leave out slashes at the start, at the end, and double ones."),
        ("a/../b", "`.` and `..` are no names of folders."),
        (".", "`.` and `..` are no names of folders."),
        ("a\\b", "A backslash is not allowed; separate folders by slashes."),
        ("a\0b", "Control characters are not allowed."),
        ("a\u0085", "Control characters are not allowed."),
        ("/".join("a" * 33), "More than 32 folders in each other."),
        ("a" * 256, "A folder's name is longer than 255 characters."),
        ("a/" * 512 + "a", "Longer than maximum length 1024."),
        (5, "Not a valid string."),
    ],
)
def test_every_call_refuses_an_invalid_path(app: App, path: Any, reason: str) -> None:
    file, refused = app.upload(), (422, failure("invalid_body", f"[path_name] {reason}"))
    bodies = [app.post("/upload/init/", path_name=path), change(app, file["id"], path_name=path)]
    bodies.append(app.post("/upload/complete/", **app.completion(app.send(), path_name=path)))
    if isinstance(path, str):
        bodies += [app.client.get(f"{FILE}/{lists}", query_string={"path_name": path}) for lists in ("all", "folders")]
    assert [(answer.status_code, answer.json) for answer in bodies] == [refused] * len(bodies)
    if isinstance(path, str):
        answer = rename(app, path, "b")
        assert (answer.status_code, answer.json) == (422, failure("invalid_body", f"[from] {reason}"))


def test_folder_lists_and_renames_return_the_expected_payloads(app: App) -> None:
    file = put(app, TRIP)
    answer: Any = app.client.get(f"{FILE}/folders?path_name=photos/2026").json
    assert answer == success(
        {"items": [{"path_name": TRIP, "name": "June", "created_at": A_TIME}], "next_cursor": None}
    )
    renamed = rename(app, "photos/2026", "trips")
    assert (renamed.status_code, renamed.json) == (200, success({"from": "photos/2026", "to": "trips"}))
    assert app.get(file["id"]).json["data"] == file | {"path_name": "trips/June"}
    listed: Any = app.client.get(f"{FILE}/all?path_name=trips/June").json
    assert listed["data"]["items"] == [file | {"path_name": "trips/June"}]


def test_a_folder_is_listed_alone_or_recursively_in_every_order(app: App) -> None:
    below = ["1.txt", "2.txt", "3.txt"]
    places = dict(zip(["a", "a/b", "a/b/c", "ab", None], [*below, "4.txt", "5.txt"], strict=True))
    for path, name in places.items():
        put(app, path, name)
    for sort in FILE_SORTS:
        turn = -1 if sort.startswith("-") else 1
        for path, name in places.items():
            assert names(app, path_name=path or "", sort=sort) == [name]
        for most in (pages.MERGED, 0):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(pages, "MERGED", most)
                found = names(app, path_name="a", recursive="true", sort=sort)
            assert (sorted(found), found if "size" not in sort else below[::turn]) == (below, below[::turn])
        assert sorted(names(app, path_name="", recursive="true", sort=sort)) == sorted(places.values())
        assert sorted(names(app, sort=sort)) == sorted(places.values())
    assert names(app, path_name="a", recursive="true", search="2") == ["2.txt"]
    assert names(app, path_name="a/b", search="2") == ["2.txt"]
    assert (names(app, path_name="b"), folders(app, "b")) == ([], [])
    assert (folders(app), folders(app, "a"), folders(app, "a/b/c")) == (["a", "ab"], ["a/b"], [])


def test_a_file_is_found_by_its_exact_name(app: App) -> None:
    for name in ("a.txt", "A.txt", "\u00e4.txt", "a.txt"):
        put(app, "x", name)
    assert names(app, path_name="x", filename="a.txt") == ["a.txt", "a.txt"]
    assert names(app, filename="A.txt", sort="-created_at") == ["A.txt"]
    assert names(app, filename="a\u0308.txt") == ["\u00e4.txt"], "the same name in another form of Unicode"
    assert names(app, path_name="", filename="a.txt") == []


def test_folder_names_differ_by_case_and_space_not_by_unicode_form(app: App) -> None:
    for path in ("\u00e9", "E\u0301", "e\u0301", "e ", "e", "CON", "E."):
        put(app, path)
    assert sorted(folders(app)) == sorted(["\u00e9", "E\u0301", "e ", "e", "CON", "E."])
    assert names(app, path_name="e\u0301") == ["a.txt", "a.txt"]


def test_a_change_moves_a_file_and_deletes_its_empty_folder(app: App) -> None:
    file = put(app, TRIP)
    moved = change(app, file["id"], path_name="photos/best").json["data"]
    assert (moved["path_name"], moved["version"], folders(app, "photos")) == ("photos/best", 2, ["photos/best"])
    assert change(app, file["id"], path_name="photos/best").json["data"]["version"] == 2, "no change"
    out = change(app, file["id"], path_name=None).json["data"]
    assert (out["path_name"], rows(app)) == (None, 0)
    with app.deps.db.read() as session:
        first = session.scalars(select(Audit).order_by(Audit.id)).first()
    assert first is not None
    assert first.changes is not None
    assert Changes.read(first.changes) == Changes({"path_name": TRIP}, {"path_name": "photos/best"})


def test_a_folder_is_deleted_with_its_last_file(app: App) -> None:
    first, second = put(app, "a/b/c"), put(app, "a/b")
    app.client.delete(f"{FILE}/{first['id']}")
    assert (folders(app, "a"), folders(app, "a/b")) == (["a/b"], [])
    app.client.delete(f"{FILE}/{second['id']}")
    assert rows(app) == 0


def test_an_empty_folder_of_an_older_version_is_deleted_by_a_sweep(app: App) -> None:
    file = put(app, "a/b")
    put(app, "a/c/d")
    with app.deps.db.write() as session:
        session.execute(update(File).where(File.id == file["id"]).values(folder_id=None))
    assert sweep(app.deps).errors == []
    assert (folders(app, "a"), rows(app)) == (["a/c"], 3)


def test_impossible_renames_are_refused(app: App) -> None:
    put(app, "a/b")
    put(app, "c")
    inside = failure("invalid_body", "[to] is inside the folder itself")
    for come_from, to, status, answer in (
        ("x", "y", 404, failure("folder_not_found")),
        ("a/x", "y", 404, failure("folder_not_found")),
        ("a", "c", 409, failure("folder_exists")),
        ("a/b", "c", 409, failure("folder_exists")),
        ("a", "a/b", 422, inside),
        ("a", "a/x/y", 422, inside),
        ("a/b", "a", 409, failure("folder_exists")),
    ):
        refused = rename(app, come_from, to)
        assert (refused.status_code, refused.json) == (status, answer), (come_from, to)
    missing = failure("invalid_body", "[to] Shorter than minimum length 1.", "[from] Shorter than minimum length 1.")
    assert rename(app, "", "").json == missing
    deep = failure(
        "invalid_body",
        "[to] makes the path of a folder below longer than 32 folders in each other or 1024 characters",
    )
    assert rename(app, "a", "/".join("x" * 32)).json == deep
    assert rename(app, "a", "/".join(["y" * 255] * 4)).json == deep
    assert (folders(app), names(app, path_name="a/b")) == (["a", "c"], ["a.txt"])


def test_a_rename_creates_folders_and_deletes_empty_ones(app: App) -> None:
    put(app, "a/b/c")
    assert rename(app, "a/b/c", "x/y/z").status_code == 200
    assert (folders(app), names(app, path_name="x/y/z"), rows(app)) == (["x"], ["a.txt"], 3)
    assert rename(app, "x/y", "x/Y").status_code == 200, "another case"
    assert rename(app, "x/Y", "x/Y").status_code == 200, "nothing to do"
    assert rename(app, "x/Y/z", "z").status_code == 200
    assert (folders(app), rows(app)) == (["z"], 1)
    with app.deps.db.read() as session:
        found = [row.action for row in session.scalars(select(Audit).order_by(Audit.id))]
    assert found == ["folder_renamed"] * 3


def test_folders_are_per_owner_and_the_administrator_names_the_owner(app: App) -> None:
    locked = app.with_settings(login="on")
    ann, bob = (login(locked, name, Scope.UPLOAD, Scope.READ) for name in ("ann", "bob"))
    root = login(locked, "root", Scope.ADMIN)
    put(ann, "a", "of ann.txt")
    put(bob, "a", "of bob.txt")
    assert [names(who, path_name="a") for who in (ann, bob, root)] == [["of ann.txt"], ["of bob.txt"], []]
    assert (names(root, path_name="a", owner="bob"), folders(root, owner="ann")) == (["of bob.txt"], ["a"])
    for refused in (ann.client.get(f"{FILE}/folders?owner=bob"), rename(ann, "a", "b", owner="bob")):
        assert (refused.status_code, refused.json["code"]) == (403, "scope_missing")
    assert rename(root, "a", "b", owner="ann").status_code == 200
    assert (folders(ann), folders(bob)) == (["b"], ["a"])


def test_an_erased_subject_has_no_folders(app: App) -> None:
    ann = login(app.with_settings(login="on"), "ann", Scope.UPLOAD, Scope.READ)
    put(ann, TRIP)
    rename(ann, "photos", "secret")
    assert list(erase_subject(ann.deps, "ann", "by request"))
    with app.deps.db.read() as session:
        entries = session.scalars(select(Audit).where(Audit.action == "folder_renamed")).all()
    assert ([entry.changes for entry in entries], rows(app)) == ([None], 0)


def test_assigned_files_are_in_the_folders_of_their_owner(app: App) -> None:
    put(app, "a/b", "before.txt")
    locked = app.with_settings(login="on")
    ann = login(locked, "ann", Scope.UPLOAD, Scope.READ)
    put(ann, "a", "own.txt")
    assert sum(given.files for given in give_ownerless(locked.deps, "ann")) == 1
    assert (sorted(names(ann, path_name="a", recursive="true")), rows(app)) == (["before.txt", "own.txt"], 2)


def test_a_list_reads_the_paths_of_a_page_in_one_query(app: App) -> None:
    for number in range(6):
        put(app, f"a/{number}")
    statements: list[str] = []
    engine = app.deps.db.engine

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    items: Any = app.client.get(f"{FILE}/all").json["data"]["items"]
    event.remove(engine, "before_cursor_execute", note)
    assert ({item["path_name"] for item in items}, len(statements)) == ({f"a/{number}" for number in range(6)}, 2)


def test_no_list_of_a_folder_sorts_or_scans_the_table(app: App) -> None:
    put(app, "a")
    statements: list[tuple[str, Any]] = []
    engine = app.deps.db.engine

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if "ORDER BY" in statement:
            statements.append((statement, values))

    keys = {"created_at": "2026-01-01T00:00:00Z", "filename": "a", "size": 1}
    queries: list[dict[str, str]] = [{"path_name": path} for path in ("", "a")] + [{"path_name": "a", "search": "x"}]
    event.listen(engine, "before_cursor_execute", note)
    for sort in FILE_SORTS:
        cursor = paging.encode(sort, keys[sort.lstrip("-")], "a")  # type: ignore[arg-type]
        for query in queries:
            for more in ({}, {"cursor": cursor}):
                assert app.client.get(f"{FILE}/all?{urlencode({'sort': sort, **query, **more})}").status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    statements = [one for one in statements if "FROM files" in one[0]]
    with engine.connect() as connection:
        plans = [
            " ".join(row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
            for statement, values in statements
        ]
    assert len(plans) == 6 * len(FILE_SORTS)
    assert [
        plan for plan in plans if "TEMP B-TREE" in plan or "USING INDEX ix_files_owner_folder_id_" not in plan
    ] == []
