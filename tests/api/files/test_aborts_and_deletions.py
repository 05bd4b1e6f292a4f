"""Aborting uploads and deleting files: remaining rows and objects, and refusals."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from service.db.models import File, PendingDeletion, Upload
from tests.support.files.credentials import CREDENTIAL, HEADER
from tests.support.matchers import failure, success
from tests.support.service_under_test import FILE, App

UNKNOWN_ID = "3f0e8a52-0000-4000-8000-000000000000"


def names(answer: Any) -> list[str]:
    return [item["filename"] for item in answer.json["data"]["items"]]


def test_a_repeated_abort_returns_the_same_response(app: App) -> None:
    upload_id = app.send()["upload_id"]
    for _ in range(2):
        answer = app.client.delete(f"{FILE}/upload/{upload_id}")
        assert answer.json == success({"upload_id": upload_id, "stage": "aborted"})
    assert "Uploads" not in app.s3.list_multipart_uploads(Bucket="longshore-private")
    assert app.count(PendingDeletion) == 0


def test_a_completed_or_unknown_upload_cannot_be_aborted(app: App) -> None:
    file = app.upload()
    answer = app.client.delete(f"{FILE}/upload/{file['upload_id']}")
    assert (answer.status_code, answer.json) == (409, failure("upload_completed"))
    answer = app.client.delete(f"{FILE}/upload/{UNKNOWN_ID}")
    assert answer.status_code == 404
    assert answer.json == failure("upload_not_found", f"[upload_id] no upload has the id {UNKNOWN_ID!r}")


@pytest.mark.parametrize("scanned", [True, False])
def test_delete_removes_the_file_and_its_object(app: App, scanned: bool) -> None:
    file = app.ready() if scanned else app.upload()
    link = app.get(file["id"]).json["data"]["download_url"]
    assert link is None or requests.get(link, timeout=10).content == b"hello"
    assert app.client.delete(f"{FILE}/{file['id']}").json == success({"id": file["id"]})
    again = app.client.delete(f"{FILE}/{file['id']}")
    assert (again.status_code, again.json) == (404, failure("file_not_found"))
    assert names(app.client.get(f"{FILE}/all")) == []
    assert (link is not None) is scanned
    assert link is None or not requests.get(link, timeout=10).ok
    assert (app.keys("longshore-private"), app.keys("longshore-public")) == ([], [])
    assert (app.count(File), app.count(Upload)) == (0, 0)


def test_a_private_file_is_deleted_only_with_its_credential(app: App) -> None:
    file = app.upload(credential=CREDENTIAL)
    assert app.client.delete(f"{FILE}/{file['id']}").json == failure("wrong_credential")
    assert (len(app.keys("longshore-private")), app.count(File)) == (1, 1)
    assert app.client.delete(f"{FILE}/{file['id']}", headers=HEADER).json == success({"id": file["id"]})
    assert (app.keys("longshore-private"), app.count(File)) == ([], 0)
