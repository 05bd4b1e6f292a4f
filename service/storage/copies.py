"""Copy an object inside storage, in one call or in parts."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from service.errors import ServiceError, StorageUnavailableError
from service.limits import MAX_PARTS
from service.observability.logs import get_logger
from service.storage.heads import Looker, named
from service.storage.multiparts import Multiparts
from service.storage.replies import OBJECT_GONE, NotThereError, ObjectChangedError, counted, translated
from service.values import Location

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = get_logger(__name__)

COPY_ID_METADATA = "longshore-copy-id"
"""Metadata of an object that was copied in parts: how a copy whose last reply was lost is recognised."""


class Copier:
    """Copies objects. patient: the client for calls that may take a while."""

    def __init__(self, client: S3Client, patient: S3Client, looker: Looker, multiparts: Multiparts) -> None:
        self._s3 = client
        self._patient = patient
        self._looker = looker
        self._multiparts = multiparts

    def copy(
        self, source: Location, etag: str, size: int, to: Location, headers: dict[str, Any], part_size: int
    ) -> str:
        """Copy exactly the object with this ETag; one of more than part_size bytes in parts
        (https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html).

        headers: of the copy, in boto3's names. Returns the copy's ETag, empty if storage's answer has none. Raises
        ObjectChangedError if the source was deleted or replaced, and storage's errors.
        """
        try:
            if size <= part_size:
                return self._copy_at_once(source, etag, to, headers)
            return self._copy_in_parts(source, etag, size, to, headers, max(part_size, -(-size // MAX_PARTS)))
        except NotThereError as error:
            if error.code in OBJECT_GONE:
                raise ObjectChangedError from error
            # another worker that makes the same copy has aborted this multipart upload
            raise counted(StorageUnavailableError()) from error

    def _copy_at_once(self, source: Location, etag: str, to: Location, headers: dict[str, Any]) -> str:
        if "Tagging" in headers:
            headers = headers | {"TaggingDirective": "REPLACE"}
        with translated("CopyObject"):
            reply = self._patient.copy_object(
                Bucket=to.bucket,
                Key=to.object_key,
                CopySource=named(source),
                CopySourceIfMatch=etag,
                MetadataDirective="REPLACE",
                **headers,
            )
        return reply.get("CopyObjectResult", {}).get("ETag", "")

    def _copy_in_parts(
        self, source: Location, etag: str, size: int, to: Location, headers: dict[str, Any], step: int
    ) -> str:
        for left in self._multiparts.open_uploads(
            to.bucket, to.object_key
        ):  # left by a process that died while copying
            if left.object_key == to.object_key:
                self._multiparts.abort(to, left.storage_upload_id)
        copy_id = str(uuid.uuid4())
        headers = headers | {"Metadata": headers.get("Metadata", {}) | {COPY_ID_METADATA: copy_id}}
        with translated("CreateMultipartUpload"):
            upload_id = self._s3.create_multipart_upload(Bucket=to.bucket, Key=to.object_key, **headers)["UploadId"]
        try:
            parts = self._copy_parts(source, etag, range(0, size, step), size, to, upload_id)
            return self._complete(to, upload_id, parts, size, copy_id)
        except BaseException:
            with suppress(ServiceError):  # the sweeper aborts remaining ones
                self._multiparts.abort(to, upload_id)
            raise

    def _copy_parts(
        self, source: Location, etag: str, starts: range, size: int, to: Location, upload_id: str
    ) -> list[Any]:
        parts: list[Any] = []
        for number, start in enumerate(starts, start=1):
            with translated("UploadPartCopy"):
                reply = self._patient.upload_part_copy(
                    Bucket=to.bucket,
                    Key=to.object_key,
                    UploadId=upload_id,
                    PartNumber=number,
                    CopySource=named(source),
                    CopySourceIfMatch=etag,
                    CopySourceRange=f"bytes={start}-{min(start + starts.step, size) - 1}",
                )
            parts.append({"PartNumber": number, "ETag": reply["CopyPartResult"]["ETag"]})
        return parts

    def _complete(self, to: Location, upload_id: str, parts: list[Any], size: int, copy_id: str) -> str:
        """Complete the copy; after a lost answer, check whether the object was created."""
        try:
            with translated("CompleteMultipartUpload"):
                reply = self._patient.complete_multipart_upload(
                    Bucket=to.bucket, Key=to.object_key, UploadId=upload_id, MultipartUpload={"Parts": parts}
                )
        except (NotThereError, StorageUnavailableError) as error:
            with suppress(NotThereError):
                found = self._looker.look(to)
                if found["ContentLength"] == size and found["Metadata"].get(COPY_ID_METADATA) == copy_id:
                    log.info("copy_found_done", to=to)
                    return str(found["ETag"])
            raise error
        return reply.get("ETag", "")
