"""Values for storage: objects, lists and signed URLs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True)
class Location:
    """The location of an object in storage.

    version_id: of one version in a versioned bucket; None: the latest. It is ignored in comparisons.
    """

    bucket: str
    object_key: str
    version_id: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.bucket}/{self.object_key}"


@dataclass(frozen=True)
class StoredObject:
    """An object from HEAD; upload_id: this service's mark in its metadata, which may also contain recovery metadata.

    version_id: None if the bucket is not versioned. headers: all of the answer, names in lower case.
    """

    size: int
    etag: str
    upload_id: str | None
    checksum: str | None = None
    content_type: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    version_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


def same_etag(one: str, other: str) -> bool:
    """Whether two ETags are equal: stores and proxies differ in quotes, and in the mark of a weak one."""
    bare = [etag.removeprefix("W/").strip('"') for etag in (one, other)]
    return bare[0] == bare[1]


@dataclass(frozen=True)
class OpenMultipart:
    """An open multipart upload in storage; initiated_at is None if the store does not report it."""

    object_key: str
    storage_upload_id: str
    initiated_at: datetime | None


@dataclass(frozen=True)
class NewMultipart:
    """A multipart upload to open; upload_id: this service's mark in the object's metadata.

    recovery: metadata besides the mark; kept: further parameters of the object, in boto3's names.
    """

    at: Location
    upload_id: str
    checksum_algorithm: str | None = None
    recovery: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)


class MultipartPlace(NamedTuple):
    """The position after which a list of open multipart uploads continues."""

    object_key: str
    storage_upload_id: str


@dataclass(frozen=True)
class ListedObject:
    """An object from a list of its bucket."""

    object_key: str
    size: int
    modified_at: datetime
    etag: str = ""


class PartToSign(NamedTuple):
    """A part to sign: its bytes, and its checksum (base64) if the upload has an algorithm."""

    part_number: int
    length: int
    checksum: str | None = None


@dataclass(frozen=True)
class SignedParts:
    """Presigned URLs for the requested parts, in their order, and their expiry."""

    urls: list[str]
    expires_at: datetime


@dataclass(frozen=True)
class SignedRequest:
    """A presigned request and its expiry."""

    url: str
    expires_at: datetime
