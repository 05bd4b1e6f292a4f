"""The presigner against botocore, which is the judge: the same request, the same moment, the same URL to the byte."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.limits import MAX_URL_TTL
from service.storage.one_put import put_headers
from service.storage.presign import Credentials, Endpoint, Presigner, checksum_headers
from service.values import Location, PartToSign
from tests.support.storage.presigning import (
    AT,
    KEY,
    NOW,
    botocores_client,
    botocores_part_url,
    botocores_url,
    part_url,
    presigner,
)

ENDPOINTS = st.sampled_from(
    [
        "http://127.0.0.1:9000",
        "https://storage.example",
        "https://storage.example:443",
        "http://storage.example:80",
        "https://storage.example:8443",
        "http://localhost:9000",
        "https://s3.eu-central-1.amazonaws.com",
    ]
)
# no lone surrogates, and no leading slash or dot segments: keys of ours are ids, but a key is a key
KEYS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60) | st.sampled_from(
    ["a b", "ü/é", "a+b%2Fc", "~tilde", "a//b", "a/../b", "!*'()", "\U0001f4ce", "q?x=1&y#z"]
)
BUCKETS = st.from_regex(r"[a-z0-9][a-z0-9-]{1,30}[a-z0-9]", fullmatch=True) | st.just("with.dots")
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)) | st.sampled_from(
    [MIDNIGHT, MIDNIGHT - timedelta(microseconds=1), MIDNIGHT + timedelta(seconds=1)]
)
TOKENS = st.none() | st.text("abc+/=%&~-", min_size=1, max_size=40)


@settings(deadline=None)
@given(
    endpoint=ENDPOINTS,
    region=st.sampled_from(["us-east-1", "eu-central-1", "garage"]),
    style=st.sampled_from(["path", "virtual", "auto"]),
    bucket=BUCKETS,
    object_key=KEYS,
    token=TOKENS,
    at=MOMENTS,
    seconds=st.integers(1, MAX_URL_TTL),
    upload_id=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60),
    number=st.integers(1, 10_000),
    length=st.integers(0, 5 * 2**30),
    checksum=st.none() | st.tuples(st.sampled_from(["SHA256", "CRC32", "CRC32C", "CRC64NVME"]), st.just("AbC+/w==")),
)
def test_a_parts_url_equals_botocores(
    endpoint: str,
    region: str,
    style: str,
    bucket: str,
    object_key: str,
    token: str | None,
    at: datetime,
    seconds: int,
    upload_id: str,
    number: int,
    length: int,
    checksum: tuple[str, str] | None,
) -> None:
    # a bucket with dots in a host's name fits no certificate: we keep it in the path, botocore does so with https only
    assume(not (style == "virtual" and "." in bucket))
    key = Credentials(KEY.access_key, KEY.secret_key, token)
    algorithm, value = checksum or (None, None)
    signed = presigner(endpoint, region, style, key, at).sign_parts(
        Location(bucket, object_key), upload_id, [PartToSign(number, length, value)], seconds, algorithm
    )
    params: dict[str, Any] = {"ChecksumAlgorithm": algorithm, f"Checksum{algorithm}": value} if algorithm else {}
    assert signed.urls[0] == botocores_url(
        botocores_client(endpoint, region, style, key),
        at,
        "upload_part",
        seconds,
        Bucket=bucket,
        Key=object_key,
        UploadId=upload_id,
        PartNumber=number,
        ContentLength=length,
        **params,
    )


@settings(deadline=None)
@given(
    endpoint=ENDPOINTS,
    style=st.sampled_from(["path", "virtual"]),
    object_key=KEYS,
    token=TOKENS,
    at=MOMENTS,
    disposition=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=60),
    version_id=st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60),
)
def test_a_downloads_url_equals_botocores(
    endpoint: str,
    style: str,
    object_key: str,
    token: str | None,
    at: datetime,
    disposition: str,
    version_id: str | None,
) -> None:
    key = Credentials(KEY.access_key, KEY.secret_key, token)
    signed = presigner(endpoint, style=style, key=key, at=at).sign_download(
        Location("bucket", object_key, version_id), disposition, "text/plain", 60
    )
    assert signed.url == botocores_url(
        botocores_client(endpoint, "us-east-1", style, key),
        at,
        "get_object",
        60,
        Bucket="bucket",
        Key=object_key,
        ResponseContentDisposition=disposition,
        ResponseContentType="text/plain",
        **({} if version_id is None else {"VersionId": version_id}),
    )


@settings(deadline=None)
@given(
    endpoint=ENDPOINTS,
    style=st.sampled_from(["path", "virtual"]),
    object_key=KEYS,
    token=TOKENS,
    at=MOMENTS,
    seconds=st.integers(1, MAX_URL_TTL),
    length=st.integers(0, 5 * 2**30),
    metadata=st.dictionaries(st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True), st.text("abC_-=09", min_size=1)),
    checksum=st.none() | st.tuples(st.sampled_from(["SHA256", "CRC32", "CRC32C", "CRC64NVME"]), st.just("AbC+/w==")),
)
def test_a_puts_url_equals_botocores(
    endpoint: str,
    style: str,
    object_key: str,
    token: str | None,
    at: datetime,
    seconds: int,
    length: int,
    metadata: dict[str, str],
    checksum: tuple[str, str] | None,
) -> None:
    key = Credentials(KEY.access_key, KEY.secret_key, token)
    algorithm, value = checksum or (None, None)
    headers = put_headers("an upload", metadata, algorithm, value)
    signed = presigner(endpoint, style=style, key=key, at=at).sign_put(
        Location("bucket", object_key), length, headers, seconds
    )
    params: dict[str, Any] = {"ChecksumAlgorithm": algorithm, f"Checksum{algorithm}": value} if algorithm else {}
    assert signed.url == botocores_url(
        botocores_client(endpoint, "us-east-1", style, key),
        at,
        "put_object",
        seconds,
        Bucket="bucket",
        Key=object_key,
        ContentLength=length,
        CacheControl=headers["cache-control"],
        ContentDisposition=headers["content-disposition"],
        ContentEncoding=headers["content-encoding"],
        ContentType=headers["content-type"],
        Expires=datetime(1970, 1, 1, tzinfo=UTC),
        IfNoneMatch="*",
        Metadata={"longshore-upload-id": "an upload", **metadata},
        **params,
    )


@pytest.mark.parametrize("seconds", [1, 2, MAX_URL_TTL - 1, MAX_URL_TTL])
def test_lifetimes_that_s3_accepts_are_signed(seconds: int) -> None:
    assert part_url(presigner(), seconds) == botocores_part_url(KEY, NOW, seconds)


@pytest.mark.parametrize("seconds", [-1, 0, MAX_URL_TTL + 1])
def test_other_lifetimes_are_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="for 1 to 604800 seconds"):
        part_url(presigner(), seconds)
    with pytest.raises(ValueError, match="for 1 to 604800 seconds"):
        presigner().sign_download(AT, "inline", "text/plain", seconds)


def test_a_new_day_has_a_new_signing_key() -> None:
    moments = iter([MIDNIGHT - timedelta(microseconds=1), MIDNIGHT, MIDNIGHT - timedelta(seconds=1)])
    signer = Presigner(Endpoint.at("https://storage.example", "path"), "us-east-1", lambda: KEY, lambda: next(moments))
    expected = [MIDNIGHT - timedelta(microseconds=1), MIDNIGHT, MIDNIGHT - timedelta(seconds=1)]
    assert [part_url(signer) for _ in expected] == [botocores_part_url(KEY, at) for at in expected]


@pytest.mark.parametrize(
    ("written", "sent"),
    [("https://Storage.Example", "storage.example"), ("https://bücher.example:9000", "xn--bcher-kva.example:9000")],
)
@pytest.mark.parametrize("style", ["path", "virtual"])
def test_the_host_is_signed_as_clients_send_it(written: str, sent: str, style: str) -> None:
    at = Location("bucket", "k")
    assert Endpoint.at(written, style).address(at) == Endpoint.at(f"https://{sent}", style).address(at)


def test_the_key_can_change_between_two_urls() -> None:
    new = Credentials("NEWKEY", "another-secret")
    keys = iter([KEY, new, KEY])
    signer = Presigner(Endpoint.at("https://storage.example", "path"), "us-east-1", lambda: next(keys), lambda: NOW)
    assert [part_url(signer) for _ in range(3)] == [botocores_part_url(key, NOW) for key in (KEY, new, KEY)]


def test_parts_and_downloads_are_signed_with_separate_keys() -> None:
    """Whichever comes first, and again after the other."""
    uploads = Credentials("UPLOADKEY", "another-secret")
    endpoint = Endpoint.at("https://storage.example", "path")
    signer = Presigner(endpoint, "us-east-1", lambda: KEY, lambda: NOW, lambda: uploads)
    download = signer.sign_download(AT, "inline", "text/plain", 60)
    assert download == presigner().sign_download(AT, "inline", "text/plain", 60)
    assert [part_url(signer) for _ in range(2)] == [botocores_part_url(uploads, NOW)] * 2
    assert signer.sign_download(AT, "inline", "text/plain", 60) == download


def test_urls_of_a_batch_expire_at_the_same_time() -> None:
    signed = presigner().sign_parts(AT, "id", [PartToSign(number, 5) for number in range(1, 1001)], 60)
    assert (len(set(signed.urls)), signed.expires_at) == (1000, NOW + timedelta(seconds=60))


def test_a_checksum_is_sent_in_two_headers() -> None:
    assert checksum_headers("CRC64NVME", "abc=") == {
        "x-amz-checksum-crc64nvme": "abc=",
        "x-amz-sdk-checksum-algorithm": "CRC64NVME",
    }


def test_the_text_of_a_key_contains_no_secret() -> None:
    assert KEY.secret_key not in repr(KEY)
