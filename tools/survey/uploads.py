"""Completion and afterwards: replays, lists of parts, and other behaviour that the service relies on."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from botocore.exceptions import ClientError

from service.limits import MIB
from service.storage.replies import NotThereError, ObjectChangedError, PartsRefusedError
from service.values import Location
from tools.survey.surveyed import BODY, BUCKET, OTHER, SurveyedStore, put
from tools.survey.words import refusal, whether

ANOTHER_ETAG = f'"{"0" * 32}"'


def replay_after_completion(surveyed: SurveyedStore) -> str:
    """Use the part's URL again with other bytes, then read the object."""
    with surveyed.upload() as upload:
        etag = upload.completed().etag
        answer = refusal(put(upload.url(), OTHER))
        try:
            whole = b"".join(surveyed.storage.read(upload.at, etag)) == BODY
        except Exception:  # noqa: BLE001 - any failure to read it means damage
            whole = False
    return answer if whole else f"{answer}, **the file is damaged**"


def replay_after_abort(surveyed: SurveyedStore) -> str:
    """Use the part's URL again after the upload was aborted."""
    with surveyed.upload() as upload:
        put(upload.url())
        surveyed.storage.abort_upload(upload.at, upload.storage_id)
        return refusal(put(upload.url(), OTHER))


def second_completion(surveyed: SurveyedStore) -> str:
    """Complete again, as after a lost response."""
    with surveyed.upload() as upload:
        put(upload.url())
        parts = surveyed.storage.list_parts(upload.at, upload.storage_id)
        upload.complete()
        try:
            surveyed.storage.complete_upload(upload.at, upload.storage_id, parts, None)
        except NotThereError:
            return "NoSuchUpload"
        return "the same answer"


def pages_of_parts(surveyed: SurveyedStore) -> str:
    """Read the second page of a list of three parts, one per page."""
    with surveyed.upload() as upload:
        for number in (1, 2, 3):
            put(upload.url(number=number))
        page = surveyed.client.list_parts(
            Bucket=BUCKET, Key=upload.at.object_key, UploadId=upload.storage_id, MaxParts=1, PartNumberMarker=1
        )
    numbers = [part["PartNumber"] for part in page["Parts"]]
    return "the last part again" if numbers == [1] else whether(page["IsTruncated"] and numbers == [2])


def unequal_parts(surveyed: SurveyedStore) -> str:
    """Upload parts of 5 MiB, 6 MiB and one byte."""
    with surveyed.upload() as upload:
        for number, size in enumerate((5 * MIB, 6 * MIB, 1), start=1):
            put(upload.url(bytes(size), number), bytes(size))
        try:
            return whether(upload.complete().size == 11 * MIB + 1)
        except PartsRefusedError:
            return "no"


def empty_file(surveyed: SurveyedStore) -> str:
    """Upload one empty part."""
    with surveyed.upload() as upload:
        put(upload.url(b""), b"")
        try:
            return whether(upload.complete().size == 0)
        except PartsRefusedError:
            return "no"


def metadata(surveyed: SurveyedStore) -> str:
    """Check that the object has its upload's id."""
    with surveyed.upload() as upload:
        return whether(upload.completed().upload_id == "survey")


def read_of_another(surveyed: SurveyedStore) -> str:
    """Read with the ETag of another object (If-Match)."""
    with surveyed.upload() as upload:
        upload.completed()
        try:
            list(surveyed.storage.read(upload.at, ANOTHER_ETAG))
        except ObjectChangedError:
            return "refused"
        return "**let through**"


def copy_of_another(surveyed: SurveyedStore) -> str:
    """Copy with the ETag of another object (x-amz-copy-source-if-match), without the service's own check."""
    with surveyed.upload() as upload:
        upload.completed()
        source, to = f"{BUCKET}/{upload.at.object_key}", f"{upload.at.object_key}-copy"
        try:
            surveyed.client.copy_object(Bucket=BUCKET, Key=to, CopySource=source, CopySourceIfMatch=ANOTHER_ETAG)
        except ClientError as error:
            return refusal(error.response["ResponseMetadata"]["HTTPStatusCode"])
        surveyed.storage.delete(BUCKET, [to])
        return "**let through**"


def deletion(surveyed: SurveyedStore) -> str:
    """Delete two objects in one request (DeleteObjects), or, if that is refused, one by one as the service does."""
    places = [Location(BUCKET, f"survey-{uuid.uuid4()}") for _ in range(2)]
    keys = [at.object_key for at in places]
    for at in places:
        surveyed.storage.put(at, BODY)
    found = "in one request"
    try:
        surveyed.client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys]})
    except ClientError:
        found = "one by one"
        surveyed.storage.delete(BUCKET, keys)
    return "**not deleted**" if any(surveyed.storage.head(at) for at in places) else found


CHECKS: dict[str, Callable[[SurveyedStore], str]] = {
    "a part's URL again after completion": replay_after_completion,
    "a part's URL again after abort": replay_after_abort,
    "a read of another ETag": read_of_another,
    "a copy of another ETag": copy_of_another,
    "a second completion": second_completion,
    "ListParts in pages": pages_of_parts,
    "parts of unequal sizes": unequal_parts,
    "an empty file": empty_file,
    "the object keeps the upload's metadata": metadata,
    "deleting objects": deletion,
    "CORS rules by API": lambda surveyed: whether(surveyed.storage.allow_origins(BUCKET, ("https://page.example",))),
}
"""Title → the function that returns storage's result."""
