"""What storage's replies mean to us: codes that we know by name, parts and checksums as our values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from service.errors import StorageRefusedError, StorageUnavailableError
from service.metrics import FAILURES
from service.tracing import span
from service.values import OpenMultipart, StoredPart

CHECKSUM_FIELDS = ("ChecksumSHA256", "ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME")

_COME_BACK_LATER = {"SlowDown", "ServiceUnavailable", "RequestTimeout", "OperationAborted", "503"}
_PARTS_REFUSED = {"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML", "InvalidRequest"}
NOT_THERE = {"NoSuchUpload", "NoSuchKey", "NoSuchVersion", "404", "NotFound"}
"""Not NoSuchBucket: that is a wrong setting, and no reason to believe that an upload is lost."""


class NotThereError(Exception):
    """Storage knows no such object, or no such multipart upload: completed, aborted, or swept."""


class PartsRefusedError(Exception):
    """Storage will not make an object of these parts; the upload is still open."""


class ObjectChangedError(Exception):
    """The object is not (any more) the one that was asked for by its ETag."""

    def __init__(self) -> None:
        super().__init__("the object in storage is not the one that was completed")


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Turn boto3's exceptions into ours; whoever asked gives a NotThereError its meaning."""
    try:
        with span(f"storage {operation}"):
            yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        if code in NOT_THERE:
            raise NotThereError(operation) from error
        if code in {"PreconditionFailed", "412"}:
            raise ObjectChangedError from error
        if operation == "CompleteMultipartUpload" and code in _PARTS_REFUSED:
            raise PartsRefusedError(code) from error
        if code in _COME_BACK_LATER:
            FAILURES.labels("storage", "unavailable").inc()
            raise StorageUnavailableError from error
        FAILURES.labels("storage", "refused").inc()
        raise StorageRefusedError(operation, code) from error
    except BotoCoreError as error:
        FAILURES.labels("storage", "unavailable").inc()
        raise StorageUnavailableError from error


def version_of(reply: Any) -> str | None:
    """The version that a reply is about; None where the bucket keeps none.

    While versioning is suspended objects have the version `null`, which the next write replaces: that is no version.
    """
    version_id = reply.get("VersionId")
    return None if version_id in {None, "", "null"} else str(version_id)


def stored_part(part: Any) -> StoredPart:
    return StoredPart(part["PartNumber"], part["Size"], part["ETag"], _checksum_of(part))


def open_multipart(upload: Any) -> OpenMultipart:
    return OpenMultipart(upload["Key"], upload["UploadId"], upload.get("Initiated"))


def _checksum_of(reply: Any) -> str | None:
    return next((reply[name] for name in CHECKSUM_FIELDS if reply.get(name)), None)


def reported_checksum(reply: Any) -> str | None:
    """`SHA256:base64` as storage reports it; None where it reports none."""
    return next((f"{name.removeprefix('Checksum')}:{reply[name]}" for name in CHECKSUM_FIELDS if reply.get(name)), None)
