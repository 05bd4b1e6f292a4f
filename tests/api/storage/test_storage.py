"""The storage class against moto and against replies that are hard to get for real."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import EndpointConnectionError, ResponseStreamingError
from botocore.parsers import ResponseParserError
from botocore.response import StreamingBody

from service.errors import StorageRefusedError, StorageUnavailableError
from service.storage.client import make_client
from service.storage.replies import NotThereError, ObjectChangedError, PartsRefusedError
from service.storage.s3 import Storage
from service.values import Location, MultipartPlace, NewMultipart, StoredPart
from tests.support.service_under_test import CHUNK, App
from tests.support.storage.replies import AT, answer
from tests.support.storage.strange_answers import Strange, answering


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (answer("NoSuchUpload", 404), NotThereError),
        (answer("NoSuchKey", 404), NotThereError),
        (answer("NoSuchBucket", 404), StorageRefusedError),
        (answer("AccessDenied", 403), StorageRefusedError),
        (answer("PreconditionFailed", 412), StorageRefusedError),
        (answer("NotImplemented", 501), StorageRefusedError),
        (answer("405", 405), StorageRefusedError),
        (answer("AccessDenied", 501), StorageUnavailableError),
        (answer("EntityTooLarge", 500), StorageRefusedError),
        (answer("InternalError", 500), StorageUnavailableError),
        (answer("500", 500), StorageUnavailableError),
        (answer("SlowDown", 503), StorageUnavailableError),
        (answer("RequestTimeout", 400), StorageUnavailableError),
        (answer("XMinioStorageFull", 507), StorageUnavailableError),
        (answer("404", 404), StorageUnavailableError),
        (answer("", 404), StorageUnavailableError),
        (answer("403", 403), StorageUnavailableError),
        (ResponseParserError("no XML"), StorageUnavailableError),
        (EndpointConnectionError(endpoint_url="http://x"), StorageUnavailableError),
    ],
)
def test_each_error_of_storage_raises_the_matching_exception(
    storage: Storage, error: Exception, ours: type[Exception]
) -> None:
    with patch.object(storage._s3, "list_parts", side_effect=error), pytest.raises(ours):
        storage.list_parts(AT, "id")


PAGES = {
    "an empty page": (200, b""),
    "a page": (200, b"<!doctype html><html><p>Welcome & enjoy<br>"),
    "a well-formed page": (200, b"<html><body>Welcome</body></html>"),
    "foreign XML": (200, b'<?xml version="1.0"?><!-- no Result --><status>ok</status>'),
    "another operation's answer": (200, b"<ListBucketResult></ListBucketResult>"),
    "an error inside of a success": (200, b"<Error><Code>InternalError</Code></Error>"),
    "a 404 in text": (404, b"404 page not found"),
    "a 404 page": (404, b"<html><body>NoSuchUpload</body></html>"),
}


@pytest.mark.parametrize("page", PAGES)
def test_an_answer_not_from_an_s3_server_counts_as_storage_down(app: App, storage: Storage, page: str) -> None:
    storage_id = storage.create_upload(NewMultipart(AT, "ours"))
    asks: dict[str, Callable[[], object]] = {
        "ListParts": lambda: storage.list_parts(AT, storage_id),
        "CompleteMultipartUpload": lambda: storage.complete_upload(AT, storage_id, [], None),
        "CreateMultipartUpload": lambda: storage.create_upload(NewMultipart(AT, "ours")),
        "DeleteObjects": lambda: storage.delete(AT.bucket, ["key"]),
        "ListMultipartUploads": lambda: storage.open_uploads(AT.bucket),
    }
    for operation, ask in asks.items():
        with answering(app, operation, Strange(*PAGES[page]), done=False), pytest.raises(StorageUnavailableError):
            ask()
    with answering(app, "AbortMultipartUpload", Strange(*PAGES[page]), done=False):
        with suppress(StorageUnavailableError):
            assert storage.abort_upload(AT, storage_id) is False


@pytest.mark.parametrize("code", ["InvalidPart", "InvalidPartOrder", "EntityTooSmall"])
def test_refused_parts_raise_an_error_with_the_code_of_storage(storage: Storage, code: str) -> None:
    with patch.object(storage._s3, "complete_multipart_upload", side_effect=answer(code)):
        with pytest.raises(PartsRefusedError, match=code):
            storage.complete_upload(AT, "id", [], None)


def test_the_parts_of_all_pages_are_listed(storage: Storage) -> None:
    pages = [
        {
            "Parts": [{"PartNumber": number, "Size": 1, "ETag": '"e"'} for number in range(start, start + 1000)],
            "IsTruncated": start < 9001,
            "NextPartNumberMarker": start + 999,
        }
        for start in range(1, 10_001, 1000)
    ]
    with patch.object(storage._s3, "list_parts", side_effect=pages) as called:
        parts = storage.list_parts(AT, "id")
    assert ([part.part_number for part in parts], called.call_count) == (list(range(1, 10_001)), 10)


def test_a_page_without_progress_ends_the_list(storage: Storage) -> None:
    page = {"Parts": [], "IsTruncated": True, "NextPartNumberMarker": 0}
    with patch.object(storage._s3, "list_parts", return_value=page):
        assert storage.list_parts(AT, "id") == []


def test_a_part_that_is_listed_several_times_counts_once(storage: Storage) -> None:
    """As SeaweedFS does it: each time that it was sent, and again at the beginning of the next page."""

    def part(number: int, second: int) -> dict[str, Any]:
        stored = datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
        return {"PartNumber": number, "Size": second, "ETag": "e", "LastModified": stored}

    pages = [
        {"Parts": [part(1, 2), part(1, 3), part(1, 1), part(2, 1)], "IsTruncated": True, "NextPartNumberMarker": 2},
        {"Parts": [part(2, 1), part(2, 4), part(3, 1)], "IsTruncated": False},
    ]
    with patch.object(storage._s3, "list_parts", side_effect=pages):
        assert storage.list_parts(AT, "id") == [StoredPart(1, 3, "e"), StoredPart(2, 4, "e"), StoredPart(3, 1, "e")]


def test_a_part_with_an_unknown_latest_version_counts_as_missing(storage: Storage) -> None:
    """Until it is sent again: then that is the newest."""
    same = datetime(2026, 1, 1, tzinfo=UTC)
    page = [{"PartNumber": 1, "Size": 1, "ETag": etag, "LastModified": same} for etag in ("a", "b")]
    later = {"PartNumber": 1, "Size": 1, "ETag": "c", "LastModified": datetime(2026, 1, 2, tzinfo=UTC)}
    replies = [{"Parts": parts, "IsTruncated": False} for parts in (page, [*page, later], [later, *page])]
    with patch.object(storage._s3, "list_parts", side_effect=replies):
        found = [storage.list_parts(AT, "id") for _ in replies]
    assert found == [[], [StoredPart(1, 1, "c")], [StoredPart(1, 1, "c")]]


def test_checksums_are_reported(storage: Storage) -> None:
    page = {"Parts": [{"PartNumber": 1, "Size": 1, "ETag": "e", "ChecksumSHA256": "abc="}], "IsTruncated": False}
    with patch.object(storage._s3, "list_parts", return_value=page):
        assert storage.list_parts(AT, "id") == [StoredPart(1, 1, "e", "abc=")]
    reply: Any = {"ContentLength": 1, "ETag": "e", "Metadata": {}, "ChecksumCRC32": "x=="}
    with patch.object(storage._s3, "head_object", return_value=reply):
        head = storage.head(AT)
    assert head is not None
    assert head.checksum == "CRC32:x=="


def test_reading_returns_the_object_and_no_other(app: App, storage: Storage) -> None:
    body = b"x" * (CHUNK + 1)
    etag = app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=body)["ETag"]
    assert b"".join(storage.read(AT, etag)) == body
    for wrong in (Location(AT.bucket, "nope"), AT):
        with pytest.raises(ObjectChangedError):
            list(storage.read(wrong, '"00000000000000000000000000000000"'))


@pytest.mark.parametrize("version_id", [None, "v1"])
def test_an_object_with_another_etag_is_not_read(storage: Storage, version_id: str | None) -> None:
    """The server may ignore If-Match; it is not sent with a version, as SeaweedFS compares it with the latest one."""
    reply = {"ETag": '"another"', "Body": StreamingBody(BytesIO(b"x"), 1)}
    with patch.object(storage._patient, "get_object", return_value=reply) as called, pytest.raises(ObjectChangedError):
        list(storage.read(Location("bucket", "key", version_id), '"etag"'))
    condition = {"IfMatch": '"etag"'} if version_id is None else {"VersionId": version_id}
    assert called.call_args.kwargs == {"Bucket": "bucket", "Key": "key", **condition}


@pytest.mark.parametrize(("version_id", "found"), [("v1", True), (None, False)])
def test_a_version_id_of_another_store_counts_as_missing(storage: Storage, version_id: str | None, found: bool) -> None:
    """The answer to a HEAD has no body with the error's code, so a GET follows."""
    heads = patch.object(storage._s3, "head_object", side_effect=answer("400"))
    with heads, patch.object(storage._s3, "get_object", side_effect=answer("InvalidArgument")):
        if found:
            assert storage.head(Location("bucket", "key", version_id)) is None
        else:
            with pytest.raises(StorageRefusedError):
                storage.head(Location("bucket", "key", version_id))


def test_an_answer_without_an_etag_counts_as_storage_down(storage: Storage) -> None:
    """An empty page with status 200, as proxies send it."""
    for reply in ({"ContentLength": 0, "Metadata": {}}, {"ETag": '"e"', "Metadata": {}}):
        with patch.object(storage._s3, "head_object", return_value=reply), pytest.raises(StorageUnavailableError):
            storage.head(AT)
    page = {"Body": StreamingBody(BytesIO(b"<html>"), 6)}
    with patch.object(storage._patient, "get_object", return_value=page), pytest.raises(StorageUnavailableError):
        list(storage.read(AT, '"etag"'))


def test_an_object_is_missing_only_with_the_error_code_of_s3(app: App, storage: Storage) -> None:
    """A bare 404 may be a proxy's; an object that one HEAD misses is found by the next one."""
    missed = answer("404", 404)
    with patch.object(storage._s3, "head_object", side_effect=missed):
        assert storage.head(AT) is None
        for unclear in (missed, EndpointConnectionError(endpoint_url="http://x")):
            with patch.object(storage._s3, "get_object", side_effect=unclear), pytest.raises(StorageUnavailableError):
                storage.head(AT)
    for body in (b"x", b""):
        app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=body)
        head = storage._s3.head_object
        with patch.object(storage._s3, "head_object", side_effect=[missed, head(Bucket=AT.bucket, Key=AT.object_key)]):
            found = storage.head(AT)
        assert found is not None
        assert found.size == len(body)
        with patch.object(storage._s3, "head_object", side_effect=missed), pytest.raises(StorageUnavailableError):
            storage.head(AT)


def test_a_head_is_repeated_without_checksums_if_storage_refuses_them(app: App, storage: Storage) -> None:
    """As Backblaze B2 does; checksums are tried again only once in a while."""
    app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=b"x")
    head = storage._s3.head_object

    def refuse_the_mode(**wish: Any) -> Any:
        if "ChecksumMode" in wish:
            raise answer("400")
        return head(**wish)

    with patch.object(storage._s3, "head_object", side_effect=refuse_the_mode) as called:
        assert [found and found.size for found in (storage.head(AT), storage.head(AT))] == [1, 1]
    assert called.call_count == 3


def test_another_refused_head_does_not_turn_off_checksums(app: App, storage: Storage) -> None:
    app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=b"x")
    with patch.object(storage._s3, "head_object", side_effect=answer("400")), pytest.raises(StorageRefusedError):
        storage.head(AT)
    with patch.object(storage._s3, "head_object", wraps=storage._s3.head_object) as called:
        storage.head(AT)
    assert called.call_args.kwargs["ChecksumMode"] == "ENABLED"


def test_an_object_is_found_in_the_list_by_its_whole_key(app: App, storage: Storage) -> None:
    etag = app.s3.put_object(Bucket=AT.bucket, Key=f"{AT.object_key}-longer", Body=b"x")["ETag"]
    assert storage.listed(AT) is None
    found = storage.listed(Location(AT.bucket, f"{AT.object_key}-longer"))
    assert found is not None
    assert (found.size, found.etag) == (1, etag)


def test_a_broken_connection_while_reading_counts_as_storage_down(app: App, storage: Storage) -> None:
    etag = app.s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=b"x")["ETag"]
    broken = ResponseStreamingError(error="broken")
    with patch("botocore.response.StreamingBody.iter_chunks", side_effect=broken):
        with pytest.raises(StorageUnavailableError):
            list(storage.read(AT, etag))


def test_an_abort_is_done_when_storage_confirms_it(app: App, storage: Storage) -> None:
    storage_id = storage.create_upload(NewMultipart(AT, "ours"))
    with patch.object(storage._s3, "abort_multipart_upload"):
        assert storage.abort_upload(AT, storage_id) is False
    assert storage.abort_upload(AT, storage_id) is True
    assert storage.abort_upload(AT, storage_id) is True


def test_an_abort_that_leaves_parts_is_not_done(storage: Storage) -> None:
    """A part that was on its way survived it; the list of open uploads does not show the upload any more."""
    part = {"PartNumber": 1, "Size": 5, "ETag": '"e"'}
    with (
        patch.object(storage._s3, "abort_multipart_upload"),
        patch.object(storage._s3, "list_parts", return_value={"Parts": [part], "IsTruncated": False}),
        patch.object(storage._s3, "list_multipart_uploads", return_value={}),
    ):
        assert storage.abort_upload(AT, "id") is False


def test_an_abort_is_done_when_the_list_no_longer_has_the_upload(storage: Storage) -> None:
    """SeaweedFS lists no parts of an aborted upload instead of an error, and its open uploads have no age."""
    nothing: dict[str, Any] = {"IsTruncated": False}
    still: dict[str, Any] = {"Uploads": [{"Key": AT.object_key, "UploadId": "id"}]}
    with (
        patch.object(storage._s3, "abort_multipart_upload"),
        patch.object(storage._s3, "list_parts", return_value=nothing),
        patch.object(storage._s3, "list_multipart_uploads", side_effect=[still, nothing]),
    ):
        assert [storage.abort_upload(AT, "id") for _ in range(2)] == [False, True]


@pytest.mark.parametrize("limit", [2, 5, 1000])
def test_open_uploads_are_listed_page_by_page(storage: Storage, limit: int) -> None:
    """Here by a server that ignores the requested page, like MinIO."""
    keys = sorted(f"key-{number // 2}" for number in range(5))
    wanted = {(key, storage.create_upload(NewMultipart(Location(AT.bucket, key), "ours"))) for key in keys}
    found, after, calls = set(), None, 0
    while calls == 0 or after:
        listed, after = storage.multiparts_after(AT.bucket, after, limit)
        assert len(listed) <= limit
        found |= {(up.object_key, up.storage_upload_id) for up in listed}
        calls += 1
    assert found == wanted
    assert all(up.initiated_at and up.initiated_at.tzinfo for up in listed)


def test_the_list_of_open_uploads_continues_at_storages_position(storage: Storage) -> None:
    reply = {"IsTruncated": True, "NextKeyMarker": "b", "NextUploadIdMarker": "2", "Uploads": []}
    with patch.object(storage._s3, "list_multipart_uploads", return_value=reply) as called:
        assert storage.multiparts_after(AT.bucket, MultipartPlace("a", "1"), 10) == ([], MultipartPlace("b", "2"))
        # a page without progress would be requested for ever
        assert storage.multiparts_after(AT.bucket, MultipartPlace("b", "2"), 10) == ([], None)
    where = {"KeyMarker": "a", "UploadIdMarker": "1", "MaxUploads": 10, "Bucket": AT.bucket}
    assert called.call_args_list[0].kwargs == where


def test_objects_are_listed_page_by_page(app: App, storage: Storage) -> None:
    for number in range(5):
        app.s3.put_object(Bucket=AT.bucket, Key=f"key {number}+ü", Body=b"x" * number)
    first, after = storage.objects_after(AT.bucket, None, 3)
    second, end = storage.objects_after(AT.bucket, after, 3)
    assert (after, end) == ("key 2+ü", None)
    assert [(each.object_key, each.size) for each in first + second] == [(f"key {at}+ü", at) for at in range(5)]
    assert all(each.modified_at.tzinfo for each in first)
    assert storage.objects_after("longshore-public", None, 3) == ([], None)


def test_buckets_are_made_once(storage: Storage) -> None:
    assert [storage.ensure_bucket("another") for _ in range(2)] == [True, False]


def test_a_bucket_is_missing_only_with_the_error_code_of_s3(storage: Storage) -> None:
    with patch.object(storage._s3, "head_bucket", side_effect=answer("404", 404)):
        with patch.object(storage._s3, "list_objects_v2", side_effect=answer("404", 404)):
            with pytest.raises(StorageUnavailableError):
                storage.ensure_bucket(AT.bucket)


def test_a_bucket_is_created_in_the_configured_region(app: App) -> None:
    """AWS requires its name, except for us-east-1."""
    endpoint = "https://s3.eu-central-1.amazonaws.com"
    client = make_client(replace(app.deps.settings, s3_region="eu-central-1"), endpoint)
    assert [Storage(client).ensure_bucket("of-frankfurt") for _ in range(2)] == [True, False]
    assert client.get_bucket_location(Bucket="of-frankfurt")["LocationConstraint"] == "eu-central-1"


def test_a_bucket_that_storage_refuses_is_not_tried_again(storage: Storage) -> None:
    with patch.object(storage._s3, "create_bucket", side_effect=answer("InvalidBucketName")) as called:
        with pytest.raises(StorageRefusedError):
            storage.ensure_bucket("another")
    assert called.call_count == 1


def test_a_bucket_of_another_account_is_refused(storage: Storage) -> None:
    storage_answers = {"head_bucket": answer("403", 403), "list_objects_v2": answer("AccessDenied", 403)}
    with ExitStack() as patches:
        for call, refusal in storage_answers.items():
            patches.enter_context(patch.object(storage._s3, call, side_effect=refusal))
        with pytest.raises(StorageRefusedError):
            storage.ensure_bucket("taken")


def test_allow_origins_reports_whether_storage_supports_cors(app: App, storage: Storage) -> None:
    assert storage.allow_origins(AT.bucket, ("http://a",)) is True
    rules = app.s3.get_bucket_cors(Bucket=AT.bucket)["CORSRules"]
    assert rules[0]["AllowedOrigins"] == ["http://a"]
    with patch.object(storage._s3, "put_bucket_cors", side_effect=answer("NotImplemented", 501)):
        assert storage.allow_origins(AT.bucket, ("http://a",)) is False
