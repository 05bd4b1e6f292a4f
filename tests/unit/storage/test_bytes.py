"""Bytes and heads of objects: conditional reads, accepted answers, and copies."""

from __future__ import annotations

from typing import Any

import pytest

from service.errors import StorageRefusedError, StorageUnavailableError
from service.observability.metrics import FAILURES
from service.storage import copies
from service.storage.copies import COPY_ID_METADATA
from service.storage.replies import NotThereError, ObjectChangedError, refuse_foreign_body, version_of
from service.storage.s3 import READ_SIZE
from service.values import Location
from tests.support.storage.recorder import AT, COPY, HEAD, PLACE, TO, answering_storage, refusal


class Body:
    """The body of a GET, with `close` and a context as botocore's."""

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
def test_a_read_is_bound_to_the_etag_or_version(version_id: str | None, condition: dict[str, str]) -> None:
    body = Body()
    storage, made = answering_storage([{"Body": body, "ETag": "e"}])
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
def test_a_missing_or_changed_object_is_not_read(answer: Any, error: type[Exception]) -> None:
    storage, _ = answering_storage([answer])
    with pytest.raises(error) as raised:
        list(storage.read(AT, '"e"'))
    if error is ObjectChangedError:  # a failed scan shows it
        assert str(raised.value) == "the object in storage is not the one that was completed"


COPIED_AT_ONCE = COPY | {"CopySource": PLACE, "CopySourceIfMatch": '"e"', "MetadataDirective": "REPLACE"}
HEAD_CALL = ("head_object", {**PLACE, "ChecksumMode": "ENABLED"})
HEADERS = {"ContentType": "text/plain"}


@pytest.mark.parametrize(("answer", "etag"), [({"CopyObjectResult": {"ETag": '"c"'}}, '"c"'), ({}, "")])
def test_a_small_object_is_copied_in_one_call(answer: Any, etag: str) -> None:
    storage, made = answering_storage([answer, HEAD])
    assert storage.copy(AT, '"e"', 5, TO, HEADERS) == etag
    assert made == [("copy_object", COPIED_AT_ONCE | HEADERS), HEAD_CALL]


def test_a_large_object_is_copied_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies.uuid, "uuid4", lambda: "a-copy-id")
    monkeypatch.setattr("service.storage.s3.COPY_PART_SIZE", 4)
    storage, made = answering_storage(
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
    storage, made = answering_storage(
        [{}, {"UploadId": "s"}, *[{"CopyPartResult": {"ETag": "e"}}] * 5001, {"ETag": '"c"'}, HEAD]
    )
    storage.copy(AT, '"e"', 10_001, TO, HEADERS)
    assert [wish["CopySourceRange"] for name, wish in made if name == "upload_part_copy"][::5000] == [
        "bytes=0-1",
        "bytes=10000-10000",
    ]


def test_a_copy_in_parts_that_is_refused_is_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.storage.s3.COPY_PART_SIZE", 4)
    no_such_upload = refusal("NoSuchUpload", 404)
    storage, made = answering_storage([{}, {"UploadId": "s"}, refusal("AccessDenied", 403), no_such_upload])
    with pytest.raises(StorageRefusedError, match="UploadPartCopy"):
        storage.copy(AT, '"e"', 9, TO, HEADERS)
    assert made[-1] == ("abort_multipart_upload", COPY | {"UploadId": "s"})


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
def test_a_failed_head_is_confirmed_by_a_get(
    answers: list[Any], gets: int, error: type[Exception], failed: int
) -> None:
    before = failures()
    storage, made = answering_storage(list(answers))
    with pytest.raises(error):
        storage._looker.look(AT)
    assert made == ([HEAD_CALL, GET] * gets or [HEAD_CALL])
    assert failures() - before == failed


def failures() -> float:
    """Return how often storage has failed."""
    return sum(FAILURES.labels("storage", kind)._value.get() for kind in ("unavailable", "refused"))


def test_a_store_that_refuses_checksum_mode_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("service.storage.heads.time.monotonic", lambda: now)
    storage, made = answering_storage([refusal("400"), HEAD, HEAD, HEAD])
    for now in (1000.0, 1599.9, 1600.0):  # noqa: B007
        assert storage.head(AT) is not None
    assert [wish.get("ChecksumMode") for _, wish in made] == ["ENABLED", None, None, "ENABLED"]


@pytest.mark.parametrize(("version_id", "version"), [("v", "v"), ("", None), ("null", None), (None, None)])
def test_an_empty_or_null_version_id_is_no_version(version_id: str | None, version: str | None) -> None:
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
def test_a_body_that_is_not_from_s3_becomes_a_server_error(
    operation: str, status: int, body: bytes | None, left: tuple[int, Any]
) -> None:
    reply = {"status_code": status, "body": body}
    model = type("Model", (), {"name": operation})
    refuse_foreign_body(operation_model=model, response_dict=reply)
    assert reply == {"status_code": left[0], "body": body if left[1] is None else left[1]}
