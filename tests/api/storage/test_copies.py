"""Copies of objects inside storage, whole and in parts, and the cleanup of failed ones."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import EndpointConnectionError

from service.errors import StorageUnavailableError
from service.storage.replies import ObjectChangedError
from service.storage.s3 import COPY_PART_SIZE, Storage
from service.values import Location
from tests.support.service_under_test import CHUNK, App
from tests.support.storage.replies import AT, TO, answer


def test_a_copy_of_a_changed_or_missing_object_is_refused(app: App, storage: Storage) -> None:
    with patch.object(storage._s3, "copy_object", side_effect=answer("PreconditionFailed", 412)) as copied:
        with pytest.raises(ObjectChangedError):
            storage.copy(AT, '"etag"', 1, TO, {})
    assert copied.call_args.kwargs["CopySourceIfMatch"] == '"etag"'
    with pytest.raises(ObjectChangedError):
        storage.copy(Location(AT.bucket, "nope"), "e", 1, TO, {})


def test_a_copy_of_a_changed_object_is_deleted(app: App, storage: Storage) -> None:
    """moto copies any object."""
    before = app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=b"before")["ETag"]
    app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=b"after")

    with pytest.raises(ObjectChangedError):
        storage.copy(AT, before, len(b"before"), TO, {})
    assert storage.head(TO) is None


def test_a_copy_stays_when_another_worker_has_removed_the_original(app: App, storage: Storage) -> None:
    etag = app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=b"x")["ETag"]

    def remove(**_rest: Any) -> None:
        app.s3.delete_object(Bucket=AT.bucket, Key=AT.object_key)

    storage._s3.meta.events.register("after-call.s3.CopyObject", remove)
    storage.copy(AT, etag, 1, TO, {})
    assert (storage.head(AT), storage.head(TO) is not None) == (None, True)


def test_a_large_object_is_copied_in_parts(app: App, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    body = bytes(range(256)) * (11 * CHUNK // 256 // 4)
    etag = app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=body)["ETag"]
    monkeypatch.setattr("service.storage.s3.COPY_PART_SIZE", CHUNK)
    storage.copy(AT, etag, len(body), TO, {"ContentType": "image/png"})
    copied = app.s3.get_object(Bucket=TO.bucket, Key=TO.object_key)
    assert (copied["Body"].read() == body, copied["ContentType"], copied["ETag"][-3:]) == (True, "image/png", '-3"')


def test_a_copy_in_parts_that_fails_leaves_nothing(app: App, storage: Storage) -> None:
    etag = app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=b"x")["ETag"]
    with patch.object(storage._s3, "upload_part_copy", side_effect=answer("SlowDown")):
        with pytest.raises(StorageUnavailableError):
            storage.copy(AT, etag, COPY_PART_SIZE + 1, TO, {})
    assert "Uploads" not in app.s3.list_multipart_uploads(Bucket=TO.bucket)


@pytest.mark.parametrize("lost", [answer("NoSuchUpload", 404), EndpointConnectionError(endpoint_url="http://x")])
def test_a_copy_in_parts_whose_last_answer_is_lost_is_found(
    app: App, storage: Storage, monkeypatch: pytest.MonkeyPatch, lost: Exception
) -> None:
    body = bytes(CHUNK + 1)
    etag = app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=body)["ETag"]
    monkeypatch.setattr("service.storage.s3.COPY_PART_SIZE", CHUNK)
    complete = storage._s3.complete_multipart_upload

    def complete_and_lose_the_answer(**wish: Any) -> Any:
        complete(**wish)
        raise lost

    with patch.object(storage._s3, "complete_multipart_upload", complete_and_lose_the_answer):
        made = storage.copy(AT, etag, len(body), TO, {"Metadata": {"kept": "1"}})
    found = storage.head(TO)
    assert found is not None
    assert (found.etag, found.size, found.metadata["kept"]) == (made, len(body), "1")


def test_a_copy_that_another_worker_aborted_counts_as_storage_down(
    app: App, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older object at the target is not taken for the copy."""
    body = bytes(CHUNK + 1)
    etag = app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=body)["ETag"]
    app.s3.put_object(Bucket=TO.bucket, Key=TO.object_key, Body=bytes(CHUNK + 1))
    monkeypatch.setattr("service.storage.s3.COPY_PART_SIZE", CHUNK)
    for call in ("upload_part_copy", "complete_multipart_upload"):
        with patch.object(storage._s3, call, side_effect=answer("NoSuchUpload", 404)):
            with pytest.raises(StorageUnavailableError):
                storage.copy(AT, etag, len(body), TO, {})


def test_a_copy_in_parts_aborts_the_upload_that_a_crash_left_open(
    app: App, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = bytes(CHUNK + 1)
    etag = app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=body)["ETag"]
    others = Location(TO.bucket, f"{TO.object_key}-too")
    for place in (TO, others):
        app.s3.create_multipart_upload(Bucket=place.bucket, Key=place.object_key)
    monkeypatch.setattr("service.storage.s3.COPY_PART_SIZE", CHUNK)
    storage.copy(AT, etag, len(body), TO, {})
    assert [up.object_key for up in storage.open_uploads(TO.bucket)] == [others.object_key]
