"""Every call to S3, in our own verbs. What comes back are our values, never boto3's replies.

Codes that mean something to us are told apart by name; the rest is StorageRefusedError (storage answered with an
error) or StorageUnavailableError (it did not answer, or asked to come back later).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from service.errors import StorageRefusedError
from service.limits import LIST_PARTS_PAGE, MAX_PARTS, MIB
from service.storage.replies import (
    NotThereError,
    ObjectChangedError,
    open_multipart,
    reported_checksum,
    stored_part,
    translated,
    version_of,
)
from service.storage.versions import Deleter
from service.values import ListedObject, Location, MultipartPlace, OpenMultipart, StoredObject, StoredPart, same_etag

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = logging.getLogger(__name__)

UPLOAD_ID_METADATA = "longshore-upload-id"
"""Object metadata that says which upload made it: how a completion whose reply was lost is recognised."""
READ_SIZE = MIB
"""Bytes read from storage at a time while scanning."""
COPY_PART_SIZE = 512 * MIB
"""Bytes that one call copies at most: S3 would take 5 GiB, but a call that long runs into time-outs."""


class Storage:
    """The S3 server as the service reaches it (`S3_ENDPOINT_URL`)."""

    def __init__(self, client: S3Client, patient: S3Client | None = None) -> None:
        """patient: the client for calls that may take a while, where it is another one."""
        self._s3 = client
        self._patient = patient or client
        self._deleter = Deleter(self._patient)

    def disconnect(self) -> None:
        """Close what is open and not in use; the next call connects again."""
        self._s3.close()
        self._patient.close()

    # multipart uploads

    def create_upload(
        self, at: Location, upload_id: str, checksum_algorithm: str | None, papers: Mapping[str, str] | None = None
    ) -> str:
        """Open a multipart upload marked as ours; returns storage's own upload id. papers: metadata beside the mark."""
        extra: dict[str, Any] = {"ChecksumAlgorithm": checksum_algorithm} if checksum_algorithm else {}
        with translated("CreateMultipartUpload"):
            return self._s3.create_multipart_upload(
                Bucket=at.bucket,
                Key=at.object_key,
                ContentType="application/octet-stream",
                Metadata={UPLOAD_ID_METADATA: upload_id, **(papers or {})},
                **extra,
            )["UploadId"]

    def list_parts(self, at: Location, storage_upload_id: str) -> list[StoredPart]:
        """Every part that storage has, by part number. Raises NotThereError.

        There are servers (SeaweedFS) that begin a page with the part after which it was asked for, and that list a part
        that was sent anew once for each time: what was stored last counts. Of two that are not the same, stored in the
        same second, nobody knows which that is: it has to be sent once more.
        """
        newest: dict[int, Any] = {}
        in_doubt: set[int] = set()
        marker = 0
        while True:
            with translated("ListParts"):
                reply = self._s3.list_parts(
                    Bucket=at.bucket,
                    Key=at.object_key,
                    UploadId=storage_upload_id,
                    PartNumberMarker=marker,
                    MaxParts=LIST_PARTS_PAGE,
                )
            known = len(newest)
            for part in reply.get("Parts", []):
                number = part["PartNumber"]
                other = newest.get(number)
                if other is None or part["LastModified"] > other["LastModified"]:
                    newest[number] = part
                    in_doubt.discard(number)
                elif part["LastModified"] == other["LastModified"] and part["ETag"] != other["ETag"]:
                    in_doubt.add(number)
            # a page that brings nothing new would be asked for for ever
            if not reply.get("IsTruncated") or len(newest) == known or len(newest) >= MAX_PARTS:
                return [stored_part(newest[number]) for number in sorted(newest.keys() - in_doubt)]
            marker = reply["NextPartNumberMarker"]

    def complete_upload(
        self, at: Location, storage_upload_id: str, parts: list[StoredPart], checksum_algorithm: str | None
    ) -> None:
        """Make the object of exactly these parts. Raises NotThereError, PartsRefusedError.

        Where storage reports the parts' checksums it may want them back, as AWS does
        (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html).
        """
        listed: list[Any] = [
            {"PartNumber": part.part_number, "ETag": part.etag}
            | ({f"Checksum{checksum_algorithm}": part.checksum} if checksum_algorithm and part.checksum else {})
            for part in parts
        ]
        with translated("CompleteMultipartUpload"):
            self._patient.complete_multipart_upload(
                Bucket=at.bucket,
                Key=at.object_key,
                UploadId=storage_upload_id,
                MultipartUpload={"Parts": listed},
            )

    def abort_upload(self, at: Location, storage_upload_id: str) -> bool:
        """Drop a multipart upload and its parts; True once storage says that it is gone.

        A part that is being written while the abort runs may survive it, hence the question afterwards
        (https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html).
        Of one that is gone SeaweedFS lists no parts, without an error: so the open ones are looked at then.
        """
        try:
            with translated("AbortMultipartUpload"):
                self._patient.abort_multipart_upload(Bucket=at.bucket, Key=at.object_key, UploadId=storage_upload_id)
            if self.list_parts(at, storage_upload_id):
                return False
        except NotThereError:
            return True
        return storage_upload_id not in {up.storage_upload_id for up in self.open_uploads(at.bucket, at.object_key)}

    def open_uploads(self, bucket: str, prefix: str = "", limit: int = 1000) -> list[OpenMultipart]:
        """Multipart uploads that storage holds open under a key's prefix, at most `limit`."""
        with translated("ListMultipartUploads"):
            reply = self._patient.list_multipart_uploads(Bucket=bucket, Prefix=prefix, MaxUploads=limit)
        return [open_multipart(up) for up in reply.get("Uploads", [])]

    def multiparts_after(
        self, bucket: str, after: MultipartPlace | None, limit: int
    ) -> tuple[list[OpenMultipart], MultipartPlace | None]:
        """A page of a bucket's open multipart uploads, by key, and where the next one goes on; None at the end.

        There are servers that give all at once and from the start whatever is asked for (MinIO, moto): their list is
        cut here.
        """
        place = {"KeyMarker": after.object_key, "UploadIdMarker": after.storage_upload_id} if after else {}
        with translated("ListMultipartUploads"):
            reply = self._patient.list_multipart_uploads(
                Bucket=bucket,
                MaxUploads=limit,
                **{name: text for name, text in place.items() if text},  # type: ignore[arg-type]
            )
        ups = [open_multipart(up) for up in reply.get("Uploads", [])]
        if len(ups) > limit or (after and any(up.object_key < after.object_key for up in ups)):
            return _cut(ups, after, limit)
        following = MultipartPlace(reply.get("NextKeyMarker") or "", reply.get("NextUploadIdMarker") or "")
        # a page that does not move on would be asked for for ever
        moves_on = reply.get("IsTruncated") and following.object_key and following != after
        return ups, following if moves_on else None

    # objects

    def objects_after(self, bucket: str, after: str | None, limit: int) -> tuple[list[ListedObject], str | None]:
        """A page of a bucket's objects, by key, and the key after which the next one goes on; None at the end."""
        place: Any = {"StartAfter": after} if after else {}
        with translated("ListObjectsV2"):
            reply = self._patient.list_objects_v2(Bucket=bucket, MaxKeys=limit, **place)
        found = [_listed(each) for each in reply.get("Contents", [])]
        return found, found[-1].object_key if found and reply.get("IsTruncated") else None

    def listed(self, at: Location) -> ListedObject | None:
        """One object as its bucket's list shows it, None where the list has none."""
        with translated("ListObjectsV2"):
            reply = self._s3.list_objects_v2(Bucket=at.bucket, Prefix=at.object_key, MaxKeys=1)
        found = [_listed(each) for each in reply.get("Contents", [])]
        return next((each for each in found if each.object_key == at.object_key), None)

    def head(self, at: Location) -> StoredObject | None:
        """What is known of an object, or of the version that `at` names; None where there is none.

        Raises StorageRefusedError for an answer without an ETag too: that is none of an S3 server.
        """
        try:
            with translated("HeadObject"):
                reply = self._s3.head_object(**_named(at), ChecksumMode="ENABLED")
        except NotThereError:
            return None
        except StorageRefusedError as error:
            # a version id of another store; a HEAD's answer has no body that could say so
            if at.version_id is not None and error.extra["storage_code"] in {"400", "InvalidArgument"}:
                return None
            raise
        if not reply.get("ETag") or "ContentLength" not in reply:
            raise StorageRefusedError("HeadObject", "no ETag")
        return StoredObject(
            size=reply["ContentLength"],
            etag=reply["ETag"],
            upload_id=reply["Metadata"].get(UPLOAD_ID_METADATA),
            checksum=reported_checksum(reply),
            content_type=reply.get("ContentType", ""),
            metadata=reply["Metadata"],
            version_id=version_of(reply),
        )

    def headers(self, at: Location) -> dict[str, str]:
        """An object's headers as a HEAD shows them, names in lower case. Raises NotThereError."""
        with translated("HeadObject"):
            reply = self._s3.head_object(Bucket=at.bucket, Key=at.object_key)
        return dict(reply["ResponseMetadata"]["HTTPHeaders"])

    def put(self, at: Location, body: bytes) -> None:
        """Make a small object of the service's own, for a probe."""
        with translated("PutObject"):
            self._s3.put_object(Bucket=at.bucket, Key=at.object_key, Body=body)

    def read(self, at: Location, etag: str) -> Iterator[bytes]:
        """The bytes of exactly the object with this ETag, in pieces of READ_SIZE at most.

        A version is what it is: SeaweedFS holds its ETag against the latest one.
        Raises ObjectChangedError where it is gone or another. A connection that breaks is StorageUnavailableError.
        """
        condition: Any = {} if at.version_id is not None else {"IfMatch": etag}
        try:
            with translated("GetObject"):
                reply = self._patient.get_object(**_named(at), **condition)
        except NotThereError as error:
            raise ObjectChangedError from error
        body = reply["Body"]
        with translated("GetObject"), body:
            if not same_etag(reply["ETag"], etag):  # a server that ignores If-Match
                raise ObjectChangedError
            yield from body.iter_chunks(READ_SIZE)

    def copy(self, source: Location, etag: str, size: int, to: Location, headers: dict[str, Any]) -> str:
        """Let storage copy exactly the object with this ETag; the copy gets `headers` (boto3's names) as its own.

        A large one goes in parts (https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html). Returns
        the copy's ETag, empty where storage's answer has none. Raises ObjectChangedError. There are servers that copy
        whatever is there (Ceph 16): so it is looked at again.
        """
        try:
            if size <= COPY_PART_SIZE:
                with translated("CopyObject"):
                    reply = self._patient.copy_object(
                        Bucket=to.bucket,
                        Key=to.object_key,
                        CopySource=_named(source),
                        CopySourceIfMatch=etag,
                        MetadataDirective="REPLACE",
                        **headers,
                    )
                copied = reply.get("CopyObjectResult", {}).get("ETag", "")
            else:
                copied = self._copy_in_parts(source, etag, size, to, headers)
        except NotThereError as error:
            raise ObjectChangedError from error
        now = self.head(source)
        # one that is gone was removed by another worker, after its own copy: the copy may be a file's by now
        if now is not None and not same_etag(now.etag, etag):
            self.delete(to.bucket, [to.object_key])
            raise ObjectChangedError
        return copied

    def _copy_in_parts(self, source: Location, etag: str, size: int, to: Location, headers: dict[str, Any]) -> str:
        for left in self.open_uploads(to.bucket, to.object_key):  # by a process that died while it copied
            if left.object_key == to.object_key:
                self.abort_upload(to, left.storage_upload_id)
        with translated("CreateMultipartUpload"):
            upload_id = self._s3.create_multipart_upload(Bucket=to.bucket, Key=to.object_key, **headers)["UploadId"]
        try:
            parts: list[Any] = []
            step = max(COPY_PART_SIZE, -(-size // MAX_PARTS))
            for number, start in enumerate(range(0, size, step), start=1):
                with translated("UploadPartCopy"):
                    copied = self._patient.upload_part_copy(
                        Bucket=to.bucket,
                        Key=to.object_key,
                        UploadId=upload_id,
                        PartNumber=number,
                        CopySource=_named(source),
                        CopySourceIfMatch=etag,
                        CopySourceRange=f"bytes={start}-{min(start + step, size) - 1}",
                    )
                parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
            with translated("CompleteMultipartUpload"):
                reply = self._patient.complete_multipart_upload(
                    Bucket=to.bucket, Key=to.object_key, UploadId=upload_id, MultipartUpload={"Parts": parts}
                )
        except BaseException:
            self.abort_upload(to, upload_id)
            raise
        return reply.get("ETag", "")

    def delete(self, bucket: str, object_keys: list[str]) -> dict[str, str]:
        """Delete objects with all their versions; one that is not there counts as deleted.

        Returns the refused ones with storage's reason.
        """
        return self._deleter.delete(bucket, object_keys)

    def keeps_versions(self, bucket: str) -> bool:
        """Whether a bucket keeps versions, as far as it says so; remembered for some minutes."""
        return self._deleter.keeps_versions(bucket)

    # buckets

    def ping(self, bucket: str) -> None:
        """One round trip that needs the bucket and our key. Raises StorageUnavailableError, StorageRefusedError."""
        try:
            with translated("HeadBucket"):
                self._s3.head_bucket(Bucket=bucket)
        except NotThereError as error:
            raise StorageRefusedError("HeadBucket", "NoSuchBucket") from error
        except StorageRefusedError as error:
            if error.extra["storage_code"] == "403":
                # the answer to a HEAD has no body that says why: this one has
                with translated("ListMultipartUploads"):
                    self._s3.list_multipart_uploads(Bucket=bucket, MaxUploads=1)
            raise

    def ensure_bucket(self, bucket: str) -> bool:
        """Make the bucket if it is not there; True if it was made."""
        try:
            self.ping(bucket)
        except StorageRefusedError as error:
            if error.extra["storage_code"] != "NoSuchBucket":
                raise
            self._create_bucket(bucket)
            return True
        return False

    def _create_bucket(self, bucket: str) -> None:
        """Without a region, which not every server has; AWS wants it named in all but one
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
        """Let pages of these origins PUT parts and read ETags; False where storage has no CORS per bucket.

        MinIO and Swift have one global setting instead, which is then the operator's to make.
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
            log.info("bucket_cors_refused bucket=%s code=%s", bucket, error.extra["storage_code"])
            return False
        return True


def _named(at: Location) -> Any:
    """An object, or the version of it that is meant, in boto3's names."""
    version = {} if at.version_id is None else {"VersionId": at.version_id}
    return {"Bucket": at.bucket, "Key": at.object_key, **version}


def _listed(entry: Any) -> ListedObject:
    return ListedObject(entry["Key"], entry["Size"], entry["LastModified"], entry.get("ETag", ""))


def _cut(
    all_of_them: list[OpenMultipart], after: MultipartPlace | None, limit: int
) -> tuple[list[OpenMultipart], MultipartPlace | None]:
    """The page that was asked for, of a list that a server gave as a whole; two uploads may have the same key."""
    places = {MultipartPlace(up.object_key, up.storage_upload_id): up for up in all_of_them}
    rest = sorted(place for place in places if after is None or place > after)
    return [places[place] for place in rest[:limit]], rest[limit - 1] if len(rest) > limit else None
