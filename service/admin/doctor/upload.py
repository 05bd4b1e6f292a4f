"""A real multipart upload through the public address, and what storage holds its senders to."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256

from botocore.exceptions import ClientError

from service.admin.doctor.finding import Answer, Check, Finding, Ground, fail, ok, warn
from service.errors import StorageRefusedError
from service.limits import MIN_PART_SIZE
from service.storage.replies import NotThereError, PartsRefusedError
from service.values import Location, PartToSign

SECONDS = 300
BODY = b"longshore doctor"


def whole_upload(ground: Ground) -> Finding:
    """Two parts through the URLs that browsers are given, completed and read again."""
    first = b"\0" * MIN_PART_SIZE
    with opened(ground) as (at, upload_id):
        for number, body in ((1, first), (2, BODY)):
            answer = _put(ground, at, upload_id, number, len(body), body)
            if answer.status != 200:
                return _refused(answer)
        parts = ground.deps.storage.list_parts(at, upload_id)
        if [part.size for part in parts] != [len(first), len(BODY)]:
            change = "Nothing between browsers and storage may change what is sent."
            return fail("storage lists other parts than were sent", change)
        ground.deps.storage.complete_upload(at, upload_id, parts, None)
        stored = ground.deps.storage.head(at)
        got = b"".join(ground.deps.storage.read(at, stored.etag)) if stored else b""
        if sha256(got).digest() != sha256(first + BODY).digest():
            return fail("storage gives other bytes than were sent", "Do not run on this storage.")
    return ok("two parts sent, completed, and read again")


def length(ground: Ground) -> Finding:
    with opened(ground) as (at, upload_id):
        if _put(ground, at, upload_id, 1, len(BODY), BODY + b"!").status < 400:
            change = "Completion still compares every length; but anybody with a URL can fill your storage until then."
            return warn("a part longer than was signed is taken", change)
    return ok("a part of another length is refused")


def empty_file(ground: Ground) -> Finding:
    """Garage refuses a part without a byte."""
    with opened(ground) as (at, upload_id):
        status = _put(ground, at, upload_id, 1, 0, b"").status
    if status != 200:
        return warn(f"a part of no bytes is answered {status}", "Files of no bytes cannot be sent; all others can.")
    return ok("a file of no bytes can be sent")


def checksums(ground: Ground) -> Finding:
    enforced = ground.deps.checksums.enforced()
    if not enforced:
        change = "checksum_algorithm is then not offered; choose a storage that checks, if clients rely on it."
        return warn("storage holds parts to no checksum", change)
    return ok(", ".join(sorted(enforced)))


def second_completion(ground: Ground) -> Finding:
    with opened(ground) as (at, upload_id):
        _put(ground, at, upload_id, 1, len(BODY), BODY)
        parts = ground.deps.storage.list_parts(at, upload_id)
        for _ in range(2):
            try:
                ground.deps.storage.complete_upload(at, upload_id, parts, None)
            except NotThereError:
                return ok("refused as unknown, which the service expects")
            except (PartsRefusedError, StorageRefusedError) as error:
                change = "Do not run on this storage: a completion whose answer is lost could not be found out about."
                return fail(f"refused ({error})", change)
    return ok("answered as the first one")


def paging(ground: Ground) -> Finding:
    """SeaweedFS begins a page with the part after which it was asked for, which the service expects."""
    with opened(ground) as (at, upload_id):
        for number in (1, 2, 3):
            _put(ground, at, upload_id, number, len(BODY), BODY)
        where = {"Bucket": at.bucket, "Key": at.object_key, "UploadId": upload_id, "MaxParts": 2}
        first = ground.s3.list_parts(**where)
        second = ground.s3.list_parts(**where, PartNumberMarker=first.get("NextPartNumberMarker") or 2)
    pages = [[part["PartNumber"] for part in page.get("Parts", [])] for page in (first, second)]
    if pages not in ([[1, 2], [3]], [[1, 2], [2, 3]], [[1, 2, 3], [3]], [[1, 2, 3], []]):
        change = "Do not run on this storage: uploads of more than 1,000 parts cannot be verified."
        return fail(f"ListParts goes on wrongly: {pages}", change)
    return ok("ListParts goes on where it stopped")


def deletion(ground: Ground) -> Finding:
    """Two objects, deleted as the sweeper deletes them, and looked for again."""
    bucket = ground.deps.settings.s3_private_bucket
    keys = [f"doctor-{uuid.uuid4()}" for _ in range(2)]
    for key in keys:
        ground.deps.storage.put(Location(bucket, key), BODY)
    try:
        refused = ground.deps.storage.delete(bucket, keys)
    except StorageRefusedError as error:
        refused = dict.fromkeys(keys, str(error.extra["storage_code"]))
    left = [key for key in keys if ground.deps.storage.head(Location(bucket, key)) is not None]
    if not left:
        return ok("deleted objects are gone")
    reason = next(iter(refused.values()), "storage answers that they are deleted")
    change = (
        f"Allow the service's key s3:DeleteObject on {bucket}/*, see that no object lock protects objects there, and"
        f" delete {' and '.join(left)} by hand. Until then deleted files stay in storage."
    )
    return fail(f"deleted objects are still there ({reason})", change)


@contextmanager
def opened(ground: Ground) -> Iterator[tuple[Location, str]]:
    """A multipart upload of which nothing stays behind."""
    at = Location(ground.deps.settings.s3_private_bucket, f"doctor-{uuid.uuid4()}")
    upload_id = ground.deps.storage.create_upload(at, "doctor", None)
    try:
        yield at, upload_id
    finally:
        with suppress(ClientError):  # completed: it is an object by now
            ground.s3.abort_multipart_upload(Bucket=at.bucket, Key=at.object_key, UploadId=upload_id)
        ground.remove(at.bucket, at.object_key)


def part_url(ground: Ground, at: Location, upload_id: str, number: int, size: int) -> str:
    return ground.deps.presigner.sign_parts(at, upload_id, [PartToSign(number, size)], SECONDS, None).urls[0]


def _put(ground: Ground, at: Location, upload_id: str, number: int, size: int, body: bytes) -> Answer:
    return ground.http("PUT", part_url(ground, at, upload_id, number, size), None, body)


def _refused(answer: Answer) -> Finding:
    if b"SignatureDoesNotMatch" in answer.body:
        change = "Let the proxy before storage keep the Host header and the path as they come."
        return fail("storage gets another request than was signed", change)
    if answer.status == 413:
        return fail("a part is too large for something on the way", "Take the proxy's limit on bodies away.")
    if b"InvalidAccessKeyId" in answer.body:
        return fail("storage does not know the key that signs parts", "Make the key of S3_UPLOAD_ACCESS_KEY there.")
    change = "See storage's log, and that S3_PUBLIC_ENDPOINT_URL leads to the storage of S3_ENDPOINT_URL."
    return fail(f"a part was answered {answer.status}", change)


CHECKS: dict[str, Check] = {
    "whole upload": whole_upload,
    "length": length,
    "empty file": empty_file,
    "checksums": checksums,
    "second completion": second_completion,
    "paging": paging,
    "deletion": deletion,
}
