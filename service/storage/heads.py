"""Read metadata of objects by HEAD, whose responses have no body with the reason if an object is missing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from service.errors import StorageRefusedError, StorageUnavailableError
from service.storage.replies import NotThereError, counted, translated
from service.values import Location

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REMEMBERED = 600.0
"""Seconds without requests for checksums after storage refused one."""
_REFUSES_THE_HEADER = {"400", "501"}


class Looker:
    """Reads an object's metadata, and reports it as missing only if S3's own code confirms it."""

    def __init__(self, client: S3Client) -> None:
        self._s3 = client
        self._without_checksums_until = 0.0

    def look(self, at: Location) -> Any:
        """Return HeadObject's reply. Raises NotThereError and storage's errors.

        A bare 404 may be from a proxy, and a store may be delayed for a moment: so a GET for the same follows, whose
        answer has the reason. If the two contradict each other: StorageUnavailableError.
        """
        for _ in range(2):
            try:
                return self._complete(self._head(at))
            except (NotThereError, StorageRefusedError) as error:
                self._confirm(at, error)
        raise counted(StorageUnavailableError())

    def _head(self, at: Location) -> Any:
        """With the object's checksum if storage reports it; Backblaze B2 rejects the request for it."""
        if time.monotonic() < self._without_checksums_until:
            return self._ask(at)
        try:
            return self._ask(at, ChecksumMode="ENABLED")
        except StorageRefusedError as error:
            if error.extra["storage_code"] not in _REFUSES_THE_HEADER:
                raise
        reply = self._ask(at)
        self._without_checksums_until = time.monotonic() + REMEMBERED
        return reply

    def _ask(self, at: Location, **mode: Any) -> Any:
        with translated("HeadObject"):
            return self._s3.head_object(**named(at), **mode)

    def _complete(self, reply: Any) -> Any:
        """A response without an ETag is not from an S3 server: proxies send empty pages with status 200."""
        if not reply.get("ETag") or "ContentLength" not in reply:
            raise counted(StorageUnavailableError())
        return reply

    def _confirm(self, at: Location, error: NotThereError | StorageRefusedError) -> None:
        """Find out by a GET why a HEAD shows no object; return if the GET shows one.

        Raises NotThereError if there is none, also for a version id of another store, and otherwise the error of the
        GET's response.
        """
        try:
            with translated("GetObject"):
                self._s3.get_object(**named(at), Range="bytes=0-0")["Body"].close()
        except StorageRefusedError as refusal:
            code = refusal.extra["storage_code"]
            if at.version_id is not None and code == "InvalidArgument":
                raise NotThereError("HeadObject", code) from refusal
            if code != "InvalidRange":  # the object has no bytes
                raise
        if isinstance(error, StorageRefusedError):
            raise error


def named(at: Location) -> Any:
    """Return an object's location, with its version if given, in boto3's names."""
    version = {} if at.version_id is None else {"VersionId": at.version_id}
    return {"Bucket": at.bucket, "Key": at.object_key, **version}
