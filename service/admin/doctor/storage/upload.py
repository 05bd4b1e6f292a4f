"""A real multipart upload through the public address, and what storage enforces."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from botocore.exceptions import ClientError

from service.admin.doctor.finding import Answer, Check, CheckContext, Finding, fail, ok, warn
from service.errors import StorageRefusedError
from service.limits import MIN_PART_SIZE
from service.storage.replies import NotThereError, PartsRefusedError
from service.values import Location, NewMultipart, PartToSign

SECONDS = 300
BODY = b"longshore doctor"
DISPOSITION, TYPE = 'attachment; filename="doctor.txt"', "text/plain"


def whole_upload(context: CheckContext) -> Finding:
    """Upload two parts with URLs as for browsers, complete the upload and read it back."""
    first = b"\0" * MIN_PART_SIZE
    with opened(context) as (at, upload_id):
        for number, body in ((1, first), (2, BODY)):
            answer = _put(context, at, upload_id, number, len(body), body)
            if answer.status != 200:
                return _refused(answer)
        parts = context.deps.storage.list_parts(at, upload_id)
        if [part.size for part in parts] != [len(first), len(BODY)]:
            change = "Find and remove what changes requests between browsers and storage."
            return fail("storage lists different parts than were sent", change)
        context.deps.storage.complete_upload(at, upload_id, parts, None)
        stored = context.deps.storage.head(at)
        got = b"".join(context.deps.storage.read(at, stored.etag)) if stored else b""
        if got != first + BODY:
            return fail("storage returns different bytes than were sent", "Do not use this storage.")
    return ok("two parts uploaded, completed and read back")


def link(context: CheckContext) -> Finding:
    """Read an object of the private bucket by a link as for browsers, which also names and types the download."""
    at = Location(context.deps.settings.s3_private_bucket, f"doctor-{uuid.uuid4()}")
    context.deps.storage.put(at, BODY)
    try:
        answer = context.http("GET", context.deps.presigner.sign_download(at, DISPOSITION, TYPE, SECONDS).url)
    finally:
        context.remove(at.bucket, at.object_key)
    if (answer.status, answer.body) != (200, BODY):
        change = f"Allow the service's key s3:GetObject on {at.bucket}/*, and let proxies pass links to that bucket."
        return fail(f"a link to the private bucket is answered {answer.status}", change)
    if (answer.headers.get("content-disposition"), answer.headers.get("content-type")) != (DISPOSITION, TYPE):
        change = "Let proxies keep the query and the headers: without them, files are saved under their keys."
        return warn("the name and type in a link are ignored", change)
    return ok("an object of the private bucket read by a link, with name and type")


def length(context: CheckContext) -> Finding:
    with opened(context) as (at, upload_id):
        if _put(context, at, upload_id, 1, len(BODY), BODY + b"!").status < 400:
            change = "Use another store if you can: until completion, anyone with a URL can fill your storage."
            return warn("a part that is longer than signed is accepted", change)
    return ok("a part with a different length is rejected")


def empty_file(context: CheckContext) -> Finding:
    """Check that storage accepts an empty part; Garage does not."""
    with opened(context) as (at, upload_id):
        status = _put(context, at, upload_id, 1, 0, b"").status
    if status != 200:
        return warn(
            f"an empty part is answered {status}",
            "Empty files cannot be uploaded; all others can. Use another store if you need them.",
        )
    return ok("empty files can be uploaded")


def checksums(context: CheckContext) -> Finding:
    enforced = context.deps.checksums.enforced()
    if not enforced:
        change = "Clients cannot use checksum_algorithm; if they rely on it, use a store that verifies checksums."
        return warn("storage verifies no checksums of parts", change)
    return ok(", ".join(sorted(enforced)))


def second_completion(context: CheckContext) -> Finding:
    with opened(context) as (at, upload_id):
        _put(context, at, upload_id, 1, len(BODY), BODY)
        parts = context.deps.storage.list_parts(at, upload_id)
        for _ in range(2):
            try:
                context.deps.storage.complete_upload(at, upload_id, parts, None)
            except NotThereError:
                return ok("answered as not found, which the service handles")
            except (PartsRefusedError, StorageRefusedError) as error:
                change = (
                    "Do not use this storage: after a lost answer, the result of a completion cannot be determined."
                )
                return fail(f"rejected ({error})", change)
    return ok("answered like the first")


def paging(context: CheckContext) -> Finding:
    """Check that ListParts pages are complete; SeaweedFS repeats a part, which the service handles."""
    with opened(context) as (at, upload_id):
        for number in (1, 2, 3):
            _put(context, at, upload_id, number, len(BODY), BODY)
        where = {"Bucket": at.bucket, "Key": at.object_key, "UploadId": upload_id, "MaxParts": 2}
        first = context.s3.list_parts(**where)
        second = context.s3.list_parts(**where, PartNumberMarker=first.get("NextPartNumberMarker") or 2)
    pages = [[part["PartNumber"] for part in page.get("Parts", [])] for page in (first, second)]
    if pages not in ([[1, 2], [3]], [[1, 2], [2, 3]], [[1, 2, 3], [3]], [[1, 2, 3], []]):
        change = "Do not use this storage: uploads of more than 1,000 parts cannot be verified."
        return fail(f"ListParts returns wrong pages: {pages}", change)
    return ok("ListParts returns complete pages")


def deletion(context: CheckContext) -> Finding:
    """Delete two objects as the sweeper does, and check that they are gone."""
    bucket = context.deps.settings.s3_private_bucket
    keys = [f"doctor-{uuid.uuid4()}" for _ in range(2)]
    for key in keys:
        context.deps.storage.put(Location(bucket, key), BODY)
    try:
        refused = context.deps.storage.delete(bucket, keys)
    except StorageRefusedError as error:
        refused = dict.fromkeys(keys, str(error.extra["storage_code"]))
    left = [key for key in keys if context.deps.storage.head(Location(bucket, key)) is not None]
    if not left:
        return ok("deleted objects are gone")
    reason = next(iter(refused.values()), "storage reported success")
    change = (
        f"Allow the service's key s3:DeleteObject on {bucket}/*, remove any object lock, and delete"
        f" {' and '.join(left)} yourself. Until then deleted files stay in storage."
    )
    return fail(f"deleted objects still exist ({reason})", change)


@contextmanager
def opened(context: CheckContext) -> Iterator[tuple[Location, str]]:
    """Open a multipart upload; abort it and delete its object at the end."""
    at = Location(context.deps.settings.s3_private_bucket, f"doctor-{uuid.uuid4()}")
    upload_id = context.deps.storage.create_upload(NewMultipart(at, "doctor"))
    try:
        yield at, upload_id
    finally:
        with suppress(ClientError):  # already completed
            context.s3.abort_multipart_upload(Bucket=at.bucket, Key=at.object_key, UploadId=upload_id)
        context.remove(at.bucket, at.object_key)


def part_url(context: CheckContext, at: Location, upload_id: str, number: int, size: int) -> str:
    return context.deps.presigner.sign_parts(at, upload_id, [PartToSign(number, size)], SECONDS, None).urls[0]


def _put(context: CheckContext, at: Location, upload_id: str, number: int, size: int, body: bytes) -> Answer:
    return context.http("PUT", part_url(context, at, upload_id, number, size), None, body)


def _refused(answer: Answer) -> Finding:
    if b"SignatureDoesNotMatch" in answer.body:
        change = "Configure the proxy before storage to keep the Host header and the path unchanged."
        return fail("storage receives a different request than was signed", change)
    if answer.status == 413:
        return fail("a part is too large for a proxy before storage", "Remove the proxy's limit on bodies.")
    if b"InvalidAccessKeyId" in answer.body:
        return fail(
            "the key that signs parts does not exist in storage", "Create the key of S3_UPLOAD_ACCESS_KEY there."
        )
    change = "Check storage's log, and that S3_PUBLIC_ENDPOINT_URL leads to the same storage as S3_ENDPOINT_URL."
    return fail(f"a part was answered {answer.status}", change)


CHECKS: dict[str, Check] = {
    "whole upload": whole_upload,
    "link": link,
    "length": length,
    "empty file": empty_file,
    "checksums": checksums,
    "second completion": second_completion,
    "paging": paging,
    "deletion": deletion,
}
