"""Delete every version of an object: in a versioned bucket, a plain delete only hides the latest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from service.errors import StorageRefusedError, StorageUnavailableError
from service.limits import MAX_DELETE_KEYS
from service.observability.logs import get_logger
from service.storage.replies import OBJECT_GONE, translated
from service.values import Location

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = get_logger(__name__)

NO_CONTENT = 204
"""The status of a successful deletion (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html)."""
_REFUSES_LISTS = {
    *("NotImplemented", "501", "405", "MethodNotAllowed", "MissingContentMD5", "InvalidDigest", "BadDigest"),
    *("InvalidArgument", "InvalidRequest", "MalformedXML"),
}
"""Codes of stores that do not accept DeleteObjects, or not in botocore's form. Not AccessDenied: that also
applies to single deletions."""
REMEMBERED = 600.0
"""Seconds for which it is cached whether a bucket is versioned."""
MAX_UNANSWERED = 3
"""Calls for one key each without an answer, after which the other keys are not tried: each may wait for a time-out."""

T = TypeVar("T")


class Deleter:
    """Deletes objects with all their versions.

    Versions are only listed if the bucket reports them, or answers a delete with a delete marker
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html): so this also works with a store without
    versions, one that does not report its markers (Swift), and a key that cannot read the bucket's versioning.
    """

    def __init__(self, client: S3Client) -> None:
        self._patient = client
        self._known: dict[str, tuple[bool, float]] = {}

    def delete(self, bucket: str, object_keys: list[str]) -> dict[str, str]:
        """Delete objects; returns the refused keys with storage's reason.

        Versions that may not be listed or deleted count as refused, and so does a key for which storage gives no answer
        where each key needs a call of its own. Raises storage's errors for calls that are for all keys.
        """
        refused: dict[str, str] = {}
        all_of_them = bool(object_keys) and self.keeps_versions(bucket)
        for start in range(0, len(object_keys), MAX_DELETE_KEYS):
            some = object_keys[start : start + MAX_DELETE_KEYS]
            reply = self._delete(bucket, [{"Key": key} for key in some])
            refused |= _refused(reply)
            marked = {each["Key"] for each in reply.get("Deleted", []) if each.get("DeleteMarker")}
            calls = _CallsForKeys("its versions: ")
            for key in set(some) if all_of_them else marked:
                refused |= calls.make(key, partial(self._delete_versions, bucket, key)) or {}
            refused |= calls.failed
        return refused

    def delete_exactly(self, at: Location) -> bool:
        """Delete the version in `at`, else the latest one as a plain DELETE does; False for a foreign answer.

        In a versioned bucket, the other versions stay.
        """
        one = {"Key": at.object_key} | ({} if at.version_id is None else {"VersionId": at.version_id})
        return bool(self._delete_one(at.bucket, one)["ResponseMetadata"]["HTTPStatusCode"] == NO_CONTENT)

    def keeps_versions(self, bucket: str) -> bool:
        """Whether the bucket reports that it is or was versioned; False without an answer."""
        known, until = self._known.get(bucket, (False, 0.0))
        if time.monotonic() >= until:
            known = self._ask(bucket)
            self._known[bucket] = (known, time.monotonic() + REMEMBERED)
        return known

    def _ask(self, bucket: str) -> bool:
        try:
            with translated("GetBucketVersioning"):
                return bool(self._patient.get_bucket_versioning(Bucket=bucket).get("Status"))
        except StorageRefusedError:  # unknown there, or not allowed
            return False

    def _delete_versions(self, bucket: str, object_key: str) -> dict[str, str]:
        refused: dict[str, str] = {}
        versions = list(self._versions(bucket, object_key))
        for start in range(0, len(versions), MAX_DELETE_KEYS):
            refused |= _refused(self._delete(bucket, versions[start : start + MAX_DELETE_KEYS]))
        return refused

    def _versions(self, bucket: str, object_key: str) -> Iterator[dict[str, str]]:
        """Return versions and delete markers of exactly this key."""
        place: dict[str, str] = {}
        while True:
            with translated("ListObjectVersions"):
                reply = self._patient.list_object_versions(Bucket=bucket, Prefix=object_key, **place)  # type: ignore[arg-type]
            for each in (*reply.get("Versions", []), *reply.get("DeleteMarkers", [])):
                if each["Key"] == object_key:
                    yield {"Key": object_key, "VersionId": each["VersionId"]}
            following = {"KeyMarker": reply.get("NextKeyMarker", "")}
            following["VersionIdMarker"] = reply.get("NextVersionIdMarker", "")
            # this key is the first of those that begin with it; a list without progress would be requested for ever
            if not reply.get("IsTruncated") or following["KeyMarker"] != object_key or following == place:
                return
            place = following

    def _delete(self, bucket: str, objects: list[dict[str, str]]) -> Any:
        listed: Any = objects
        try:
            with translated("DeleteObjects"):
                return self._patient.delete_objects(Bucket=bucket, Delete={"Objects": listed})
        except StorageRefusedError as error:
            if error.extra["storage_code"] not in _REFUSES_LISTS:
                raise
            log.info("delete_objects_refused", bucket=bucket, code=error.extra["storage_code"])
            return self._delete_singly(bucket, objects)

    def _delete_singly(self, bucket: str, objects: list[dict[str, str]]) -> Any:
        """Delete by one call for each; return the answer in DeleteObjects' form."""
        deleted: list[dict[str, Any]] = []
        calls = _CallsForKeys()
        for each in objects:
            reply = calls.make(each["Key"], partial(self._delete_one, bucket, each))
            if reply is None:
                continue
            if reply["ResponseMetadata"]["HTTPStatusCode"] == NO_CONTENT:
                deleted.append({"Key": each["Key"], "DeleteMarker": reply.get("DeleteMarker", False)})
            else:  # a proxy's page
                calls.failed[each["Key"]] = "the answer is not from an S3 server"
        return {"Deleted": deleted, "Errors": [{"Key": key, "Code": why} for key, why in calls.failed.items()]}

    def _delete_one(self, bucket: str, one: dict[str, str]) -> Any:
        with translated("DeleteObject"):
            return self._patient.delete_object(Bucket=bucket, **one)  # type: ignore[arg-type]


class _CallsForKeys:
    """Calls for one key each: one that fails keeps only its key. failed: the reasons, by key, after a prefix."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._unanswered = 0
        self.failed: dict[str, str] = {}

    def make(self, key: str, call: Callable[[], T]) -> T | None:
        """Return what the call returns; None if it failed, or was not made after MAX_UNANSWERED without an answer."""
        try:
            if self._unanswered >= MAX_UNANSWERED:
                raise StorageUnavailableError
            return call()
        except StorageRefusedError as error:
            self.failed[key] = f"{self._prefix}{error.extra['storage_code']}"
        except StorageUnavailableError as error:
            self._unanswered += 1
            self.failed[key] = f"{self._prefix}{error.code}"
        return None


def _refused(reply: Any) -> dict[str, str]:
    return {
        error["Key"]: ": ".join(filter(None, [str(error.get("Code")), error.get("Message")]))
        for error in reply.get("Errors", [])
        if error.get("Code") not in OBJECT_GONE
    }
