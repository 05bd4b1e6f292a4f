"""The API's answers as small frozen values. Sizes are bytes, times RFC 3339 text in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Generic, TypeVar

from longshore.client.errors import UnexpectedAnswerError

T = TypeVar("T")
FINAL_STAGES = frozenset({"ready", "quarantined", "scan_failed", "aborted", "expired"})
"""Stages after which nothing changes without a further call."""


@dataclass(frozen=True)
class SignedChunk:
    """A signed request to send one chunk directly to storage."""

    chunk_index: int
    method: str
    url: str
    headers: dict[str, str]
    expires_at: str


@dataclass(frozen=True)
class StoredChunk:
    """A chunk in storage; checksum: base64, None if storage reports none."""

    chunk_index: int
    size: int
    etag: str
    checksum: str | None = None


@dataclass(frozen=True)
class Opened:
    """A started upload. chunks: the first ones, signed."""

    upload_id: str
    file_id: str
    chunk_size: int
    expires_at: str
    chunks: list[SignedChunk]


@dataclass(frozen=True)
class Resumption:
    """The progress of an open upload; size: None if it was started without one."""

    upload_id: str
    file_id: str
    chunk_size: int
    size: int | None
    expires_at: str
    checksum_algorithm: str | None
    uploaded: list[StoredChunk]
    missing: list[int]
    chunks: list[SignedChunk]


@dataclass(frozen=True)
class File:
    """A file.

    decision: an operator's, that it is `released` or `blocked`: action, by, at, reason; None without one. owner: only
    for the scope `admin`, or if login is off; else None. replaces: the file that is deleted once this one may be
    downloaded; None without one, and when it is deleted. path_name: of its folder, None without one.
    """

    id: str
    upload_id: str
    filename: str
    path: str
    content_type: str
    size: int
    detail: dict[str, Any] | None
    is_private: bool
    download_url: str | None
    download_expires_at: str | None
    checksum: str | None
    virus_scan_status: str
    virus_scan_result: str | None
    virus_scan_date: str | None
    is_quarantined: bool
    quarantine_reason: str | None
    appointment_id: str | None
    user_id: str | None
    created_at: str
    policy: str = "default"
    version: int = 1
    detected_content_type: str | None = None
    expires_at: str | None = None
    legal_hold: bool = False
    grant_id: str | None = None
    decision: dict[str, Any] | None = None
    owner: str | None = None
    replaces: str | None = None
    path_name: str | None = None


@dataclass(frozen=True)
class Folder:
    """A folder: its whole path, and its last name."""

    path_name: str
    name: str
    created_at: str


@dataclass(frozen=True)
class Status:
    """The progress of a file from init to the verdict. owner, path_name: as of a File."""

    status: str
    stage: str
    upload_id: str
    file_id: str
    size: int | None
    uploaded_bytes: int
    total_chunks: int | None
    uploaded_chunks: int
    chunk_size: int | None
    scanned_bytes: int | None
    virus_scan_status: str | None
    job: dict[str, Any] | None
    expires_at: str | None
    detected_content_type: str | None = None
    legal_hold: bool = False
    decision: dict[str, Any] | None = None
    owner: str | None = None
    path_name: str | None = None
    virus_scan_result: str | None = None

    @property
    def is_final(self) -> bool:
        return self.stage in FINAL_STAGES


@dataclass(frozen=True)
class User:
    id: str
    name: str
    created_at: str


@dataclass(frozen=True)
class Appointment:
    id: str
    user_id: str
    title: str
    created_at: str


@dataclass(frozen=True)
class GrantStatus:
    """A grant without its token. state: `active`, `used_up`, `expired` or `revoked`; used: open uploads and files.

    created_by: None if a backend signed it itself.
    """

    grant_id: str
    state: str
    subject: str
    policy: str
    count: int
    used: int
    max_size: int | None
    content_types: list[str] | None
    detail: dict[str, Any] | None
    user_id: str | None
    appointment_id: str | None
    is_private: bool
    created_by: str | None
    created_at: str
    expires_at: str
    revoked_at: str | None


@dataclass(frozen=True)
class LinkStatus:
    """A link to a file without its URL. state: `active`, `used_up`, `expired` or `revoked`.

    max_downloads: None for any number. created_by: None if a backend signed it itself.
    """

    link_id: str
    state: str
    disposition: str
    has_password: bool
    max_downloads: int | None
    downloads: int
    last_used_at: str | None
    created_by: str | None
    created_at: str
    expires_at: str
    revoked_at: str | None


@dataclass(frozen=True)
class Account:
    """The account of the caller. used_bytes: None if login is off; allowed_bytes: None without a limit.

    storage_lets_through: attacks that storage does not reject; only for the scope `admin`, or if login is off.
    """

    subject: str | None
    scopes: list[str]
    used_bytes: int | None
    allowed_bytes: int | None
    storage_lets_through: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; next_cursor: None at its end."""

    items: list[T]
    next_cursor: str | None


PARTS: Mapping[str, type[Any]] = {"chunks": SignedChunk, "uploaded": StoredChunk}
"""The fields that are lists of values."""


def load(kind: type[T], data: Any) -> T:
    """Build a value from an answer, without unknown fields. Raises UnexpectedAnswerError."""
    try:
        known = {each.name: data[each.name] for each in fields(kind) if each.name in data}  # type: ignore[arg-type]
        nested = {name: [load(PARTS[name], one) for one in known[name]] for name in PARTS.keys() & known.keys()}
        return kind(**known | nested)
    except (TypeError, KeyError, AttributeError) as error:
        raise UnexpectedAnswerError(f"The service's answer is no {kind.__name__} ({error}).") from error


def load_page(kind: type[T], data: Any) -> Page[T]:
    """Build a page of values."""
    page = load(Page, data)
    return Page([load(kind, item) for item in page.items], page.next_cursor)
