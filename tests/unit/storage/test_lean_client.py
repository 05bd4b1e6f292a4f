"""Our parts of boto3's clients against botocore's, which are the judge: the same requests, the same replies."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from typing import Any
from unittest.mock import Mock, patch

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import RestXMLParser
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.core.botocore_stubber import MockRawResponse

from service.storage.lean_endpoint import make_lean
from service.storage.lean_parser import LeanParser, timestamp

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PLACE = {"Bucket": "a-bucket", "Key": "a key/ü+%~.txt"}
UPLOAD = {**PLACE, "UploadId": "2~a/b+c=="}
PARTS = {"Parts": [{"PartNumber": 1, "ETag": '"one"', "ChecksumSHA256": "abc="}, {"PartNumber": 2, "ETag": '"two"'}]}
CALLS: dict[str, dict[str, Any]] = {
    "CreateMultipartUpload": {
        **PLACE,
        "ContentType": "application/octet-stream",
        "Metadata": {"longshore-upload-id": "an id", "more": "  two  spaces "},
        "ChecksumAlgorithm": "SHA256",
    },
    "ListParts": {**UPLOAD, "PartNumberMarker": 0, "MaxParts": 1000},
    "CompleteMultipartUpload": {**UPLOAD, "MultipartUpload": PARTS},
    "AbortMultipartUpload": UPLOAD,
    "HeadObject": {**PLACE, "ChecksumMode": "ENABLED", "VersionId": "a.version"},
    "GetObject": {**PLACE, "IfMatch": '"an-etag"', "Range": "bytes=0-0"},
    "PutObject": {**PLACE, "Body": b"a body"},
    "CopyObject": {**PLACE, "CopySource": PLACE, "CopySourceIfMatch": '"an-etag"'},
    "DeleteObjects": {"Bucket": "a-bucket", "Delete": {"Objects": [{"Key": "a & b"}], "Quiet": True}},
    "ListObjectsV2": {"Bucket": "a-bucket", "Prefix": "a", "MaxKeys": 2, "StartAfter": "a b"},
    "ListMultipartUploads": {"Bucket": "a-bucket", "KeyMarker": "ü", "UploadIdMarker": "2~a/b"},
    "HeadBucket": {"Bucket": "a-bucket"},
    "CreateBucket": {"Bucket": "a-bucket"},
    "GetBucketVersioning": {"Bucket": "a-bucket"},
}
Answer = tuple[int, bytes]


@cache
def client_of(lean: bool, endpoint: str, style: str, token: str | None, **more: Any) -> Any:
    """Return a client with botocore's parts, or with ours."""
    s3: Any = {"addressing_style": style, **more}
    made = session().client(
        "s3",
        endpoint_url=endpoint,
        region_name="eu-west-3",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="a/secret+key",
        aws_session_token=token,
        config=Config(
            signature_version="s3v4",
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"mode": "standard", "total_max_attempts": 2},
            s3=s3,
        ),
    )
    if lean:
        make_lean(made)
    return made


@cache
def session() -> boto3.session.Session:
    return boto3.session.Session(botocore_session=botocore.session.get_session())


def sent(client: Any, operation: str, params: dict[str, Any], *answers: Answer) -> list[Any]:
    """Return the requests of a call that gets these answers, its last one as often as it asks."""
    requests: list[Any] = []

    def answer(request: Any, **_rest: Any) -> AWSResponse:
        status, body = answers[min(len(requests), len(answers) - 1)]
        requests.append(request)
        headers: Any = HeadersDict()
        return AWSResponse(request.url, status, headers, MockRawResponse(body))

    client.meta.events.register("before-send.s3", answer)
    try:
        with (
            patch("botocore.auth.get_current_datetime", lambda: NOW),
            patch("service.storage.lean_endpoint.datetime", Mock(now=lambda _zone: NOW)),
            patch("botocore.endpoint.time.sleep"),
        ):
            client._make_api_call(operation, deepcopy(params))
    except ClientError:
        pass
    finally:
        client.meta.events.unregister("before-send.s3", answer)
    return requests


def as_read(request: Any) -> tuple[str, str, dict[str, str], bytes]:
    """Return a request as a server reads it, without the number of the attempt."""
    headers = {
        name.lower(): text.decode() if isinstance(text, bytes) else text
        for name, text in request.headers.items()
        if not name.lower().startswith("amz-sdk-") and name.lower() != "user-agent"
    }
    body = request.body.read() if hasattr(request.body, "read") else request.body
    return request.method, request.url, headers, body or b""


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    ("endpoint", "style", "token"),
    [
        ("http://127.0.0.1:9000", "path", None),
        ("http://storage.example:80", "virtual", "a/session+token="),
        ("https://Storage.example:8443", "auto", None),
        ("https://[::1]:443", "path", None),
        ("https://s3.eu-west-3.amazonaws.com", "virtual", None),
    ],
)
def test_requests_equal_botocores(operation: str, endpoint: str, style: str, token: str | None) -> None:
    ours, theirs = (
        sent(client_of(lean, endpoint, style, token), operation, CALLS[operation], (500, b"")) for lean in (True, False)
    )
    assert [as_read(each) for each in ours] == [as_read(each) for each in theirs]
    assert len(ours) == 2


def test_a_client_without_payload_signing_is_left_to_botocore() -> None:
    """A profile can turn the hashes of bodies off, which then are not signed."""
    ours, theirs = (
        as_read(
            *sent(client_of(lean, "https://a.example", "path", None, payload_signing_enabled=False), *LIST, (200, b""))
        )
        for lean in (True, False)
    )
    assert ours == theirs
    assert ours[2]["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"


LIST = "ListParts", CALLS["ListParts"]
WRONG_REGION = b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>us-west-2</Region></Error>"


def test_a_bucket_of_another_region_is_found_once() -> None:
    client = client_of(True, "https://another.example", "path", None)
    first, following = (
        [each.headers["Authorization"].split("/")[2] for each in sent(client, *LIST, *answers)]
        for answers in ([(400, WRONG_REGION), (404, b"")], [(404, b"")])
    )
    assert (first, following) == (["eu-west-3", "us-west-2"], ["us-west-2"])


NAMES = ["ETag", "x-amz-meta-A", "x-amz-meta-longshore-upload-id", "X-Amz-Version-Id", "x-amz-checksum-sha256", "other"]
TIMES = st.sampled_from(
    [
        "Sun, 29 Nov 2026 16:00:00 GMT",
        "2026-11-29T16:00:00.000Z",
        "2026-11-29T16:00:00Z",
        "2026-11-29T16:00:00.1234567Z",
        "2026-11-29T16:00:00+02:00",
        "Sunday, 29-Nov-26 16:00:00 GMT",
        "1796000000",
        "Sun, 29 nov 2026 16:00:00 GMT",
    ]
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])) for name in NAMES},
        "Last-Modified": TIMES,
        "content-length": st.integers(0, 10**13).map(str),
        "x-amz-delete-marker": st.sampled_from(["true", "false"]),
        "x-amz-missing-meta": st.integers(0, 9).map(str),
        "x-amz-request-id": st.just("an-id"),
    },
)
PART = "<Part><PartNumber>1</PartNumber><LastModified>{}</LastModified><ETag>&quot;e&quot;</ETag><Size>5</Size></Part>"
LISTED = TIMES.map(lambda when: f'<ListPartsResult xmlns="x">{PART.format(when) * 2}</ListPartsResult>'.encode())
BODIES = {"HeadObject": st.just(b""), "ListParts": st.just(b"") | LISTED, "GetObject": st.just(b"bytes")}


@given(st.data(), HEADERS, st.sampled_from(sorted(BODIES)), st.sampled_from([200, 404, 503]))
@settings(max_examples=200)
def test_parsed_replies_equal_botocores(
    data: st.DataObject, headers: dict[str, str], operation: str, status: int
) -> None:
    shape = client_of(False, "http://a", "path", None).meta.service_model.operation_model(operation).output_shape
    body = data.draw(BODIES[operation]) if status == 200 else b"<Error><Code>NoSuchKey</Code></Error>"

    def parsed(parser: RestXMLParser) -> Any:
        return parser.parse({"headers": HeadersDict(headers), "status_code": status, "body": body}, shape)

    assert parsed(LeanParser(timestamp_parser=timestamp)) == parsed(RestXMLParser())


@pytest.mark.parametrize("text", ["Sun, 31 Feb 2026 16:00:00 GMT", "2026-13-29T16:00:00Z", "never", ""])
def test_an_invalid_timestamp_is_refused_as_by_botocore(text: str) -> None:
    attempts: list[Callable[[], object]] = [
        lambda parser=parser: parser._timestamp_parser(text)  # type: ignore[misc]
        for parser in (LeanParser(timestamp_parser=timestamp), RestXMLParser())
    ]
    for attempt in attempts:
        with pytest.raises(ValueError, match="Invalid timestamp"):
            attempt()
