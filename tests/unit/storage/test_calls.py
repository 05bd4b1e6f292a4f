"""The exact calls of each verb of `Storage` to S3, and its result for each answer."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from service.errors import StorageRefusedError
from service.storage.replies import error_code
from service.storage.s3 import UPLOAD_ID_METADATA, Storage
from service.values import ListedObject, Location, MultipartPlace, NewMultipart, OpenMultipart, StoredObject, StoredPart
from tests.support.storage.recorder import AT, HEAD, PLACE, Recorder, answering_storage, refusal

THEN = datetime(2026, 1, 2, tzinfo=UTC)
UP = {"Key": "a-key", "UploadId": "s", "Initiated": THEN}
PARTS = [StoredPart(1, 5, '"one"', "c1"), StoredPart(2, 1, '"two"')]
CREATED = {"ContentType": "application/octet-stream"}
PART_LIST = {**PLACE, "UploadId": "s", "MaxParts": 1000}
ABORT = ("abort_multipart_upload", {**PLACE, "UploadId": "s"})
OPEN = ("list_multipart_uploads", {"Bucket": "private", "Prefix": "a-key", "MaxUploads": 1000})
NO_PARTS = ("list_parts", {**PART_LIST, "PartNumberMarker": 0})


def one_part(number: int) -> dict[str, Any]:
    return {"PartNumber": number, "Size": number, "ETag": f'"{number}"', "LastModified": THEN}


CALLS: dict[str, tuple[Any, list[Any], list[tuple[str, dict[str, Any]]], Any]] = {
    "open an upload": (
        lambda storage: storage.create_upload(NewMultipart(AT, "ours", "SHA256", {"more": "m"})),
        [{"UploadId": "s"}],
        [
            (
                "create_multipart_upload",
                PLACE
                | CREATED
                | {"Metadata": {UPLOAD_ID_METADATA: "ours", "more": "m"}, "ChecksumAlgorithm": "SHA256"},
            )
        ],
        "s",
    ),
    "open an upload without checksums": (
        lambda storage: storage.create_upload(NewMultipart(AT, "ours")),
        [{"UploadId": "s"}],
        [("create_multipart_upload", PLACE | CREATED | {"Metadata": {UPLOAD_ID_METADATA: "ours"}})],
        "s",
    ),
    "list parts": (
        lambda storage: storage.list_parts(AT, "s"),
        [
            {"Parts": [one_part(2), one_part(1)], "IsTruncated": True, "NextPartNumberMarker": 2},
            {"Parts": [one_part(3) | {"ChecksumCRC32": "c"}], "IsTruncated": False},
        ],
        [NO_PARTS, ("list_parts", {**PART_LIST, "PartNumberMarker": 2})],
        [StoredPart(1, 1, '"1"'), StoredPart(2, 2, '"2"'), StoredPart(3, 3, '"3"', "c")],
    ),
    "complete": (
        lambda storage: storage.complete_upload(AT, "s", PARTS, "SHA256"),
        [{}],
        [
            (
                "complete_multipart_upload",
                PLACE
                | {
                    "UploadId": "s",
                    "MultipartUpload": {
                        "Parts": [
                            {"PartNumber": 1, "ETag": '"one"', "ChecksumSHA256": "c1"},
                            {"PartNumber": 2, "ETag": '"two"'},
                        ]
                    },
                },
            )
        ],
        None,
    ),
    "complete without checksums": (
        lambda storage: storage.complete_upload(AT, "s", PARTS[:1], None),
        [{}],
        [
            (
                "complete_multipart_upload",
                PLACE | {"UploadId": "s", "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": '"one"'}]}},
            )
        ],
        None,
    ),
    "abort": (lambda storage: storage.abort_upload(AT, "s"), [{}, {}, {"Uploads": []}], [ABORT, NO_PARTS, OPEN], True),
    "abort what stays open": (
        lambda storage: storage.abort_upload(AT, "s"),
        [{}, {}, {"Uploads": [UP | {"UploadId": "another"}, UP]}],
        [ABORT, NO_PARTS, OPEN],
        False,
    ),
    "abort what keeps parts": (
        lambda storage: storage.abort_upload(AT, "s"),
        [{}, {"Parts": [one_part(1)]}],
        [ABORT, NO_PARTS],
        False,
    ),
    "abort what is gone": (
        lambda storage: storage.abort_upload(AT, "s"),
        [refusal("NoSuchUpload", 404)],
        [ABORT],
        True,
    ),
    "open uploads": (
        lambda storage: storage.open_uploads("private", "a", 7),
        [{"Uploads": [UP, {"Key": "b", "UploadId": "t"}]}],
        [("list_multipart_uploads", {"Bucket": "private", "Prefix": "a", "MaxUploads": 7})],
        [OpenMultipart("a-key", "s", THEN), OpenMultipart("b", "t", None)],
    ),
    "open uploads of a whole bucket": (
        lambda storage: storage.open_uploads("private"),
        [{}],
        [("list_multipart_uploads", {"Bucket": "private", "Prefix": "", "MaxUploads": 1000})],
        [],
    ),
    "the first page of open uploads": (
        lambda storage: storage.multiparts_after("private", None, 1),
        [{"Uploads": [UP], "IsTruncated": True, "NextKeyMarker": "a-key", "NextUploadIdMarker": "s"}],
        [("list_multipart_uploads", {"Bucket": "private", "MaxUploads": 1})],
        ([OpenMultipart("a-key", "s", THEN)], MultipartPlace("a-key", "s")),
    ),
    "the next page of open uploads": (
        lambda storage: storage.multiparts_after("private", MultipartPlace("a", "r"), 1),
        [{"Uploads": [UP], "IsTruncated": False, "NextKeyMarker": "a-key", "NextUploadIdMarker": "s"}],
        [("list_multipart_uploads", {"Bucket": "private", "MaxUploads": 1, "KeyMarker": "a", "UploadIdMarker": "r"})],
        ([OpenMultipart("a-key", "s", THEN)], None),
    ),
    "a page of open uploads that does not move on": (
        lambda storage: storage.multiparts_after("private", MultipartPlace("a", ""), 1),
        [{"IsTruncated": True, "NextKeyMarker": "a"}],
        [("list_multipart_uploads", {"Bucket": "private", "MaxUploads": 1, "KeyMarker": "a"})],
        ([], None),
    ),
    "a page of open uploads that names no next": (
        lambda storage: storage.multiparts_after("private", None, 1),
        [{"IsTruncated": True}],
        [("list_multipart_uploads", {"Bucket": "private", "MaxUploads": 1})],
        ([], None),
    ),
    "open uploads that come all at once": (
        lambda storage: storage.multiparts_after("private", MultipartPlace("a", "1"), 2),
        [{"Uploads": [{"Key": key, "UploadId": number} for key, number in ("c1", "b1", "a2", "a1", "c2")]}],
        [("list_multipart_uploads", {"Bucket": "private", "MaxUploads": 2, "KeyMarker": "a", "UploadIdMarker": "1"})],
        ([OpenMultipart("a", "2", None), OpenMultipart("b", "1", None)], MultipartPlace("b", "1")),
    ),
    "the end of open uploads that come all at once": (
        lambda storage: storage.multiparts_after("private", MultipartPlace("b", "1"), 2),
        [{"Uploads": [{"Key": key, "UploadId": number} for key, number in ("a1", "b1", "c1", "c2")]}],
        [("list_multipart_uploads", {"Bucket": "private", "MaxUploads": 2, "KeyMarker": "b", "UploadIdMarker": "1"})],
        ([OpenMultipart("c", "1", None), OpenMultipart("c", "2", None)], None),
    ),
    "the first page of objects": (
        lambda storage: storage.objects_after("private", None, 1),
        [{"Contents": [{"Key": "a", "Size": 5, "LastModified": THEN, "ETag": '"e"'}], "IsTruncated": True}],
        [("list_objects_v2", {"Bucket": "private", "MaxKeys": 1})],
        ([ListedObject("a", 5, THEN, '"e"')], "a"),
    ),
    "the last page of objects": (
        lambda storage: storage.objects_after("private", "a", 1),
        [{"Contents": [{"Key": "b", "Size": 5, "LastModified": THEN}], "IsTruncated": False}],
        [("list_objects_v2", {"Bucket": "private", "MaxKeys": 1, "StartAfter": "a"})],
        ([ListedObject("b", 5, THEN, "")], None),
    ),
    "an empty page of objects with a mark that there are more": (
        lambda storage: storage.objects_after("private", None, 1),
        [{"IsTruncated": True}],
        [("list_objects_v2", {"Bucket": "private", "MaxKeys": 1})],
        ([], None),
    ),
    "one object of a list": (
        lambda storage: storage.listed(AT),
        [{"Contents": [{"Key": "a-key", "Size": 5, "LastModified": THEN, "ETag": '"e"'}]}],
        [("list_objects_v2", {"Bucket": "private", "Prefix": "a-key", "MaxKeys": 1})],
        ListedObject("a-key", 5, THEN, '"e"'),
    ),
    "an object whose key only begins so": (
        lambda storage: storage.listed(AT),
        [{"Contents": [{"Key": "a-key-2", "Size": 5, "LastModified": THEN}]}],
        [("list_objects_v2", {"Bucket": "private", "Prefix": "a-key", "MaxKeys": 1})],
        None,
    ),
    "a HEAD": (
        lambda storage: storage.head(AT),
        [
            HEAD
            | {"Metadata": {UPLOAD_ID_METADATA: "ours", "more": "m"}, "ChecksumSHA256": "c", "VersionId": "v"}
            | {"ContentType": "text/plain"}
        ],
        [("head_object", {**PLACE, "ChecksumMode": "ENABLED"})],
        StoredObject(5, '"e"', "ours", "SHA256:c", "text/plain", {UPLOAD_ID_METADATA: "ours", "more": "m"}, "v"),
    ),
    "a HEAD of a version that is not ours": (
        lambda storage: storage.head(Location("private", "a-key", "v")),
        [HEAD],
        [("head_object", {**PLACE, "VersionId": "v", "ChecksumMode": "ENABLED"})],
        StoredObject(5, '"e"', None, None, "", {}, None),
    ),
    "headers": (
        lambda storage: storage.headers(AT),
        [{"ResponseMetadata": {"HTTPHeaders": {"etag": "e"}}}],
        [("head_object", PLACE)],
        {"etag": "e"},
    ),
    "put": (lambda storage: storage.put(AT, b"body"), [{}], [("put_object", {**PLACE, "Body": b"body"})], None),
    "ping": (lambda storage: storage.ping("private"), [{}], [("head_bucket", {"Bucket": "private"})], None),
    "a bucket that is there": (
        lambda storage: storage.ensure_bucket("private"),
        [{}],
        [("head_bucket", {"Bucket": "private"})],
        False,
    ),
    "CORS": (
        lambda storage: storage.allow_origins("private", ("https://a", "https://b")),
        [{}],
        [
            (
                "put_bucket_cors",
                {
                    "Bucket": "private",
                    "CORSConfiguration": {
                        "CORSRules": [
                            {
                                "AllowedOrigins": ["https://a", "https://b"],
                                "AllowedMethods": ["GET", "HEAD", "PUT"],
                                "AllowedHeaders": ["*"],
                                "ExposeHeaders": ["ETag"],
                                "MaxAgeSeconds": 3600,
                            }
                        ]
                    },
                },
            )
        ],
        True,
    ),
    "delete nothing": (lambda storage: storage.delete("private", []), [], [], {}),
    "delete": (
        lambda storage: storage.delete("private", ["a", "b", "c"]),
        [
            {},
            {
                "Errors": [
                    {"Key": "a", "Code": "AccessDenied", "Message": "no"},
                    {"Key": "b", "Code": "NoSuchKey"},
                    {"Key": "c", "Code": "Locked"},
                ]
            },
        ],
        [
            ("get_bucket_versioning", {"Bucket": "private"}),
            ("delete_objects", {"Bucket": "private", "Delete": {"Objects": [{"Key": key} for key in "abc"]}}),
        ],
        {"a": "AccessDenied: no", "c": "Locked"},
    ),
    "delete where versions are kept": (
        lambda storage: storage.delete("private", ["a"]),
        [
            {"Status": "Enabled"},
            {"Deleted": [{"Key": "a"}]},
            {
                "Versions": [{"Key": "a", "VersionId": "1"}, {"Key": "ab", "VersionId": "2"}],
                "IsTruncated": True,
                "NextKeyMarker": "a",
                "NextVersionIdMarker": "1",
            },
            {"DeleteMarkers": [{"Key": "a", "VersionId": "3"}], "IsTruncated": True, "NextKeyMarker": "ab"},
            {"Errors": [{"Key": "a", "Code": "AccessDenied"}]},
        ],
        [
            ("get_bucket_versioning", {"Bucket": "private"}),
            ("delete_objects", {"Bucket": "private", "Delete": {"Objects": [{"Key": "a"}]}}),
            ("list_object_versions", {"Bucket": "private", "Prefix": "a"}),
            (
                "list_object_versions",
                {"Bucket": "private", "Prefix": "a", "KeyMarker": "a", "VersionIdMarker": "1"},
            ),
            (
                "delete_objects",
                {
                    "Bucket": "private",
                    "Delete": {"Objects": [{"Key": "a", "VersionId": "1"}, {"Key": "a", "VersionId": "3"}]},
                },
            ),
        ],
        {"a": "AccessDenied"},
    ),
    "delete where versions may not be listed": (
        lambda storage: storage.delete("private", ["a"]),
        [{}, {"Deleted": [{"Key": "a", "DeleteMarker": True}]}, refusal("AccessDenied", 403)],
        [
            ("get_bucket_versioning", {"Bucket": "private"}),
            ("delete_objects", {"Bucket": "private", "Delete": {"Objects": [{"Key": "a"}]}}),
            ("list_object_versions", {"Bucket": "private", "Prefix": "a"}),
        ],
        {"a": "its versions: AccessDenied"},
    ),
    "delete one by one": (
        lambda storage: storage.delete("private", ["a", "b", "c", "d"]),
        [
            refusal("AccessDenied", 403),
            refusal("NotImplemented", 501),
            {"ResponseMetadata": {"HTTPStatusCode": 204}},
            refusal("AccessDenied", 403),
            {"ResponseMetadata": {"HTTPStatusCode": 200}},
            {"ResponseMetadata": {"HTTPStatusCode": 204}, "DeleteMarker": True},
            {"IsTruncated": False},
        ],
        [
            ("get_bucket_versioning", {"Bucket": "private"}),
            ("delete_objects", {"Bucket": "private", "Delete": {"Objects": [{"Key": key} for key in "abcd"]}}),
            *(("delete_object", {"Bucket": "private", "Key": key}) for key in "abcd"),
            ("list_object_versions", {"Bucket": "private", "Prefix": "d"}),
        ],
        {"b": "AccessDenied", "c": "the answer is not from an S3 server"},
    ),
}
"""By action: the call, S3's answers, the expected calls to S3, and the result."""


def operation(call: str) -> str:
    """Return S3's name for a method of boto3."""
    return "".join(word.capitalize() for word in call.split("_"))


@pytest.mark.parametrize("what", CALLS)
def test_each_verb_makes_exactly_these_calls_to_s3(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace names each call."""
    spans: list[str] = []
    monkeypatch.setattr("service.storage.replies.span", lambda name: spans.append(name) or nullcontext())
    call, answers, calls, value = CALLS[what]
    storage, made = answering_storage(list(answers))
    assert call(storage) == value
    assert made == calls
    assert spans == [f"storage {operation(name)}" for name, _ in calls]


@pytest.mark.parametrize("what", [what for what in CALLS if what != "delete nothing"])
def test_a_refusal_names_the_refused_operation(what: str, caplog: pytest.LogCaptureFixture) -> None:
    """No call follows, except after a refused HEAD: a second call finds the reason."""
    call, _, calls, _ = CALLS[what]
    ahead = [name for name, _ in calls[:2] if name == "get_bucket_versioning"]
    first_call = calls[len(ahead)][0]
    why = {"head_object": "get_object", "head_bucket": "list_objects_v2"}.get(first_call) if what != "headers" else None
    storage, made = answering_storage([*({} for _ in ahead), *[refusal("AccessDenied", 403)] * 2])
    if what == "CORS":
        caplog.set_level(logging.INFO)
        assert call(storage) is False
        assert [record.getMessage() for record in caplog.records] == [
            "bucket_cors_refused bucket=private code=AccessDenied"
        ]
    else:
        with pytest.raises(
            StorageRefusedError, match=rf"Storage refused {operation(why or first_call)} \(AccessDenied\)"
        ):
            call(storage)
    assert [name for name, _ in made] == [*ahead, first_call, *([why] if why else [])]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<Error><Code>AccessDenied</Code></Error>", "AccessDenied"),
        (b"<?xml?><s3:Error xmlns='x'><Code>A.1</Code></s3:Error>", "A.1"),
        (b"<Error><Code></Code></Error>", ""),
        (b"<html><Code>AccessDenied</Code></html>", ""),
        (b"", ""),
    ],
)
def test_an_error_code_is_read_from_the_body(body: bytes, code: str) -> None:
    assert error_code(body) == code


def test_keys_are_deleted_in_batches_of_a_thousand() -> None:
    """S3 accepts a thousand keys in a call, each of them once."""
    keys = [str(number) for number in range(1001)]
    storage, made = answering_storage([{}, {}, {}])
    assert storage.delete("private", keys) == {}
    deleted = [[each["Key"] for each in wish["Delete"]["Objects"]] for name, wish in made if name == "delete_objects"]
    assert deleted == [keys[:1000], keys[1000:]]


def test_a_bucket_is_created_in_the_clients_region() -> None:
    class Meta:
        region_name = "eu-north-1"

    client = Recorder(
        [refusal("404", 404), refusal("NoSuchBucket", 404), refusal("IllegalLocationConstraintException"), {}]
    )
    client.meta = Meta()  # type: ignore[attr-defined]
    assert Storage(client).ensure_bucket("private") is True  # type: ignore[arg-type]
    assert client.calls == [
        ("head_bucket", {"Bucket": "private"}),
        ("list_objects_v2", {"Bucket": "private", "MaxKeys": 1}),
        ("create_bucket", {"Bucket": "private"}),
        ("create_bucket", {"Bucket": "private", "CreateBucketConfiguration": {"LocationConstraint": "eu-north-1"}}),
    ]
