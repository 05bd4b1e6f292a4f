"""Deleting every version of an object: in a bucket that keeps versions, a plain delete only hides the latest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from service.errors import StorageRefusedError
from service.limits import MAX_DELETE_KEYS
from service.storage.replies import NOT_THERE, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def delete_objects(client: S3Client, bucket: str, object_keys: list[str]) -> dict[str, str]:
    """Delete objects with all their versions; returns the refused keys with storage's reason.

    A bucket that keeps versions answers a delete with a delete marker
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html). Only then are versions listed, so that
    a store without such a list works as before. Versions that may not be listed or deleted count as refused.
    """
    refused: dict[str, str] = {}
    for start in range(0, len(object_keys), MAX_DELETE_KEYS):
        wanted = [{"Key": key} for key in object_keys[start : start + MAX_DELETE_KEYS]]
        reply = _delete(client, bucket, wanted)
        refused |= _refused(reply)
        for key in {each["Key"] for each in reply.get("Deleted", []) if each.get("DeleteMarker")}:
            try:
                refused |= _delete_versions(client, bucket, key)
            except StorageRefusedError as error:
                refused[key] = f"its versions: {error.extra['storage_code']}"
    return refused


def _delete_versions(client: S3Client, bucket: str, object_key: str) -> dict[str, str]:
    refused: dict[str, str] = {}
    for some in _in_batches(_versions(client, bucket, object_key)):
        refused |= _refused(_delete(client, bucket, some))
    return refused


def _versions(client: S3Client, bucket: str, object_key: str) -> Iterator[dict[str, str]]:
    """Versions and delete markers of exactly this key."""
    place: dict[str, str] = {}
    while True:
        with translated("ListObjectVersions"):
            reply = client.list_object_versions(Bucket=bucket, Prefix=object_key, **place)  # type: ignore[arg-type]
        for each in (*reply.get("Versions", []), *reply.get("DeleteMarkers", [])):
            if each["Key"] == object_key:
                yield {"Key": object_key, "VersionId": each["VersionId"]}
        following = {
            "KeyMarker": reply.get("NextKeyMarker", ""),
            "VersionIdMarker": reply.get("NextVersionIdMarker", ""),
        }
        # this key stands first among those that begin with it; a place that does not move on would be asked for ever
        if not reply.get("IsTruncated") or following["KeyMarker"] != object_key or following == place:
            return
        place = following


def _in_batches(versions: Iterable[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    found = list(versions)
    for start in range(0, len(found), MAX_DELETE_KEYS):
        yield found[start : start + MAX_DELETE_KEYS]


def _delete(client: S3Client, bucket: str, objects: list[dict[str, str]]) -> Any:
    listed: Any = objects
    with translated("DeleteObjects"):
        return client.delete_objects(Bucket=bucket, Delete={"Objects": listed})


def _refused(reply: Any) -> dict[str, str]:
    return {
        error["Key"]: f"{error.get('Code')}: {error.get('Message')}"
        for error in reply.get("Errors", [])
        if error.get("Code") not in NOT_THERE
    }
