"""The audit log over HTTP: access, entries about files and keys, filters, export, verification, refusals."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from service.access.refusal_budget import RefusalBudget
from service.domain.upkeep.sweep import sweep
from service.values.access.caller import Scope
from tests.support.login import login, sends
from tests.support.matchers import A_TIME, failure, success
from tests.support.service_under_test import FILE, App, rebuilt

AUDIT = "/api/v1/admin/audit"
NOBODY = {
    "key_prefix": None,
    "address": None,
    "owner": None,
    "reason": None,
    "before": None,
    "after": None,
    "request_id": None,
}
UNSEALED = {"sequence": None, "seal": None}


@pytest.fixture
def secured(app: App) -> App:
    """A service with login on that records refusals."""
    settings = replace(app.deps.settings, login="on")
    return rebuilt(app, settings=settings, refusals=RefusalBudget(settings.redis_url))


@pytest.fixture
def root(secured: App) -> App:
    return login(secured, "root", Scope.ADMIN)


def entries(root: App, **query: str) -> list[dict[str, Any]]:
    answer = root.client.get(AUDIT, query_string=query)
    assert answer.status_code == 200, answer.json
    items: list[dict[str, Any]] = answer.json["data"]["items"]
    return items


def summaries(root: App, action: str) -> list[tuple[Any, ...]]:
    shown = ("actor", "key_prefix", "address", "target_id", "reason")
    return [tuple(entry[name] for name in shown) for entry in entries(root, action=action)]


def prefix_of(app: App) -> str:
    return str(app.client.environ_base["HTTP_AUTHORIZATION"]).split("_")[1]


def test_a_changed_file_is_in_the_log(secured: App, root: App) -> None:
    ann = login(secured, "ann")
    file = ann.upload(b"hello")
    ann.client.patch(f"{FILE}/{file['id']}", json={"filename": "b.txt"}, headers={"X-Request-ID": "one-request"})
    expected = {
        "at": A_TIME,
        "actor": "ann",
        "action": "changed",
        "target_id": file["id"],
        "key_prefix": prefix_of(ann),
        "address": "127.0.0.1",
        "owner": None,
        "reason": "filename",
        "before": {"filename": file["filename"]},
        "after": {"filename": "b.txt"},
        "request_id": "one-request",
        **UNSEALED,
    }
    answer = root.client.get(AUDIT, query_string={"target_id": file["id"]})
    assert (answer.status_code, answer.json) == (200, success({"items": [expected], "next_cursor": None}))


def test_the_detail_of_a_private_file_is_not_in_the_log(secured: App, root: App) -> None:
    ann = login(secured, "ann")
    file = ann.upload(b"hello", credential={"pin": "1234"}, detail={"diagnosis": "x"})
    with_pin = {"X-File-Credential": '{"pin": "1234"}'}
    changed = ann.client.patch(f"{FILE}/{file['id']}", json={"detail": {"diagnosis": "y"}}, headers=with_pin)
    assert changed.status_code == 200, changed.json
    [entry] = entries(root, target_id=file["id"])
    assert (entry["reason"], entry["before"], entry["after"]) == ("detail", {}, {})


def test_keys_are_in_the_log(secured: App, root: App) -> None:
    ann = login(secured, "ann")
    [entry] = entries(root, target_id=prefix_of(ann))
    reason = "'test' for ann: upload, read, delete"
    expected = {"at": A_TIME, "actor": "system", "action": "key_created", "target_id": prefix_of(ann)}
    assert entry == NOBODY | UNSEALED | expected | {"reason": reason, "request_id": entry["request_id"]}


def test_pages_have_every_entry_once(secured: App, root: App) -> None:
    for number in range(5):
        login(secured, f"subject {number}")
    seen, cursor = [], None
    while True:
        page = root.client.get(AUDIT, query_string={"limit": 2} | ({"cursor": cursor} if cursor else {})).json["data"]
        seen += [entry["target_id"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"actor": "root"}, 0),
        ({"actor": "system"}, 1),
        ({"action": "key_created"}, 1),
        ({"action": "deleted"}, 0),
        ({"created_from": "2026-01-02T00:00:00Z"}, 1),
        ({"created_until": "2026-01-02T00:00:00Z"}, 0),
    ],
)
def test_filters_select_entries(root: App, query: dict[str, str], found: int) -> None:
    assert len(entries(root, **query)) == found


@pytest.mark.parametrize(
    "query",
    [
        "action=nonsense",
        "target_id=%F0%9F%9A%A2",
        "created_from=yesterday",
        "cursor=x",
        "cursor=2026-01-01T00:00:00_1",
        "cursor=2026-01-01T00:00:00Z_99999999999999999999",
        "limit=0",
    ],
)
def test_invalid_queries_are_refused(root: App, query: str) -> None:
    assert root.client.get(f"{AUDIT}?{query}").status_code == 422


@pytest.mark.parametrize("path", [AUDIT, f"{AUDIT}/export", f"{AUDIT}/verification"])
def test_only_operators_read_the_log(secured: App, path: str) -> None:
    answer = login(secured, "ann").client.get(path)
    assert (answer.status_code, answer.json["code"]) == (403, "scope_missing")


def test_exports_have_the_entries_of_the_list(secured: App, root: App) -> None:
    login(secured, "=cmd()")
    lines = root.client.get(f"{AUDIT}/export")
    assert lines.headers["Content-Disposition"] == 'attachment; filename="audit.jsonl"'
    assert [json.loads(line) for line in lines.text.splitlines()] == entries(root)
    table = list(csv.DictReader(io.StringIO(root.client.get(f"{AUDIT}/export?format=csv").text)))
    assert [row["target_id"] for row in table] == [entry["target_id"] for entry in entries(root)]


def test_a_name_is_no_formula_in_a_spreadsheet(secured: App, root: App) -> None:
    evil = login(secured, "=cmd()")
    file = evil.upload(b"hello")
    evil.client.delete(f"{FILE}/{file['id']}")
    table = root.client.get(f"{AUDIT}/export?format=csv&target_id={file['id']}").text
    assert [row["actor"] for row in csv.DictReader(io.StringIO(table))] == ["'=cmd()"]


def test_verification_finds_a_changed_entry(secured: App, root: App) -> None:
    assert sweep(secured.deps).sealed_audits == 1
    whole = root.client.get(f"{AUDIT}/verification").json["data"]
    assert whole == {
        "checked": 1,
        "deleted": 0,
        "last": f"1:{entries(root)[0]['seal']}",
        "is_complete": True,
        "unsealed": 0,
        "flaws": [],
    }
    with secured.deps.db.write() as session:
        session.execute(text("UPDATE audits SET actor = 'eve'"))
    broken = root.client.get(f"{AUDIT}/verification?head={whole['last']}").json["data"]
    assert broken["flaws"] == [{"sequence": 1, "problem": "it or the entry before it was changed"}]


@pytest.mark.parametrize("name", ["after", "head"])
@pytest.mark.parametrize("value", ["1", "x:y", "1:abc", f"-1:{'0' * 64}", f"{'9' * 30}:{'0' * 64}", f"1:{'G' * 64}"])
def test_an_invalid_sequence_or_seal_is_refused(root: App, name: str, value: str) -> None:
    answer = root.client.get(f"{AUDIT}/verification", query_string={name: value})
    reason = f"[{name}] Must be SEQUENCE:SEAL, as in an earlier result."
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_refused_access_is_in_the_log(secured: App, root: App) -> None:
    ann = login(secured, "ann")
    file = ann.upload(b"hello", credential={"pin": "1234"})
    sends(secured, f"Bearer lsk_{'0' * 12}_{'0' * 64}").client.get(f"{FILE}/get/{file['id']}")
    ann.client.get(f"{FILE}/get/{file['id']}?pin=9999")
    ann.client.get(AUDIT)
    get, key = "GET /api/v1/file/get/<file_id>", prefix_of(ann)
    assert {action: summaries(root, action) for action in ("login_refused", "credential_refused", "scope_refused")} == {
        "login_refused": [("anonymous", "0" * 12, "127.0.0.1", file["id"], f"{get}: unknown")],
        "credential_refused": [("ann", key, "127.0.0.1", file["id"], get)],
        "scope_refused": [("ann", key, "127.0.0.1", None, "GET /api/v1/admin/audit: admin")],
    }


def test_an_attack_does_not_fill_the_log(secured: App, root: App) -> None:
    few = rebuilt(secured, refusals=RefusalBudget(secured.deps.settings.redis_url, by_address="3/hour"))
    for _ in range(6):
        assert sends(few, "Bearer nonsense").client.get(f"{FILE}/all").status_code == 401
    assert len(entries(root, action="login_refused")) == 3


def test_access_is_refused_even_if_the_log_cannot_be_written(secured: App) -> None:
    ann = login(secured, "ann")
    assert ann.client.get(f"{FILE}/all").status_code == 200  # its key is remembered
    with secured.deps.db.write() as session:
        session.execute(text("DROP TABLE audits"))
    assert ann.client.get(AUDIT).status_code == 403
