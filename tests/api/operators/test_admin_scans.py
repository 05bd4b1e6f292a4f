"""The operators' list of scans over HTTP: whole payloads, each state, page by page, without Redis, and its cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import update

from service.db.models import File
from service.db.statements.lists import paging
from service.errors import ScannerUnavailableError
from tests.support.matchers import A_TIME, Like, failure, success
from tests.support.service.recorded_calls import counted
from tests.support.service_under_test import App

SCANS = "/api/v1/admin/scans"
NOT_SCANNED = "The virus scanner cannot be reached."


@pytest.fixture
def stocked(app: App) -> dict[str, str]:
    """A file for each state: pending, scanning, failed, scanned again, blocked with a due move, and clean."""
    values: dict[str, dict[str, Any]] = {
        "pending": {},
        "scanning": {"virus_scan_status": "scanning", "scan_attempts": 1},
        "error": {"virus_scan_status": "error", "virus_scan_result": NOT_SCANNED, "scan_attempts": 3},
        "again": {"virus_scan_status": "clean"},
        "blocked": {"virus_scan_status": "infected", "quarantine_reason": "bad"},
        "clean": {"virus_scan_status": "clean", "scan_due_at": None},
        "ended": {"virus_scan_status": "error", "virus_scan_result": "not scanned", "scan_due_at": None},
    }
    made = {}
    for name, changes in values.items():
        app.clock.forward(1)
        made[name] = app.upload(filename=name)["id"]
        due = {"scan_due_at": app.clock() + timedelta(minutes=2)}
        with app.deps.db.write() as session:
            session.execute(update(File).where(File.id == made[name]).values(**due | changes))
    return made


def names(app: App, limit: int = 10, **query: Any) -> list[str]:
    """The names on all pages."""
    found, cursor = [], None
    while True:
        parameters = {"limit": limit, **query} | ({"cursor": cursor} if cursor else {})
        page = app.client.get(SCANS, query_string=parameters).json["data"]
        found += [f"{item['state']}: {item['filename']}" for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def scan(file_id: str, **changes: Any) -> dict[str, Any]:
    job = {"id": f"scan-{file_id}", "status": "queued", "enqueued_at": None, "started_at": None, "ended_at": None}
    return {
        "file_id": file_id,
        "filename": "error",
        "owner": None,
        "size": 5,
        "virus_scan_status": "error",
        "state": "failed",
        "scan_attempts": 3,
        "scan_due_at": A_TIME,
        "last_error": NOT_SCANNED,
        "job": job | {"attempts": 3, "last_error": NOT_SCANNED},
    } | changes


def test_failed_scans_are_listed_with_their_jobs(app: App, stocked: dict[str, str]) -> None:
    del app.queue.jobs[stocked["ended"]]
    ended = scan(
        stocked["ended"], filename="ended", scan_attempts=0, scan_due_at=None, last_error="not scanned", job=None
    )
    page = {"items": [ended, scan(stocked["error"])], "next_cursor": None, "unreachable": []}
    assert app.client.get(SCANS, query_string={"state": "failed"}).json == success(page)


def test_without_redis_jobs_are_unknown(app: App, stocked: dict[str, str]) -> None:
    app.queue.down = True
    page = app.client.get(SCANS, query_string={"state": "failed"}).json["data"]
    assert (page["unreachable"], [item["job"] for item in page["items"]]) == (["redis"], [None, None])
    assert page["items"][1] == scan(stocked["error"], job=None)


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
@pytest.mark.parametrize("window", [1, 5000])
@pytest.mark.usefixtures("stocked")
def test_scans_of_each_state_are_listed_page_by_page(app: App, window: int, limit: int) -> None:
    of_state = {
        "running": ["running: scanning"],
        "waiting": ["waiting: pending", "waiting: again"],
        "failed": ["failed: ended", "failed: error"],
    }
    with patch.object(paging, "WINDOW", window):
        for state, expected in of_state.items():
            assert names(app, limit, state=state) == expected
        assert names(app, limit) == [name for expected in of_state.values() for name in expected]


def test_a_page_costs_four_statements_and_one_call_to_redis(app: App) -> None:
    for _ in range(5):
        app.upload()
    with counted(app) as cost, patch.object(app.queue, "scan_jobs", wraps=app.queue.scan_jobs) as calls:
        assert names(app) == ["waiting: hello.txt"] * 5
    assert (cost, calls.call_count) == ((["SELECT"] * 4, []), 1)


def test_a_failed_scan_is_listed_until_it_is_repeated(app: App) -> None:
    file_id = app.upload()["id"]
    app.scanner.down = True
    with pytest.raises(ScannerUnavailableError):
        app.scan(file_id)
    assert names(app, state="failed") == ["failed: hello.txt"]
    app.clock.forward(1)
    body = {"action": "rescan", "filter": {"virus_scan_status": "error"}}
    assert app.client.post("/api/v1/admin/decisions", json=body).json["data"]["matched"] == 1


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"state": "clean"}, "[state] Must be one of: running, waiting, failed."),
        ({"limit": "201"}, Like(r"\[limit\] Must be .*")),
        ({"cursor": "waiting.%%"}, "[cursor] is not valid; use next_cursor of the page before"),
        ({"cursor": "running.", "state": "failed"}, "[cursor] is not valid; use next_cursor of the page before"),
    ],
)
def test_wrong_queries_are_refused(app: App, query: dict[str, str], reason: Any) -> None:
    answer = app.client.get(SCANS, query_string=query)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))
