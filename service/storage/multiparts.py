"""Multipart uploads: open, list parts, complete, abort, and list open ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service.limits import LIST_PARTS_PAGE, MAX_PARTS
from service.storage.replies import NotThereError, open_multipart, stored_part, translated
from service.values import Location, MultipartPlace, NewMultipart, OpenMultipart, StoredPart

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

UPLOAD_ID_METADATA = "longshore-upload-id"
"""Object metadata with the id of the upload, to recognise a completion whose reply was lost."""


class Multiparts:
    """Storage's multipart uploads. patient: the client for calls that may take a while."""

    def __init__(self, client: S3Client, patient: S3Client) -> None:
        self._s3 = client
        self._patient = patient

    def create(self, new: NewMultipart) -> str:
        """Open a marked multipart upload; returns storage's upload id."""
        extra: dict[str, Any] = {"ChecksumAlgorithm": new.checksum_algorithm} if new.checksum_algorithm else {}
        extra |= new.kept
        with translated("CreateMultipartUpload"):
            return self._s3.create_multipart_upload(
                Bucket=new.at.bucket,
                Key=new.at.object_key,
                ContentType="application/octet-stream",
                Metadata={UPLOAD_ID_METADATA: new.upload_id, **new.recovery},
                **extra,
            )["UploadId"]

    def parts(self, at: Location, storage_upload_id: str) -> list[StoredPart]:
        """Return every part in storage by part number. Raises NotThereError.

        Some servers (SeaweedFS) begin a page with the part before it, and list a part that was sent again once for each
        time: the last stored one counts. If two different ones were stored in the same second, that is unknown: the
        part must be sent again.
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
            # a page without anything new would be requested for ever
            if not reply.get("IsTruncated") or len(newest) == known or len(newest) >= MAX_PARTS:
                return [stored_part(newest[number]) for number in sorted(newest.keys() - in_doubt)]
            marker = reply["NextPartNumberMarker"]

    def complete(
        self, at: Location, storage_upload_id: str, parts: list[StoredPart], checksum_algorithm: str | None
    ) -> None:
        """Complete the object with exactly these parts. Raises NotThereError, PartsRefusedError.

        If storage reports the parts' checksums, it may require them here, like AWS
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

    def abort(self, at: Location, storage_upload_id: str) -> bool:
        """Abort a multipart upload and delete its parts; return True if storage confirms that it is gone.

        A part that is being written during the abort may survive it, so the list is checked afterwards
        (https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html).
        For an upload that is gone, SeaweedFS lists no parts, without an error: then the open uploads are listed.
        """
        try:
            with translated("AbortMultipartUpload"):
                self._patient.abort_multipart_upload(Bucket=at.bucket, Key=at.object_key, UploadId=storage_upload_id)
            if self.parts(at, storage_upload_id):
                return False
        except NotThereError:
            return True
        return storage_upload_id not in {up.storage_upload_id for up in self.open_uploads(at.bucket, at.object_key)}

    def open_uploads(self, bucket: str, prefix: str = "", limit: int = 1000) -> list[OpenMultipart]:
        """Return the open multipart uploads under a key's prefix, at most `limit`."""
        with translated("ListMultipartUploads"):
            reply = self._patient.list_multipart_uploads(Bucket=bucket, Prefix=prefix, MaxUploads=limit)
        return [open_multipart(up) for up in reply.get("Uploads", [])]

    def after(
        self, bucket: str, after: MultipartPlace | None, limit: int
    ) -> tuple[list[OpenMultipart], MultipartPlace | None]:
        """Return a page of a bucket's open multipart uploads by key, and where the next one continues; None at the end.

        Some servers always return all from the start (MinIO, moto): their list is cut here.
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
        # a page without progress would be requested for ever
        moves_on = reply.get("IsTruncated") and following.object_key and following != after
        return ups, following if moves_on else None


def _cut(
    all_of_them: list[OpenMultipart], after: MultipartPlace | None, limit: int
) -> tuple[list[OpenMultipart], MultipartPlace | None]:
    """Return the requested page of a list that a server returned as a whole; two uploads may have the same key."""
    places = {MultipartPlace(up.object_key, up.storage_upload_id): up for up in all_of_them}
    rest = sorted(place for place in places if after is None or place > after)
    return [places[place] for place in rest[:limit]], rest[limit - 1] if len(rest) > limit else None
