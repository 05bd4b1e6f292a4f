"""Lists of files by keys of `detail` that policies index: what is found, and that the index follows every change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from sqlalchemy import event

from service.db.models import File, FileDetail, Upload
from service.db.statements.lists import paging
from service.domain.accounts.owners import give_ownerless
from service.domain.repair.recover import recover_files
from service.domain.upkeep import detail_index
from service.domain.upkeep.detail_index import REST
from service.domain.upkeep.sweep import sweep
from service.limits import MAX_DETAIL_FILTERS
from service.routes.schemas.fields import MAX_DETAIL_FILTER
from service.values.access.caller import Scope
from tests.support.login import login
from tests.support.matchers import failure
from tests.support.service_under_test import FILE, App

POLICIES: dict[str, Any] = {
    "invoices": {"indexed_detail": ("number", "paid", "customer.id")},
    "orders": {"indexed_detail": ("number",)},
}


@pytest.fixture
def indexed(app: App) -> App:
    return app.with_settings(policies=POLICIES)


def add(app: App, name: str, detail: Any, policy: str = "invoices", **completion: Any) -> str:
    """Upload a file a second after the one before; returns its id."""
    app.clock.forward(1)
    opened = app.send(policy=policy)
    wish = app.completion(opened, filename=name, detail=detail, **completion)
    answer = app.post("/upload/complete/", **wish)
    assert answer.status_code == 200, answer.json
    return str(answer.json["data"]["id"])


def ask(app: App, *filters: str, path: str = "all", **query: Any) -> Any:
    pairs = [*(("detail", each) for each in filters), *query.items()]
    return app.client.get(f"{FILE}/{path}?{urlencode(pairs)}")


def found(app: App, *filters: str, **query: Any) -> list[str]:
    """The names of all pages."""
    names: list[str] = []
    cursor: Any = {}
    while True:
        answer = ask(app, *filters, **query, **cursor)
        assert answer.status_code == 200, answer.json
        names += [item["filename"] for item in answer.json["data"]["items"]]
        if answer.json["data"]["next_cursor"] is None:
            return names
        cursor = {"cursor": answer.json["data"]["next_cursor"]}


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_files_are_found_by_their_values_in_the_order_of_the_list(indexed: App, limit: int) -> None:
    for number in range(3):
        add(indexed, f"a{number}", {"number": 42, "paid": number == 1, "customer": {"id": "ann"}})
    add(indexed, "b", {"number": "42"}, "orders")
    add(indexed, "c", {"number": 43})
    assert found(indexed, "number:42", limit=limit) == ["b", "a2", "a1", "a0"]
    assert found(indexed, "number:42", sort="created_at", limit=limit) == ["a0", "a1", "a2", "b"]
    assert found(indexed, "number:42", "paid:false", limit=limit) == ["a2", "a0"]
    assert found(indexed, "customer.id:ann", "paid:true", "number:42", limit=limit) == ["a1"]
    assert found(indexed, "number:42", "number:43", limit=limit) == []
    assert found(indexed, "number:42", policy="orders", limit=limit) == ["b"]
    assert found(indexed, "number:42", search="a", limit=limit) == ["a2", "a1", "a0"]
    with patch.object(paging, "WINDOW", 2):
        assert found(indexed, "number:42", "paid:true", limit=limit) == ["a1"]


@pytest.mark.parametrize("value", ["", "ann:bob", "ünü 🚢", "a\nb\0", "a ", "A", "%2F", "x" * 1000], ids=repr)
def test_a_text_is_found_by_its_exact_value(indexed: App, value: str) -> None:
    add(indexed, "this", {"number": value})
    add(indexed, "another", {"number": value.lower() + "?"})
    assert found(indexed, f"number:{value}") == ["this"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(42, "42"), (42.0, "42"), (-0.0, "0"), (1.5, "1.5"), (1e22, "1e+22"), (2**63, str(2**63)), (True, "true")],
)
def test_numbers_and_booleans_are_found_as_json_writes_them(indexed: App, value: Any, text: str) -> None:
    add(indexed, "this", {"number": value})
    assert found(indexed, f"number:{text}") == ["this"]


@pytest.mark.parametrize("value", [None, [], ["a"], {"a": 1}, "x" * 1001], ids=lambda value: repr(value)[:20])
def test_other_values_and_long_texts_are_not_indexed(indexed: App, value: Any) -> None:
    add(indexed, "this", {"number": value})
    assert indexed.count(FileDetail) == 0


def test_a_private_file_is_not_found(indexed: App) -> None:
    add(indexed, "private", {"number": 42}, credential={"pin": "1"})
    assert found(indexed, "number:42") == []
    assert indexed.count(FileDetail) == 0


@pytest.mark.parametrize(
    ("filters", "query", "reason"),
    [
        (["size:1"], {}, "[detail] no policy indexes 'size'; the indexed keys are customer.id, number, paid"),
        (["number"], {}, "[detail.0] Not a key and its value such as invoice_id:42."),
        ([f"number:{'x' * 1059}"], {}, f"[detail.0] Longer than maximum length {MAX_DETAIL_FILTER}."),
        (["number:1"] * (MAX_DETAIL_FILTERS + 1), {}, f"[detail] Longer than maximum length {MAX_DETAIL_FILTERS}."),
        (
            ["number:1"],
            {"sort": "size"},
            "[sort] must be created_at or -created_at, as only these orders have an index with detail",
        ),
    ],
)
def test_an_unindexed_or_malformed_filter_is_refused(
    indexed: App, filters: list[str], query: dict[str, str], reason: str
) -> None:
    answer = ask(indexed, *filters, **query)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_a_filter_is_refused_without_policies(app: App) -> None:
    answer = ask(app, "number:1")
    reason = "[detail] no policy indexes 'number'; there are no indexed keys"
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_each_subject_finds_its_own_files(indexed: App) -> None:
    locked = indexed.with_settings(login="on")
    ann, root = login(locked, "ann", Scope.UPLOAD, Scope.READ), login(locked, "root", Scope.ADMIN, Scope.UPLOAD)
    user = ann.client.post("/api/v1/users/", json={"name": "A patient"}).json["data"]["id"]
    add(ann, "of ann", {"number": 42}, user_id=user)
    add(root, "of root", {"number": 42})
    assert found(ann, "number:42") == ["of ann"]
    assert found(root, "number:42") == ["of root", "of ann"]
    assert found(root, "number:42", owner="ann") == found(ann, "number:42", user_id=user) == ["of ann"]


def test_the_index_follows_changes_and_deletions(indexed: App) -> None:
    file_id = add(indexed, "this", {"number": 42, "paid": False})
    indexed.client.patch(f"{FILE}/{file_id}", json={"detail": {"number": 43}})
    assert [found(indexed, each) for each in ("number:42", "paid:false", "number:43")] == [[], [], ["this"]]
    indexed.client.patch(f"{FILE}/{file_id}", json={"detail": None})
    assert indexed.count(FileDetail) == 0
    indexed.client.patch(f"{FILE}/{file_id}", json={"detail": {"number": 44}})
    indexed.client.delete(f"{FILE}/{file_id}")
    assert (indexed.count(File), indexed.count(FileDetail)) == (0, 0)


def test_a_recovered_file_and_an_assigned_one_are_indexed(indexed: App) -> None:
    app = indexed.published()
    file_id = add(app, "this", {"number": 42})
    app.scan(file_id)
    with app.deps.db.write() as session:
        session.query(File).delete()
        session.query(Upload).delete()
    assert app.count(FileDetail) == 0
    list(recover_files(app.deps, dry_run=False, opened=False))
    assert found(app, "number:42") == ["this"]
    list(give_ownerless(app.deps, "ann"))
    assert found(login(app.with_settings(login="on"), "ann"), "number:42") == ["this"]


def test_the_sweeper_updates_the_index_when_policies_change(indexed: App) -> None:
    for number in range(5):
        add(indexed, f"a{number}", {"number": 42, "state": "new"})
    later = indexed.with_settings(policies={"invoices": {"indexed_detail": ("state",)}})
    with patch.object(detail_index, "PAGE", 2):
        counts = []
        for _ in range(4):
            counts.append(len(found(later, "state:new")))
            sweep(later.deps)
    assert counts == [0, 2, 4, 5]
    assert (later.count(FileDetail), ask(later, "number:42").status_code) == (5, 422)
    none = indexed.with_settings(policies={"invoices": {}})
    with patch.object(detail_index, "PAGE", 2):
        for left in (3, 1, 0, 0):
            sweep(none.deps)
            assert none.count(FileDetail) == left


def test_the_sweeper_indexes_files_of_an_older_process_once_a_day(indexed: App) -> None:
    sweep(indexed.deps)
    add(indexed, "this", {"number": 42})
    with indexed.deps.db.write() as session:
        session.query(FileDetail).delete()
    sweep(indexed.deps)
    assert found(indexed, "number:42") == []
    indexed.clock.forward(REST / timedelta(seconds=1))
    sweep(indexed.deps)
    assert found(indexed, "number:42") == ["this"]


def test_a_filtered_list_uses_the_index(indexed: App) -> None:
    locked = login(indexed.with_settings(login="on"), "ann", Scope.READ, Scope.UPLOAD)
    add(locked, "this", {"number": 42})
    statements: list[Any] = []
    event.listen(indexed.deps.db.engine, "before_cursor_execute", lambda *call: statements.append(call[2:4]))
    assert found(locked, "number:42") == ["this"]
    (statement, values) = next(each for each in statements if "file_details" in each[0])
    with indexed.deps.db.engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert plan[0].startswith("SEARCH file_details USING")
    assert "ix_file_details_owner_digest_created_at_file_id (owner=? AND digest=?)" in plan[0]
    assert not [step for step in plan if "TEMP B-TREE" in step]
