"""Presigned requests for the endpoint that browsers use (`S3_PUBLIC_ENDPOINT_URL`): the only hands that sign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from service.values import Location, SignedRequest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Presigner:
    """Signs with SigV4 in the query. Nothing here talks to storage."""

    def __init__(self, client: S3Client, clock: Callable[[], datetime]) -> None:
        self._s3 = client
        self._clock = clock

    def sign_part(
        self,
        at: Location,
        storage_upload_id: str,
        part_number: int,
        length: int,
        seconds: int,
        checksum: tuple[str, str] | None = None,
    ) -> SignedRequest:
        """Permission to PUT exactly `length` bytes into one part of one upload for `seconds`.

        checksum: (algorithm, base64 value) that storage has to check. It is signed as a header, with the header that
        names the algorithm: in the query several stores would ignore it. Content-Length is signed too; the client
        sets it by sending the bytes.
        """
        params: dict[str, Any] = {
            "Bucket": at.bucket,
            "Key": at.object_key,
            "UploadId": storage_upload_id,
            "PartNumber": part_number,
            "ContentLength": length,
        }
        headers: dict[str, str] = {}
        if checksum:
            algorithm, value = checksum
            params |= {"ChecksumAlgorithm": algorithm, f"Checksum{algorithm}": value}
            headers = {f"x-amz-checksum-{algorithm.lower()}": value, "x-amz-sdk-checksum-algorithm": algorithm}
        return self._signed("PUT", "upload_part", params, headers, seconds)

    def sign_download(self, at: Location, disposition: str, content_type: str, seconds: int) -> SignedRequest:
        """Permission to GET one object for `seconds`, named and typed as given."""
        params = {
            "Bucket": at.bucket,
            "Key": at.object_key,
            "ResponseContentDisposition": disposition,
            "ResponseContentType": content_type,
        }
        return self._signed("GET", "get_object", params, {}, seconds)

    def _signed(
        self, method: str, operation: str, params: dict[str, Any], headers: dict[str, str], seconds: int
    ) -> SignedRequest:
        expires_at = self._clock() + timedelta(seconds=seconds)
        url = self._s3.generate_presigned_url(operation, Params=params, ExpiresIn=seconds, HttpMethod=method)
        return SignedRequest(method, url, headers, expires_at)
