"""The operators' view of files over HTTP: the owner in payloads, the list of all files, and the details of one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from tests.support.login import login
from tests.support.matchers import A_TIME, A_URL, AN_ETAG, AN_ID, Like, failure, new_file, success
from tests.support.service.links import link
from tests.support.service_under_test import CHUNK, FILE, App

FILES = "/api/v1/admin/files"
BODY = b"x" * CHUNK + b"y"
UNKNOWN_ID = "3f0e8a52-0000-4000-8000-000000000000"


@pytest.fixture
def ann(secured: App) -> App:
    return login(secured, "ann")


def payloads(app: App, file_id: str) -> list[dict[str, Any]]:
    """A file in every response that has one, and its status."""
    listed = [item for item in app.client.get(f"{FILE}/all").json["data"]["items"] if item["id"] == file_id]
    changed = app.client.patch(f"{FILE}/{file_id}", json={"filename": "a.txt"}).json["data"]
    return [app.get(file_id).json["data"], *listed, changed, app.status(file_id).json["data"]]


def test_the_owner_is_shown_to_callers_that_see_all(ann: App, olivia: App) -> None:
    file_id, opened = ann.ready()["id"], ann.init(size=5)
    assert [each["owner"] for each in payloads(olivia, file_id)] == ["ann"] * 4
    assert olivia.status(opened["file_id"]).json["data"]["owner"] == "ann"
    found = [*payloads(ann, file_id), ann.status(opened["file_id"]).json["data"]]
    assert [each for each in found if "owner" in each] == []
    assert "owner" not in ann.upload()


def test_without_login_there_is_no_owner(app: App) -> None:
    assert [each["owner"] for each in payloads(app, app.ready()["id"])] == [None] * 4


def names(app: App, **query: Any) -> list[str]:
    """The names on all pages of two files."""
    found, cursor = [], None
    while True:
        page = app.client.get(FILES, query_string={"limit": 2, **query} | ({"cursor": cursor} if cursor else {})).json
        found += [item["filename"] for item in page["data"]["items"]]
        cursor = page["data"]["next_cursor"]
        if cursor is None:
            return found


def stored(ann: App) -> dict[str, Any]:
    """A file of two parts with a link, after its scan."""
    ann.scanner.max_size = len(BODY)
    opened = ann.send(BODY)
    ann.post("/upload/complete/", **ann.completion(opened, BODY))
    ann.scan(opened["file_id"])
    link(ann, opened["file_id"])
    ann.get(opened["file_id"])
    return opened


def admin_file(opened: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The payload of the file of `stored`."""
    scanned = {"virus_scan_status": "clean", "virus_scan_date": A_TIME, "detected_content_type": "text/plain"}
    more = {"owner": "ann", "scan_attempts": 1, "scanned_with": "Fake 1.0/1", "downloads": 0}
    linked = {"download_url": A_URL, "download_expires_at": A_TIME}
    file = new_file(opened, filename="hello.txt", content_type="text/plain", size=len(BODY))
    return file | scanned | more | linked | changes


def test_the_list_contains_all_fields_of_a_file(ann: App, olivia: App) -> None:
    opened = stored(ann)
    page = olivia.client.get(FILES).json
    assert page == success({"items": [admin_file(opened)], "next_cursor": None})


def test_files_of_one_verdict_are_listed_page_by_page(app: App) -> None:
    for number, body in enumerate(
        (b"a", b"a not-really-a-virus", b"b", b"b not-really-a-virus", b"c not-really-a-virus")
    ):
        app.clock.forward(1)
        app.ready(body, filename=f"{number}.txt")
    assert names(app, virus_scan_status="infected") == ["4.txt", "3.txt", "1.txt"]
    assert names(app, virus_scan_status="infected", sort="created_at") == ["1.txt", "3.txt", "4.txt"]
    assert names(app, virus_scan_status="infected", sort="filename") == ["1.txt", "3.txt", "4.txt"]
    assert names(app, virus_scan_status="infected", search="3") == ["3.txt"]
    assert names(app, virus_scan_status="clean", content_type="text/*") == ["2.txt", "0.txt"]
    assert names(app, virus_scan_status="infected", created_until="2026-01-02T03:04:09.678901Z") == ["1.txt"]


def test_files_are_filtered_by_owner_user_and_appointment(ann: App, olivia: App) -> None:
    user = ann.client.post("/api/v1/users/", json={"name": "Ada"}).json["data"]["id"]
    visit = ann.client.post("/api/v1/appointments/", json={"user_id": user, "title": "Visit"}).json["data"]["id"]
    ann.ready(filename="hers.txt", user_id=user)
    ann.ready(filename="visit.txt", appointment_id=visit)
    olivia.ready(filename="other.txt")
    assert names(olivia, owner="ann", sort="filename") == ["hers.txt", "visit.txt"]
    assert names(olivia, owner="ann", virus_scan_status="clean", user_id=user) == ["hers.txt"]
    assert names(olivia, appointment_id=visit) == ["visit.txt"]


def test_a_list_by_verdict_uses_its_index(app: App) -> None:
    executed: list[Any] = []
    event.listen(app.deps.db.engine, "before_cursor_execute", lambda *call: executed.append(call[2:4]))
    app.client.get(FILES, query_string={"virus_scan_status": "infected", "created_from": "2026-01-01T00:00:00Z"})
    [(statement, values)] = [each for each in executed if "ORDER BY" in each[0]]
    with app.deps.db.engine.connect() as connection:
        [plan] = list(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
    assert "USING INDEX ix_files_virus_scan_status_created_at_id" in plan.detail, plan


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"virus_scan_status": "odd"}, Like(r"\[virus_scan_status\] Must be one of: .*")),
        ({"appointment_id": "x"}, "[appointment_id] Not an id of this service."),
        ({"cursor": "%%"}, "[cursor] is not valid; use next_cursor of the page before"),
        ({"owner": "x" * 256}, "[owner] Longer than maximum length 255."),
        ({"detail": "a:b"}, Like(r"\[detail\] no policy indexes 'a'.*")),
    ],
)
def test_wrong_queries_are_refused(app: App, query: dict[str, str], reason: Any) -> None:
    answer = app.client.get(FILES, query_string=query)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_the_details_of_a_file_have_its_upload_job_parts_and_log(ann: App, olivia: App) -> None:
    opened = stored(ann)
    made = ann.client.get(f"{FILE}/{opened['file_id']}/links").json["data"]["items"]
    log = olivia.client.get("/api/v1/admin/audit", query_string={"target_id": opened["file_id"]}).json["data"]["items"]
    assert (len(made), [entry["action"] for entry in log]) == (1, ["link_created"])
    expected = {
        "file": admin_file(opened),
        "upload": {
            "upload_id": opened["upload_id"],
            "file_id": opened["file_id"],
            "filename": None,
            "path_name": None,
            "owner": "ann",
            "state": "completed",
            "size": len(BODY),
            "chunk_size": CHUNK,
            "content_type": None,
            "policy": "default",
            "grant_id": None,
            "created_at": A_TIME,
            "expires_at": A_TIME,
            "failure_reason": None,
        },
        "job": {
            "id": f"scan-{opened['file_id']}",
            "status": "finished",
            "enqueued_at": None,
            "started_at": None,
            "ended_at": None,
            "attempts": 1,
            "last_error": None,
        },
        "scan_due_at": None,
        "object": {"bucket": "longshore-private", "key": AN_ID, "etag": AN_ETAG, "version_id": None},
        "parts": [
            {"part_number": 1, "size": CHUNK, "etag": AN_ETAG, "checksum": None},
            {"part_number": 2, "size": 1, "etag": AN_ETAG, "checksum": None},
        ],
        "links": made,
        "audit": log,
        "unreachable": [],
    }
    assert olivia.client.get(f"{FILES}/{opened['file_id']}").json == success(expected)
    olivia.queue.down = True
    assert olivia.client.get(f"{FILES}/{opened['file_id']}").json == success(
        expected | {"job": None, "unreachable": ["redis"]}
    )


def test_the_detail_and_link_of_a_private_file_are_hidden(ann: App, olivia: App) -> None:
    file = ann.ready(credential={"pin": "1"}, detail={"secret": 1})
    found = olivia.client.get(f"{FILES}/{file['id']}").json["data"]["file"]
    assert (found["is_private"], found["detail"], found["download_url"]) == (True, None, None)


def test_unfinished_deleted_and_unknown_files_have_no_details(ann: App, olivia: App) -> None:
    opened, deleted = ann.init(size=5), ann.ready()["id"]
    ann.client.delete(f"{FILE}/{deleted}")
    for file_id, expected in {
        opened["file_id"]: (409, failure("file_not_ready")),
        deleted: (410, failure("file_gone")),
        UNKNOWN_ID: (404, failure("file_not_found")),
        "nonsense": (404, failure("file_not_found")),
    }.items():
        answer = olivia.client.get(f"{FILES}/{file_id}")
        assert (answer.status_code, answer.json) == expected


def test_without_the_database_the_list_is_unavailable(app: App) -> None:
    answer = app.without_database().client.get(FILES)
    assert (answer.status_code, answer.json) == (503, failure("database_unavailable"))
