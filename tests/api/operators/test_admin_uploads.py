"""The operators' list of open uploads over HTTP: whole payloads, every filter, page by page, and wrong queries."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import update

from service.db.models import Upload
from service.db.statements.lists import paging
from tests.support.login import login
from tests.support.matchers import A_TIME, Like, failure, success
from tests.support.service_under_test import CHUNK, App

UPLOADS = "/api/v1/admin/uploads"


@pytest.fixture
def opened(app: App) -> list[dict[str, Any]]:
    """Three uploads of ann and one of bob; the third one is being completed, the last one was started by a policy."""
    secured = app.with_settings(login="on")
    ann, bob = login(secured, "ann"), login(secured, "bob")
    made = []
    for number, who in enumerate((ann, bob, ann, ann)):
        app.clock.forward(1)
        made.append(who.init(size=number + 1, filename=f"{number}.txt", content_type="text/plain", path_name="a/b"))
    with app.deps.db.write() as session:
        session.execute(update(Upload).where(Upload.id == made[2]["upload_id"]).values(state="completing"))
        session.execute(update(Upload).where(Upload.id == made[3]["upload_id"]).values(policy="avatars"))
    return made


def names(app: App, limit: int, **query: Any) -> list[str]:
    """The names on all pages."""
    found, cursor = [], None
    while True:
        parameters = {"limit": limit, **query} | ({"cursor": cursor} if cursor else {})
        page = app.client.get(UPLOADS, query_string=parameters).json["data"]
        assert len(page["items"]) <= limit
        found += [item["filename"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_an_open_upload_is_listed_with_all_fields(opened: list[dict[str, Any]], olivia: App) -> None:
    expected = {
        "upload_id": opened[1]["upload_id"],
        "file_id": opened[1]["file_id"],
        "filename": "1.txt",
        "path_name": "a/b",
        "owner": "bob",
        "state": "uploading",
        "size": 2,
        "chunk_size": CHUNK,
        "content_type": "text/plain",
        "policy": "default",
        "grant_id": None,
        "created_at": A_TIME,
        "expires_at": opened[1]["expires_at"],
        "failure_reason": None,
    }
    page = olivia.client.get(UPLOADS, query_string={"owner": "bob"}).json
    assert page == success({"items": [expected], "next_cursor": None})


@pytest.mark.parametrize("window", [1, 5000])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["2.txt", "3.txt", "1.txt", "0.txt"]),
        ({"state": "uploading"}, ["3.txt", "1.txt", "0.txt"]),
        ({"state": "completing"}, ["2.txt"]),
        ({"owner": "ann"}, ["2.txt", "3.txt", "0.txt"]),
        ({"policy": "default"}, ["2.txt", "1.txt", "0.txt"]),
        ({"policy": "avatars", "owner": "ann"}, ["3.txt"]),
        ({"owner": "nobody"}, []),
    ],
)
def test_open_uploads_are_filtered_and_listed_page_by_page(
    opened: list[dict[str, Any]], olivia: App, query: dict[str, str], expected: list[str], window: int
) -> None:
    with patch.object(paging, "WINDOW", window):
        for limit in (1, 2, 3, 10):
            assert names(olivia, limit, **query) == expected


def test_an_ended_upload_is_not_listed(opened: list[dict[str, Any]], olivia: App) -> None:
    assert olivia.client.delete(f"/api/v1/file/upload/{opened[0]['upload_id']}").status_code == 200
    assert names(olivia, 10) == ["2.txt", "3.txt", "1.txt"]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"state": "completed"}, "[state] Must be one of: uploading, completing."),
        ({"owner": "x" * 256}, "[owner] Longer than maximum length 255."),
        ({"limit": "0"}, Like(r"\[limit\] Must be .*")),
        ({"cursor": "completed."}, "[cursor] is not valid; use next_cursor of the page before"),
        ({"cursor": "uploading.x"}, "[cursor] is not valid; use next_cursor of the page before"),
        ({"cursor": "completing.", "state": "uploading"}, "[cursor] is not valid; use next_cursor of the page before"),
    ],
)
def test_wrong_queries_are_refused(app: App, query: dict[str, str], reason: Any) -> None:
    answer = app.client.get(UPLOADS, query_string=query)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))
