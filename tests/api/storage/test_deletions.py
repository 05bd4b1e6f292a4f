"""Deletions of objects in storage: refused ones, and stores without DeleteObjects."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import EndpointConnectionError

from service.errors import StorageRefusedError
from service.storage.s3 import Storage
from tests.support.service_under_test import App
from tests.support.storage.replies import AT, answer


def test_deleting_a_missing_object_is_no_error(app: App, storage: Storage) -> None:
    assert storage.delete(AT.bucket, ["nope"]) == {}


def test_delete_returns_the_errors_that_storage_reports(storage: Storage) -> None:
    reply = {"Errors": [{"Key": "a", "Code": "AccessDenied", "Message": "no"}, {"Key": "b", "Code": "NoSuchKey"}]}
    with patch.object(storage._s3, "delete_objects", return_value=reply):
        assert storage.delete(AT.bucket, ["a", "b"]) == {"a": "AccessDenied: no"}


def test_deletions_carry_the_md5_that_some_stores_require(app: App, storage: Storage) -> None:
    """They do not carry the CRC32 that botocore would send, which Backblaze B2 refuses."""
    sent: list[dict[str, str]] = []

    def note(request: Any, **_rest: Any) -> None:
        sent.append({name.lower(): str(text) for name, text in request.headers.items()})

    storage._s3.meta.events.register("before-send.s3.DeleteObjects", note)
    app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=b"x")
    assert storage.delete(AT.bucket, [AT.object_key]) == {}
    assert app.keys(AT.bucket) == []
    assert "content-md5" in sent[0]
    assert "content-md5" in sent[0]["authorization"]
    assert not [name for name in sent[0] if "crc" in name or "checksum" in name]


@pytest.mark.parametrize("code", ["MissingContentMD5", "NotImplemented", "InvalidArgument"])
def test_without_delete_objects_keys_are_deleted_one_by_one(app: App, storage: Storage, code: str) -> None:
    for key in ("a", "b"):
        app.s3.put_object(Bucket=AT.bucket, Key=key, Body=b"x")
    with patch.object(storage._s3, "delete_objects", side_effect=answer(code)):
        assert storage.delete(AT.bucket, ["a", "b", "nope"]) == {}
        assert app.keys(AT.bucket) == []
        with patch.object(storage._s3, "delete_object", side_effect=answer("AccessDenied", 403)):
            assert storage.delete(AT.bucket, ["a"]) == {"a": "AccessDenied"}
        page = {"ResponseMetadata": {"HTTPStatusCode": 200}}
        with patch.object(storage._s3, "delete_object", return_value=page):
            assert storage.delete(AT.bucket, ["a"]) == {"a": "the answer is not from an S3 server"}


@pytest.mark.parametrize(("missed", "kept"), [({"b"}, "b"), ({"a", "c"}, "ac"), (set("abcd"), "abcde")])
def test_a_deletion_without_an_answer_does_not_stop_the_others(
    app: App, storage: Storage, missed: set[str], kept: str
) -> None:
    """After three of them storage counts as down, and the remaining keys are not tried."""
    for key in "abcde":
        app.s3.put_object(Bucket=AT.bucket, Key=key, Body=b"x")
    delete = storage._s3.delete_object

    def one(**wish: str) -> Any:
        if wish["Key"] in missed:
            raise EndpointConnectionError(endpoint_url="https://s3.example")
        return delete(**wish)

    with patch.object(storage._s3, "delete_objects", side_effect=answer("NotImplemented")):
        with patch.object(storage._s3, "delete_object", side_effect=one) as called:
            assert storage.delete(AT.bucket, list("abcde")) == dict.fromkeys(kept, "storage_unavailable")
    assert (app.keys(AT.bucket), called.call_count) == (list(kept), 3 if len(missed) > 2 else 5)


def test_a_refused_deletion_is_not_repeated_key_by_key(storage: Storage) -> None:
    with patch.object(storage._s3, "delete_objects", side_effect=answer("AccessDenied", 403)):
        with patch.object(storage._s3, "delete_object") as called, pytest.raises(StorageRefusedError):
            storage.delete(AT.bucket, ["a"])
    called.assert_not_called()
