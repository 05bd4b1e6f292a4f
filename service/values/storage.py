"""What storage has, what it lists, and what is signed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True)
class Location:
    """Where an object lies in storage.

    version_id: of exactly one version, where the bucket keeps several; None: whichever is the latest. It is no part of
    the place: two locations that differ only in it are equal.
    """

    bucket: str
    object_key: str
    version_id: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"{self.bucket}/{self.object_key}"


@dataclass(frozen=True)
class StoredObject:
    """An object as HEAD reports it; upload_id is our own mark in its metadata, which may hold its papers too.

    version_id: None where the bucket keeps no versions.
    """

    size: int
    etag: str
    upload_id: str | None
    checksum: str | None = None
    content_type: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    version_id: str | None = None


def same_etag(one: str, other: str) -> bool:
    """Whether two ETags name the same bytes: stores and proxies differ in quotes, and in the mark of a weak one."""
    bare = [etag.removeprefix("W/").strip('"') for etag in (one, other)]
    return bare[0] == bare[1]


@dataclass(frozen=True)
class OpenMultipart:
    """A multipart upload that storage holds open; initiated_at is None where the store does not say when it was."""

    object_key: str
    storage_upload_id: str
    initiated_at: datetime | None


class MultipartPlace(NamedTuple):
    """Where a list of open multipart uploads goes on: after this one."""

    object_key: str
    storage_upload_id: str


@dataclass(frozen=True)
class ListedObject:
    """An object as a list of its bucket shows it."""

    object_key: str
    size: int
    modified_at: datetime
    etag: str = ""


class PartToSign(NamedTuple):
    """A part that is to be sent: how many bytes, and their checksum (base64) where the upload has an algorithm."""

    part_number: int
    length: int
    checksum: str | None = None


@dataclass(frozen=True)
class SignedParts:
    """Presigned URLs for the parts asked for, in their order, and until when they are good."""

    urls: list[str]
    expires_at: datetime


@dataclass(frozen=True)
class SignedRequest:
    """A presigned GET, and until when it is good."""

    url: str
    expires_at: datetime
