"""All calls to S3. They return this service's values, never boto3's replies.

`service.storage.replies` interprets the answers: NotThereError and its subclasses, StorageRefusedError (storage
rejects) or StorageUnavailableError (no answer, one that is not from an S3 server, or "try again later").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from service.errors import StorageRefusedError, StorageUnavailableError
from service.limits import MIB
from service.observability.logs import get_logger
from service.storage.copies import Copier
from service.storage.heads import Looker, named
from service.storage.multiparts import UPLOAD_ID_METADATA, Multiparts
from service.storage.replies import (
    NotThereError,
    ObjectChangedError,
    counted,
    reported_checksum,
    translated,
    version_of,
)
from service.storage.versions import Deleter
from service.values import (
    ListedObject,
    Location,
    MultipartPlace,
    NewMultipart,
    OpenMultipart,
    StoredObject,
    StoredPart,
    same_etag,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = get_logger(__name__)

READ_SIZE = MIB
"""Bytes read from storage at a time while scanning."""
COPY_PART_SIZE = 512 * MIB
"""Maximum bytes of one copy call: S3 accepts 5 GiB, but such a long call reaches timeouts."""


class Storage:
    """The S3 server as the service reaches it (`S3_ENDPOINT_URL`)."""

    def __init__(self, client: S3Client, patient: S3Client | None = None) -> None:
        """patient: the client for slow calls, if it is a different one."""
        self._s3 = client
        self._patient = patient or client
        self._multiparts = Multiparts(self._s3, self._patient)
        self._looker = Looker(self._s3)
        self._copier = Copier(self._s3, self._patient, self._looker, self._multiparts)
        self._deleter = Deleter(self._patient)

    def disconnect(self) -> None:
        """Close unused connections; the next call connects again."""
        self._s3.close()
        self._patient.close()

    # multipart uploads

    def create_upload(self, new: NewMultipart) -> str:
        """Open a marked multipart upload; returns storage's upload id."""
        return self._multiparts.create(new)

    def list_parts(self, at: Location, storage_upload_id: str) -> list[StoredPart]:
        """Return every part in storage by part number. Raises NotThereError."""
        return self._multiparts.parts(at, storage_upload_id)

    def complete_upload(
        self, at: Location, storage_upload_id: str, parts: list[StoredPart], checksum_algorithm: str | None
    ) -> None:
        """Complete the object with exactly these parts. Raises NotThereError, PartsRefusedError."""
        self._multiparts.complete(at, storage_upload_id, parts, checksum_algorithm)

    def abort_upload(self, at: Location, storage_upload_id: str) -> bool:
        """Abort a multipart upload and delete its parts; return True if storage confirms that it is gone."""
        return self._multiparts.abort(at, storage_upload_id)

    def open_uploads(self, bucket: str, prefix: str = "", limit: int = 1000) -> list[OpenMultipart]:
        """Return the open multipart uploads under a key's prefix, at most `limit`."""
        return self._multiparts.open_uploads(bucket, prefix, limit)

    def multiparts_after(
        self, bucket: str, after: MultipartPlace | None, limit: int
    ) -> tuple[list[OpenMultipart], MultipartPlace | None]:
        """Return a page of a bucket's open multipart uploads by key, and where to continue; None at the end."""
        return self._multiparts.after(bucket, after, limit)

    # objects

    def objects_after(
        self, bucket: str, after: str | None, limit: int, prefix: str = ""
    ) -> tuple[list[ListedObject], str | None]:
        """Return a page of a bucket's objects by key, and the key to continue after; None at the end.

        prefix: only keys that begin with it.
        """
        place: Any = {"StartAfter": after} if after else {}
        place |= {"Prefix": prefix} if prefix else {}
        with translated("ListObjectsV2"):
            reply = self._patient.list_objects_v2(Bucket=bucket, MaxKeys=limit, **place)
        found = [_listed(each) for each in reply.get("Contents", [])]
        return found, found[-1].object_key if found and reply.get("IsTruncated") else None

    def listed(self, at: Location) -> ListedObject | None:
        """Return an object as its bucket's list shows it; None if the list does not contain it."""
        with translated("ListObjectsV2"):
            reply = self._s3.list_objects_v2(Bucket=at.bucket, Prefix=at.object_key, MaxKeys=1)
        found = [_listed(each) for each in reply.get("Contents", [])]
        return next((each for each in found if each.object_key == at.object_key), None)

    def head(self, at: Location) -> StoredObject | None:
        """Return an object's metadata, or that of the version in `at`; None if S3 confirms that it does not exist.

        Also raises StorageUnavailableError for an answer that is not from an S3 server.
        """
        try:
            reply = self._looker.look(at)
        except NotThereError:
            return None
        return StoredObject(
            size=reply["ContentLength"],
            etag=reply["ETag"],
            upload_id=reply["Metadata"].get(UPLOAD_ID_METADATA),
            checksum=reported_checksum(reply),
            content_type=reply.get("ContentType", ""),
            metadata=reply["Metadata"],
            version_id=version_of(reply),
            headers=reply.get("ResponseMetadata", {}).get("HTTPHeaders", {}),
        )

    def headers(self, at: Location) -> dict[str, str]:
        """Return an object's headers from a HEAD, names in lower case. Raises NotThereError."""
        with translated("HeadObject"):
            reply = self._s3.head_object(Bucket=at.bucket, Key=at.object_key)
        return dict(reply["ResponseMetadata"]["HTTPHeaders"])

    def put(self, at: Location, body: bytes) -> None:
        """Create a small object of the service's own, for a probe."""
        with translated("PutObject"):
            self._s3.put_object(Bucket=at.bucket, Key=at.object_key, Body=body)

    def read(self, at: Location, etag: str) -> Iterator[bytes]:
        """Yield the bytes of exactly the object with this ETag, in pieces of at most READ_SIZE.

        The ETag of a version is not checked: SeaweedFS compares it with the latest one. Raises ObjectChangedError if
        the object was deleted or replaced, StorageUnavailableError if the connection breaks.
        """
        condition: Any = {} if at.version_id is not None else {"IfMatch": etag}
        try:
            with translated("GetObject"):
                reply = self._patient.get_object(**named(at), **condition)
        except NotThereError as error:
            raise ObjectChangedError from error
        body = reply["Body"]
        with translated("GetObject"), body:
            if not reply.get("ETag"):  # not from an S3 server
                raise counted(StorageUnavailableError())
            if not same_etag(reply["ETag"], etag):  # a server that ignores If-Match
                raise ObjectChangedError
            yield from body.iter_chunks(READ_SIZE)

    def copy(self, source: Location, etag: str, size: int, to: Location, headers: dict[str, Any]) -> str:
        """Copy exactly the object with this ETag in storage; the copy gets `headers` (boto3's names).

        Returns the copy's ETag, empty if storage's answer has none. Raises ObjectChangedError. Some servers copy any
        object (Ceph 16), so it is checked again.
        """
        copied = self._copier.copy(source, etag, size, to, headers, COPY_PART_SIZE)
        now = self.head(source)
        # a missing one was deleted by another worker after its own copy: a file may use the copy by now
        if now is not None and not same_etag(now.etag, etag):
            self.delete(to.bucket, [to.object_key])
            raise ObjectChangedError
        return copied

    def delete(self, bucket: str, object_keys: list[str]) -> dict[str, str]:
        """Delete objects with all their versions; a missing one counts as deleted.

        Returns the refused ones with storage's reason.
        """
        return self._deleter.delete(bucket, object_keys)

    def delete_exactly(self, at: Location) -> bool:
        """Delete the version in `at`, or the latest one, and nothing else; False for an answer that is not S3's."""
        return self._deleter.delete_exactly(at)

    def keeps_versions(self, bucket: str) -> bool:
        """Whether a bucket is versioned, as far as it reports it; cached for some minutes."""
        return self._deleter.keeps_versions(bucket)

    # buckets

    def ping(self, bucket: str) -> None:
        """Check the bucket and our key by one round trip. Raises StorageUnavailableError, StorageRefusedError."""
        try:
            with translated("HeadBucket"):
                self._s3.head_bucket(Bucket=bucket)
        except StorageRefusedError:
            # a HEAD's response has no body with the reason, this one has
            with translated("ListObjectsV2"):
                self._s3.list_objects_v2(Bucket=bucket, MaxKeys=1)
            raise

    def ensure_bucket(self, bucket: str) -> bool:
        """Create the bucket if it does not exist; return True if it was created."""
        try:
            self.ping(bucket)
        except StorageRefusedError as error:
            if error.extra["storage_code"] != "NoSuchBucket":
                raise
            self._create_bucket(bucket)
            return True
        return False

    def _create_bucket(self, bucket: str) -> None:
        """Create it without a region, which not every server has; AWS requires it in all regions but one
        (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html)."""
        try:
            with translated("CreateBucket"):
                self._s3.create_bucket(Bucket=bucket)
        except StorageRefusedError as error:
            if error.extra["storage_code"] != "IllegalLocationConstraintException":
                raise
            region: Any = {"LocationConstraint": self._s3.meta.region_name}
            with translated("CreateBucket"):
                self._s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=region)

    def allow_origins(self, bucket: str, origins: tuple[str, ...]) -> bool:
        """Let pages of these origins PUT parts and read ETags; return False if storage has no CORS per bucket.

        MinIO and Swift have one global setting instead, which the operator sets.
        """
        rule: Any = {
            "AllowedOrigins": list(origins),
            "AllowedMethods": ["GET", "HEAD", "PUT"],
            "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 3600,
        }
        try:
            with translated("PutBucketCors"):
                self._s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
        except StorageRefusedError as error:
            log.info("bucket_cors_refused", bucket=bucket, code=error.extra["storage_code"])
            return False
        return True


def _listed(entry: Any) -> ListedObject:
    return ListedObject(entry["Key"], entry["Size"], entry["LastModified"], entry.get("ETag", ""))
