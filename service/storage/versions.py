"""Delete every version of an object: in a versioned bucket, a plain delete only hides the latest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.errors import StorageRefusedError
from service.limits import MAX_DELETE_KEYS
from service.observability.logs import get_logger
from service.storage.replies import OBJECT_GONE, translated

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

        Versions that may not be listed or deleted count as refused. Raises storage's errors.
        """
        refused: dict[str, str] = {}
        all_of_them = bool(object_keys) and self.keeps_versions(bucket)
        for start in range(0, len(object_keys), MAX_DELETE_KEYS):
            some = object_keys[start : start + MAX_DELETE_KEYS]
            reply = self._delete(bucket, [{"Key": key} for key in some])
            refused |= _refused(reply)
            marked = {each["Key"] for each in reply.get("Deleted", []) if each.get("DeleteMarker")}
            for key in set(some) if all_of_them else marked:
                try:
                    refused |= self._delete_versions(bucket, key)
                except StorageRefusedError as error:
                    refused[key] = f"its versions: {error.extra['storage_code']}"
        return refused

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
        errors: list[dict[str, Any]] = []
        for each in objects:
            try:
                with translated("DeleteObject"):
                    reply = self._patient.delete_object(Bucket=bucket, **each)  # type: ignore[arg-type]
            except StorageRefusedError as error:
                errors.append({"Key": each["Key"], "Code": error.extra["storage_code"]})
                continue
            if reply["ResponseMetadata"]["HTTPStatusCode"] == NO_CONTENT:
                deleted.append({"Key": each["Key"], "DeleteMarker": reply.get("DeleteMarker", False)})
            else:  # a proxy's page
                errors.append({"Key": each["Key"], "Code": "the answer is not from an S3 server"})
        return {"Deleted": deleted, "Errors": errors}


def _refused(reply: Any) -> dict[str, str]:
    return {
        error["Key"]: ": ".join(filter(None, [str(error.get("Code")), error.get("Message")]))
        for error in reply.get("Errors", [])
        if error.get("Code") not in OBJECT_GONE
    }
