"""The attacks: requests that must neither change nor reveal anything."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from hashlib import md5
from urllib.parse import quote

from service.storage.attacks.field import BODY, FORGED, Field, Outcome, outcome

Attack = Callable[[Field], Outcome]

ALL_USERS = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
CUSTOMER_KEY = b"0123456789abcdef0123456789abcdef"
LOCKED_FOR = timedelta(minutes=1)
HTML = "text/html"

# Headers that storage must not accept unsigned, with what they would change of the completed object.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
UNSIGNED_HEADERS: dict[str, Mapping[str, str]] = {
    "x-amz-acl": {"x-amz-acl": "public-read"},
    "x-amz-grant-read": {"x-amz-grant-read": ALL_USERS},
    "x-amz-meta-*": {"x-amz-meta-longshore-upload-id": "another"},
    "x-amz-tagging": {"x-amz-tagging": "attack=1"},
    "x-amz-storage-class": {"x-amz-storage-class": "REDUCED_REDUNDANCY"},
    "x-amz-website-redirect-location": {"x-amz-website-redirect-location": "https://attacker.example/"},
    "x-amz-server-side-encryption-customer-*": {
        "x-amz-server-side-encryption-customer-algorithm": "AES256",
        "x-amz-server-side-encryption-customer-key": base64.b64encode(CUSTOMER_KEY).decode(),
        "x-amz-server-side-encryption-customer-key-MD5": base64.b64encode(
            md5(CUSTOMER_KEY, usedforsecurity=False).digest()
        ).decode(),
    },
}


def copied_into_a_part(field: Field, ranged: str | None = None) -> Outcome:
    """Use a part's URL with a header that requests the bytes of another object (UploadPartCopy)."""
    with field.object(field.private_bucket) as secret:
        more = {"x-amz-copy-source-range": ranged} if ranged else {}
        return _with_a_part(field, {"x-amz-copy-source": f"/{secret.bucket}/{secret.object_key}", **more})


def with_unsigned_headers(field: Field, name: str) -> Outcome:
    return _with_a_part(field, UNSIGNED_HEADERS[name])


def with_an_object_lock(field: Field) -> Outcome:
    until = field.presigner.now() + LOCKED_FOR
    lock = {
        "x-amz-object-lock-mode": "GOVERNANCE",
        "x-amz-object-lock-retain-until-date": f"{until:%Y-%m-%dT%H:%M:%SZ}",
    }
    return _with_a_part(field, lock)


def object_overwritten(field: Field, headers: Mapping[str, str], body: bytes, *, named: bool) -> Outcome:
    """Overwrite an object without a signature; named: with the access key that every link shows."""
    with field.object(field.private_bucket) as at:
        before = field.snapshot(at)
        query = f"?X-Amz-Credential={quote(field.credential(at), safe='')}" if named else ""
        answer = field.sender.send("PUT", field.url(at) + query, headers, body)
        return outcome(answer, changed=field.snapshot(at) != before)


def object_made(field: Field) -> Outcome:
    """Create an object in the same way, in the bucket whose objects may be readable without a key."""
    with field.nothing(field.public_bucket) as at:
        query = f"?X-Amz-Credential={quote(field.credential(at), safe='')}"
        answer = field.sender.send("PUT", field.url(at) + query, STREAM, STREAMED)
        return outcome(answer, changed=field.storage.head(at) is not None)


def part_sent(field: Field) -> Outcome:
    """Send a part of an open upload in the same way."""
    with field.part() as part:
        address = part.url.partition("&X-Amz-Algorithm=")[0]
        credential = quote(field.credential(part.at), safe="")
        answer = field.sender.send("PUT", f"{address}&X-Amz-Credential={credential}", STREAM, STREAMED)
        return outcome(answer, changed=field.is_sent(part))


def object_deleted(field: Field) -> Outcome:
    with field.object(field.private_bucket) as at:
        answer = field.sender.send("DELETE", field.url(at))
        return outcome(answer, changed=field.storage.head(at) is None)


def object_read(field: Field) -> Outcome:
    with field.object(field.private_bucket) as at:
        answer = field.sender.send("GET", field.url(at))
        return outcome(answer, changed=answer.status == 200)


def bucket_listed(field: Field, bucket: Callable[[Field], str]) -> Outcome:
    with field.object(bucket(field)) as at:
        listing = field.url(at).removesuffix(f"/{at.object_key}") + "/?list-type=2"
        answer = field.sender.send("GET", listing)
        return outcome(answer, changed=answer.status == 200 and at.object_key.encode() in answer.body)


def type_overridden(field: Field) -> Outcome:
    """Use a link that shows a public object as a web page."""
    with field.object(field.public_bucket) as at:
        answer = field.sender.send("GET", f"{field.url(at)}?response-content-type={quote(HTML, safe='')}")
        shown = answer.status == 200 and answer.headers.get("content-type", "").startswith(HTML)
        return outcome(answer, changed=shown)


def _with_a_part(field: Field, headers: Mapping[str, str]) -> Outcome:
    """Send the bytes that a part's URL allows, with headers that it does not allow."""
    with field.part() as part:
        answer = field.sender.send("PUT", part.url, headers, BODY)
        if not field.is_sent(part):
            return outcome(answer, changed=False)
        return outcome(answer, changed=field.completed(part) != field.untouched)


def _streamed(body: bytes) -> bytes:
    """Return a body of one chunk followed by a checksum.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
    """
    checksum = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    return b"%x\r\n%b\r\n0\r\nx-amz-checksum-crc32:%b\r\n\r\n" % (len(body), body, checksum.encode())


# CVE-2026-41145: MinIO accepted such a request from any client that knew an access key id.
STREAM = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-decoded-content-length": str(len(FORGED)),
    "x-amz-trailer": "x-amz-checksum-crc32",
    "Content-Encoding": "aws-chunked",
}
STREAMED = _streamed(FORGED)

ATTACKS: dict[str, Attack] = {
    "another object copied into a part (x-amz-copy-source)": copied_into_a_part,
    "a range of another object copied into a part": partial(copied_into_a_part, ranged="bytes=0-4"),
    "an object overwritten by an unsigned stream": partial(
        object_overwritten, headers=STREAM, body=STREAMED, named=True
    ),
    "an object made by an unsigned stream": object_made,
    "a part sent by an unsigned stream": part_sent,
    **{f"{name} with a part": partial(with_unsigned_headers, name=name) for name in UNSIGNED_HEADERS},
    "x-amz-object-lock-* with a part": with_an_object_lock,
    "an object overwritten without a key": partial(object_overwritten, headers={}, body=FORGED, named=False),
    "an object deleted without a key": object_deleted,
    "an object read without a key": object_read,
    "the private bucket listed without a key": partial(bucket_listed, bucket=lambda field: field.private_bucket),
    "the public bucket listed without a key": partial(bucket_listed, bucket=lambda field: field.public_bucket),
    "response-content-type on a public object": type_overridden,
}
"""Attack → the function that returns its outcome, or raises storage's errors if it could not be tried."""
