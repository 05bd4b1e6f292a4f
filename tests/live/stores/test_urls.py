"""A chunk's URL allows one thing only: to store a body of its length as its part or object, until it expires."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from service.db.models import Upload
from service.deps import make_presigner, utc_now
from service.values import ONE_PUT, Location, PartToSign
from tests.support.live.client import SECONDS, Client, put
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.live.store_gaps import refused
from tests.support.matchers import failure

BODY = bytes(range(250)) * 4

WRONG_URLS: dict[str, Callable[[str], str]] = {
    "another part number": lambda url: url.replace("partNumber=1", "partNumber=2"),
    "another key": lambda url: url.replace("longshore-tests-private/", "longshore-tests-private/0"),
    "another bucket": lambda url: url.replace("longshore-tests-private/", "longshore-tests-public/"),
    "a longer life": lambda url: url.replace("X-Amz-Expires=", "X-Amz-Expires=1"),
    "another date": lambda url: url.replace("X-Amz-Date=2", "X-Amz-Date=3"),
    "no signed length": lambda url: url.replace("content-length%3B", ""),
    "one parameter more": lambda url: url + "&x-id=UploadPart",
    "no signature": lambda url: url.partition("&X-Amz-Signature=")[0],
    "no query": lambda url: url.partition("?")[0],
}


Begin = Callable[[Client], dict[str, Any]]
KINDS: dict[str, Begin] = {
    "one PUT": lambda client: client.init(size=len(BODY)),
    "a part": lambda client: client.init_part(len(BODY)),
}


@pytest.fixture(params=KINDS)
def begin(request: pytest.FixtureRequest) -> Begin:
    return KINDS[request.param]


def unsigned(url: str) -> str:
    """The same part of the same upload, with nothing that allows it."""
    return url.partition("&X-Amz-Algorithm=")[0]


def assert_untouched(client: Client, upload_id: str, *bodies: bytes) -> None:
    """Storage has exactly these chunks of the upload."""
    uploaded = client.retry(upload_id=upload_id)["uploaded"]
    assert [chunk["size"] for chunk in uploaded] == [len(body) for body in bodies]


@pytest.mark.parametrize("check", WRONG_URLS)
def test_a_changed_url_is_refused(stack: Stack, client: Client, begin: Begin, check: str) -> None:
    opened = begin(client)
    chunk = opened["chunks"][0]
    url = WRONG_URLS[check](chunk["url"])
    assert (url == chunk["url"]) is (check == "another part number" and "partNumber" not in url)
    if url == chunk["url"]:
        return
    # Also on stores with gaps, the bytes did not become a part of the upload; an unsigned object is the whole file.
    if refused(stack, check, put(chunk, BODY, url=url)) or "partNumber" in url:
        assert_untouched(client, opened["upload_id"])


def test_an_unsigned_part_is_not_completed_into_a_file(stack: Stack, client: Client) -> None:
    opened = client.init_part(len(BODY))
    chunk = opened["chunks"][0]
    if refused(stack, "unsigned part", put(chunk, BODY + b"!", url=unsigned(chunk["url"]))):
        assert_untouched(client, opened["upload_id"])
    else:
        answer = client.post("/upload/complete/", client.completion(opened, BODY))
        assert (answer.status_code, answer.json()) == (409, failure("size_mismatch", mismatched=[0]))
    assert put(chunk, BODY).status_code == 200
    client.complete(**client.completion(opened, BODY))
    assert client.download(client.wait_ready(opened["file_id"])).content == BODY


@pytest.mark.parametrize("body", [BODY + b"!", BODY[:-1], b""], ids=["longer", "shorter", "empty"])
def test_another_length_is_refused(client: Client, begin: Begin, body: bytes) -> None:
    opened = begin(client)
    refused = put(opened["chunks"][0], body)
    assert refused.status_code in {400, 403}, refused.text
    assert_untouched(client, opened["upload_id"])


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_another_method_is_refused(client: Client, begin: Begin, method: str) -> None:
    opened = begin(client)
    assert put(opened["chunks"][0], BODY).status_code == 200
    refused = requests.request(method, opened["chunks"][0]["url"], timeout=SECONDS)
    assert is_refusal(refused.status_code), refused.text
    assert_untouched(client, opened["upload_id"], BODY)


def test_a_chunked_body_without_a_length_is_refused(client: Client, begin: Begin) -> None:
    opened = begin(client)
    [chunk] = opened["chunks"]
    refused = requests.put(chunk["url"], data=iter([BODY, b"more"]), headers=chunk["headers"], timeout=SECONDS)
    assert 400 <= refused.status_code < 500, refused.text
    assert_untouched(client, opened["upload_id"])


def test_an_uploads_url_is_refused_for_another_upload(client: Client, begin: Begin) -> None:
    mine, other = begin(client), begin(client)
    query = urlsplit(mine["chunks"][0]["url"]).query
    place = other["chunks"][0]["url"].partition("?")[0]
    assert put(mine["chunks"][0], BODY, url=f"{place}?{query}").status_code in {400, 403}
    assert_untouched(client, other["upload_id"])


def test_an_expired_url_is_refused(stack: Stack, client: Client, begin: Begin) -> None:
    opened = begin(client)
    [chunk] = opened["chunks"]
    upload = stack.row(Upload, opened["upload_id"])
    place = Location(stack.settings.s3_private_bucket, upload.object_key)
    presigner = make_presigner(stack.settings, stack.settings.s3_public_endpoint_url, utc_now)
    if upload.storage_upload_id == ONE_PUT:
        url = presigner.sign_put(place, len(BODY), chunk["headers"], seconds=1).url
    else:
        url = presigner.sign_parts(place, upload.storage_upload_id, [PartToSign(1, len(BODY))], seconds=1).urls[0]
    assert eventually(lambda: put(chunk, BODY, url=url).status_code, lambda status: status == 403)


def is_refusal(status: int) -> bool:
    return status >= 400


def test_an_upload_completes_after_refused_requests(client: Client, begin: Begin) -> None:
    opened = begin(client)
    chunk = opened["chunks"][0]
    assert put(chunk, BODY + b"!").status_code in {400, 403}
    assert put(chunk, BODY, url=WRONG_URLS["a longer life"](chunk["url"])).status_code in {400, 403}
    assert put(chunk, BODY).status_code == 200
    client.complete(**client.completion(opened, BODY))
    assert client.download(client.wait_ready(opened["file_id"])).content == BODY
