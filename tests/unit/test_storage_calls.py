"""What each verb of `Storage` asks S3 for, word by word, and what it makes of the answers."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from service.errors import StorageRefusedError, StorageUnavailableError
from service.observability.metrics import FAILURES
from service.storage import copies
from service.storage.copies import COPY_ID_METADATA
from service.storage.replies import NotThereError, ObjectChangedError, error_code, refuse_foreign_body, version_of
from service.storage.s3 import READ_SIZE, UPLOAD_ID_METADATA, Storage
from service.values import ListedObject, Location, MultipartPlace, NewMultipart, OpenMultipart, StoredObject, StoredPart

AT, TO = Location("private", "a-key"), Location("public", "a-copy")
PLACE, COPY = {"Bucket": "private", "Key": "a-key"}, {"Bucket": "public", "Key": "a-copy"}
THEN = datetime(2026, 1, 2, tzinfo=UTC)
UP = {"Key": "a-key", "UploadId": "s", "Initiated": THEN}
PARTS = [StoredPart(1, 5, '"one"', "c1"), StoredPart(2, 1, '"two"')]
HEAD = {"ContentLength": 5, "ETag": '"e"', "Metadata": {}}


def refusal(code: str, status: int = 400) -> ClientError:
    reply: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(reply, "x")


@dataclass
class Recorder:
    """An S3 client that notes its calls, and gives these answers in turn; an exception is raised."""

    answers: list[Any]
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        def call(**wish: Any) -> Any:
            self.calls.append((name, wish))
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def asked(answers: list[Any]) -> tuple[Storage, list[tuple[str, dict[str, Any]]]]:
    client = Recorder(answers)
    return Storage(client), client.calls  # type: ignore[arg-type]


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
"""By what is done: the call, what S3 answers, what it is asked for, and what comes of it."""


def operation(call: str) -> str:
    """S3's name of what boto3's method does."""
    return "".join(word.capitalize() for word in call.split("_"))


@pytest.mark.parametrize("what", CALLS)
def test_storage_is_asked_for_exactly_this(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a trace names each call."""
    spans: list[str] = []
    monkeypatch.setattr("service.storage.replies.span", lambda name: spans.append(name) or nullcontext())
    call, answers, calls, value = CALLS[what]
    storage, made = asked(list(answers))
    assert call(storage) == value
    assert made == calls
    assert spans == [f"storage {operation(name)}" for name, _ in calls]


@pytest.mark.parametrize("what", [what for what in CALLS if what != "delete nothing"])
def test_a_refusal_names_what_was_refused(what: str, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is done after it; but after a refused HEAD, another call finds the reason."""
    call, _, calls, _ = CALLS[what]
    ahead = [name for name, _ in calls[:2] if name == "get_bucket_versioning"]
    asked_for = calls[len(ahead)][0]
    why = {"head_object": "get_object", "head_bucket": "list_objects_v2"}.get(asked_for) if what != "headers" else None
    storage, made = asked([*({} for _ in ahead), *[refusal("AccessDenied", 403)] * 2])
    if what == "CORS":
        caplog.set_level(logging.INFO)
        assert call(storage) is False
        assert [record.getMessage() for record in caplog.records] == [
            "bucket_cors_refused bucket=private code=AccessDenied"
        ]
    else:
        with pytest.raises(
            StorageRefusedError, match=rf"Storage refused {operation(why or asked_for)} \(AccessDenied\)"
        ):
            call(storage)
    assert [name for name, _ in made] == [*ahead, asked_for, *([why] if why else [])]


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
def test_the_code_of_an_error(body: bytes, code: str) -> None:
    assert error_code(body) == code


def test_no_key_is_listed_twice_in_one_deletion() -> None:
    """S3 takes a thousand of them in a call."""
    keys = [str(number) for number in range(1001)]
    storage, made = asked([{}, {}, {}])
    assert storage.delete("private", keys) == {}
    deleted = [[each["Key"] for each in wish["Delete"]["Objects"]] for name, wish in made if name == "delete_objects"]
    assert deleted == [keys[:1000], keys[1000:]]


class Body:
    """Of a GET: `close` and a context, as botocore's."""

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True

    def iter_chunks(self, size: int) -> list[bytes]:
        assert size == READ_SIZE
        return [b"he", b"llo"]


@pytest.mark.parametrize(("version_id", "condition"), [(None, {"IfMatch": '"e"'}), ("v", {"VersionId": "v"})])
def test_what_is_read_is_the_object_that_was_meant(version_id: str | None, condition: dict[str, str]) -> None:
    body = Body()
    storage, made = asked([{"Body": body, "ETag": "e"}])
    assert list(storage.read(Location("private", "a-key", version_id), '"e"')) == [b"he", b"llo"]
    assert made == [("get_object", PLACE | condition)]
    assert body.closed


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal("NoSuchKey", 404), ObjectChangedError),
        (refusal("PreconditionFailed", 412), ObjectChangedError),
        (refusal("NoSuchBucket", 404), StorageRefusedError),
        ({"Body": Body(), "ETag": '"another"'}, ObjectChangedError),
        ({"Body": Body()}, StorageUnavailableError),
    ],
)
def test_what_is_not_read(answer: Any, error: type[Exception]) -> None:
    storage, _ = asked([answer])
    with pytest.raises(error) as raised:
        list(storage.read(AT, '"e"'))
    if error is ObjectChangedError:  # a failed scan shows it
        assert str(raised.value) == "the object in storage is not the one that was completed"


COPIED_AT_ONCE = COPY | {"CopySource": PLACE, "CopySourceIfMatch": '"e"', "MetadataDirective": "REPLACE"}
HEAD_CALL = ("head_object", {**PLACE, "ChecksumMode": "ENABLED"})
HEADERS = {"ContentType": "text/plain"}


@pytest.mark.parametrize(("answer", "etag"), [({"CopyObjectResult": {"ETag": '"c"'}}, '"c"'), ({}, "")])
def test_a_copy(answer: Any, etag: str) -> None:
    storage, made = asked([answer, HEAD])
    assert storage.copy(AT, '"e"', 5, TO, HEADERS) == etag
    assert made == [("copy_object", COPIED_AT_ONCE | HEADERS), HEAD_CALL]


def test_a_copy_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies.uuid, "uuid4", lambda: "a-copy-id")
    monkeypatch.setattr("service.storage.s3.COPY_PART_SIZE", 4)
    storage, made = asked(
        [
            {"Uploads": [{"Key": "a-copy", "UploadId": "left"}, {"Key": "a-copy-2", "UploadId": "others"}]},
            *({}, refusal("NoSuchUpload", 404)),
            {"UploadId": "s"},
            *({"CopyPartResult": {"ETag": f'"{number}"'}} for number in (1, 2, 3)),
            {"ETag": '"c"'},
            HEAD,
        ]
    )
    assert storage.copy(AT, '"e"', 9, TO, HEADERS) == '"c"'
    part = COPY | {"UploadId": "s", "CopySource": PLACE, "CopySourceIfMatch": '"e"'}
    left = COPY | {"UploadId": "left"}
    assert made == [
        ("list_multipart_uploads", {"Bucket": "public", "Prefix": "a-copy", "MaxUploads": 1000}),
        ("abort_multipart_upload", left),
        ("list_parts", left | {"PartNumberMarker": 0, "MaxParts": 1000}),
        ("create_multipart_upload", COPY | HEADERS | {"Metadata": {COPY_ID_METADATA: "a-copy-id"}}),
        ("upload_part_copy", part | {"PartNumber": 1, "CopySourceRange": "bytes=0-3"}),
        ("upload_part_copy", part | {"PartNumber": 2, "CopySourceRange": "bytes=4-7"}),
        ("upload_part_copy", part | {"PartNumber": 3, "CopySourceRange": "bytes=8-8"}),
        (
            "complete_multipart_upload",
            COPY
            | {"UploadId": "s"}
            | {"MultipartUpload": {"Parts": [{"PartNumber": number, "ETag": f'"{number}"'} for number in (1, 2, 3)]}},
        ),
        HEAD_CALL,
    ]


def test_a_copy_has_no_more_parts_than_s3_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.storage.s3.COPY_PART_SIZE", 1)
    storage, made = asked([{}, {"UploadId": "s"}, *[{"CopyPartResult": {"ETag": "e"}}] * 5001, {"ETag": '"c"'}, HEAD])
    storage.copy(AT, '"e"', 10_001, TO, HEADERS)
    assert [wish["CopySourceRange"] for name, wish in made if name == "upload_part_copy"][::5000] == [
        "bytes=0-1",
        "bytes=10000-10000",
    ]


def test_a_copy_in_parts_that_is_refused_is_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.storage.s3.COPY_PART_SIZE", 4)
    gone = refusal("NoSuchUpload", 404)
    storage, made = asked([{}, {"UploadId": "s"}, refusal("AccessDenied", 403), gone])
    with pytest.raises(StorageRefusedError, match="UploadPartCopy"):
        storage.copy(AT, '"e"', 9, TO, HEADERS)
    assert made[-1] == ("abort_multipart_upload", COPY | {"UploadId": "s"})


def test_a_bucket_in_a_region_of_its_own() -> None:
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


GET = ("get_object", {**PLACE, "Range": "bytes=0-0"})


@pytest.mark.parametrize(
    ("answers", "gets", "error", "failed"),
    [
        ([refusal("404", 404), refusal("NoSuchKey", 404)], 1, NotThereError, 0),
        ([refusal("404", 404), refusal("404", 404)], 1, StorageUnavailableError, 1),
        ([refusal("404", 404), {"Body": Body()}] * 2, 2, StorageUnavailableError, 1),
        ([refusal("404", 404), refusal("InvalidRange", 416)] * 2, 2, StorageUnavailableError, 3),
        ([refusal("404", 404), refusal("AccessDenied", 403)], 1, StorageRefusedError, 1),
        ([refusal("403", 403), refusal("NoSuchKey", 404)], 1, NotThereError, 1),
        ([refusal("403", 403), {"Body": Body()}], 1, StorageRefusedError, 1),
        ([{"ETag": "", "ContentLength": 5}], 0, StorageUnavailableError, 1),
        ([{"ETag": '"e"'}], 0, StorageUnavailableError, 1),
    ],
)
def test_a_head_is_believed_only_where_a_get_says_the_same(
    answers: list[Any], gets: int, error: type[Exception], failed: int
) -> None:
    before = failures()
    storage, made = asked(list(answers))
    with pytest.raises(error):
        storage._looker.look(AT)
    assert made == ([HEAD_CALL, GET] * gets or [HEAD_CALL])
    assert failures() - before == failed


def failures() -> float:
    """How often storage has failed."""
    return sum(FAILURES.labels("storage", kind)._value.get() for kind in ("unavailable", "refused"))


def test_a_store_that_refuses_to_be_asked_for_checksums_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("service.storage.heads.time.monotonic", lambda: now)
    storage, made = asked([refusal("400"), HEAD, HEAD, HEAD])
    for now in (1000.0, 1599.9, 1600.0):  # noqa: B007
        assert storage.head(AT) is not None
    assert [wish.get("ChecksumMode") for _, wish in made] == ["ENABLED", None, None, "ENABLED"]


@pytest.mark.parametrize(("version_id", "version"), [("v", "v"), ("", None), ("null", None), (None, None)])
def test_a_version(version_id: str | None, version: str | None) -> None:
    assert version_of({"VersionId": version_id}) == version_of({"VersionId": version}) == version


ERROR = b"<Error><Code>SlowDown</Code></Error>"


@pytest.mark.parametrize(
    ("operation", "status", "body", "left"),
    [
        ("ListParts", 200, b'<?xml version="1.0"?><s3:ListPartsResult/>', (200, None)),
        ("ListParts", 200, b"<ListPartsOutput/>", (200, None)),
        ("ListParts", 200, b"<ListPartsResponse/>", (200, None)),
        ("ListParts", 299, b"<html/>", (500, b"")),
        ("ListParts", 300, b"<html/>", (300, None)),
        ("ListParts", 200, b"", (500, b"")),
        ("ListParts", 200, None, (500, b"")),
        ("ListParts", 200, ERROR, (500, None)),
        ("GetObject", 200, b"<html/>", (200, None)),
    ],
)
def test_a_body_of_another_server(operation: str, status: int, body: bytes | None, left: tuple[int, Any]) -> None:
    reply = {"status_code": status, "body": body}
    model = type("Model", (), {"name": operation})
    refuse_foreign_body(operation_model=model, response_dict=reply)
    assert reply == {"status_code": left[0], "body": body if left[1] is None else left[1]}
