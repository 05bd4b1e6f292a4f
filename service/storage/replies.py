"""Interpret storage's replies: known error codes, parts and checksums as values.

Only S3's own error code in the body of a reply means that something is gone or refused. A bare status (a proxy's `404
page not found`, an empty or foreign page with status 200) means nothing for an object, except "try again". The codes:
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from service.errors import ServiceError, StorageRefusedError, StorageUnavailableError
from service.observability.metrics import FAILURES
from service.observability.tracing import span
from service.values import OpenMultipart, StoredPart

CHECKSUM_FIELDS = ("ChecksumSHA256", "ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME")

_COME_BACK_LATER = {
    *("SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "RequestTimeout", "OperationAborted"),
    *("InternalError", "Throttling", "TooManyRequests"),
}
_PARTS_REFUSED = {"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML", "InvalidRequest"}
OBJECT_GONE = frozenset({"NoSuchKey", "NoSuchVersion"})
"""Not NoSuchBucket: that is a wrong setting, and does not mean that anything is lost."""
_UPLOAD_GONE = frozenset({"NoSuchUpload", "NoSuchKey"})
"""Ceph returns NoSuchKey for the parts of an upload that was aborted."""
_GONE = {
    **dict.fromkeys(("ListParts", "CompleteMultipartUpload", "AbortMultipartUpload"), _UPLOAD_GONE),
    **dict.fromkeys(("GetObject", "CopyObject", "HeadObject"), OBJECT_GONE),
    "UploadPartCopy": _UPLOAD_GONE | OBJECT_GONE,
}
"""Operation → the codes that mean that the object or upload is gone. For other operations they have no meaning."""
_CONDITIONAL = {"GetObject", "CopyObject", "UploadPartCopy"}
"""Operations that we send with the ETag that the object must have."""
_REFUSED_AS_SUCH = {"405", "501", "NotImplemented"}
"""Statuses and S3 codes with which a store or a proxy refuses an operation as such, for all objects."""

_ROOTS = {
    "ListParts": {"ListPartsResult"},
    "ListMultipartUploads": {"ListMultipartUploadsResult"},
    "ListObjectsV2": {"ListBucketResult"},
    "ListObjectVersions": {"ListVersionsResult", "ListBucketVersionsResult"},
    "DeleteObjects": {"DeleteResult"},
    "CreateMultipartUpload": {"InitiateMultipartUploadResult"},
    "CompleteMultipartUpload": {"CompleteMultipartUploadResult"},
    "CopyObject": {"CopyObjectResult", "CopyPartResult"},
    "UploadPartCopy": {"CopyObjectResult", "CopyPartResult"},
    "GetBucketVersioning": {"VersioningConfiguration"},
}
"""The root elements of successful replies, by operation; some servers name them after the operation instead."""
_ERROR_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,64})</Code>")
_FIRST_ELEMENT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")


class NotThereError(Exception):
    """The object or multipart upload does not exist in storage: completed, aborted, or swept.

    code: S3's own code; a HEAD's bare 404 without one.
    """

    def __init__(self, operation: str, code: str = "") -> None:
        super().__init__(operation, code)
        self.code = code


class PartsRefusedError(Exception):
    """Storage refuses to complete these parts; the upload is still open.

    passes: whether it may be temporary, as a store may not find a part at once that it has just received.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.passes = code == "InvalidPart"


class ObjectChangedError(Exception):
    """The object does not have the requested ETag (any more)."""

    def __init__(self) -> None:
        super().__init__("the object in storage is not the one that was completed")


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Convert boto3's exceptions to ours.

    Raises NotThereError, ObjectChangedError and PartsRefusedError only for operations whose callers handle them,
    StorageRefusedError for S3's other codes, and StorageUnavailableError for everything that is no S3 response.
    """
    try:
        with span(f"storage {operation}"):
            yield
    except ClientError as error:
        raise counted(_meaning(operation, error)) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise counted(StorageUnavailableError()) from error


def counted(error: Exception) -> Exception:
    """Count the error as a failure of storage if it is one, and return it."""
    if isinstance(error, ServiceError):
        FAILURES.labels("storage", "refused" if isinstance(error, StorageRefusedError) else "unavailable").inc()
    return error


def _meaning(operation: str, error: ClientError) -> Exception:
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code in _GONE.get(operation, ()):
        return NotThereError(operation, code)
    if code == "PreconditionFailed" and operation in _CONDITIONAL:
        return ObjectChangedError()
    if operation == "CompleteMultipartUpload" and code in _PARTS_REFUSED:
        return PartsRefusedError(code)
    if operation == "HeadObject" and code == "404":
        return NotThereError(operation, code)
    return StorageRefusedError(operation, code) if _is_a_refusal(operation, code, error) else StorageUnavailableError()


def _is_a_refusal(operation: str, code: str, error: ClientError) -> bool:
    """Whether this is storage's own refusal, which a retry does not change."""
    if code in _REFUSED_AS_SUCH:
        return True
    # botocore sets status 500 for an error inside of a success: there the code decides
    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400) > 500:
        return False
    # the answer to a HEAD has no body
    return is_refusal(code) or (operation.startswith("Head") and code.startswith("4"))


def is_refusal(code: str) -> bool:
    """Whether a code is S3's own for a permanent refusal: not a bare status, not "try again later"."""
    return bool(code) and not code.isdigit() and code not in _COME_BACK_LATER


def error_code(body: bytes) -> str:
    """Return S3's error code in the body of a response; empty if it is not S3's."""
    found = _ERROR_CODE.search(body) if _root(body) == "Error" else None
    return found[1].decode() if found else ""


def _root(body: bytes) -> str:
    """Return the name of the first element without its namespace; empty if there is none."""
    found = _FIRST_ELEMENT.search(body)
    return found[1].decode() if found else ""


def refuse_foreign_body(operation_model: Any, response_dict: Any, **_rest: Any) -> None:
    """Convert a success whose body is empty, a page, or other XML than S3's to a failure without a code.

    A handler of botocore's `before-parse` event: it changes the status as botocore itself does for an error inside of
    a 200, so that the call is repeated.
    """
    roots = _ROOTS.get(operation_model.name)
    if roots is None or response_dict["status_code"] >= 300:
        return
    root = _root(response_dict["body"] or b"")
    if root in roots or root in {operation_model.name + ending for ending in ("Result", "Response", "Output")}:
        return
    response_dict["status_code"] = 500
    if root != "Error":
        response_dict["body"] = b""


def version_of(reply: Any) -> str | None:
    """Return the version in a reply; None if the bucket is not versioned.

    While versioning is suspended, objects have the version `null`, which the next write replaces: that is no version.
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
    """Return `SHA256:base64` as storage reports it; None if it reports none."""
    return next((f"{name.removeprefix('Checksum')}:{reply[name]}" for name in CHECKSUM_FIELDS if reply.get(name)), None)
