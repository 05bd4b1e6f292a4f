"""Files, open uploads and scans of all subjects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from longshore.client.admin.audit import AuditEntry
from longshore.client.admin.calls import Calls
from longshore.client.api import pages
from longshore.client.details import detail_filters
from longshore.client.values import File, LinkStatus, load, load_page


@dataclass(frozen=True)
class AdminFile(File):
    """A file with what only operators see. downloads: about how many download links were issued."""

    scan_attempts: int = 0
    scanned_with: str | None = None
    downloads: int = 0


@dataclass(frozen=True)
class AdminUpload:
    """An upload. state: `uploading` or `completing` while it is open; path_name: the folder that init named."""

    upload_id: str
    file_id: str
    filename: str | None
    owner: str | None
    state: str
    size: int | None
    chunk_size: int
    content_type: str | None
    policy: str
    grant_id: str | None
    created_at: str
    expires_at: str
    failure_reason: str | None
    path_name: str | None = None


@dataclass(frozen=True)
class FileDetails:
    """A file with all that is known about it.

    object: bucket, key, etag, version_id. parts: part_number, size, etag, checksum of each; None if they are unknown.
    links, audit: the newest 100. unreachable: the parts of the service that could not be asked: with `redis` in it, a
    job of None does not mean that there is none.
    """

    file: AdminFile
    upload: AdminUpload | None
    job: dict[str, Any] | None
    scan_due_at: str | None
    object: dict[str, Any]
    parts: list[dict[str, Any]] | None
    links: list[LinkStatus]
    audit: list[AuditEntry]
    unreachable: list[str]


@dataclass(frozen=True)
class Scan:
    """A file whose scan has not ended with a verdict. state: `running`, `waiting` or `failed`.

    unreachable: as of FileDetails.
    """

    file_id: str
    filename: str
    owner: str | None
    size: int
    virus_scan_status: str
    state: str
    scan_attempts: int
    scan_due_at: str | None
    last_error: str | None
    job: dict[str, Any] | None
    unreachable: list[str] = field(default_factory=list)


class FileCalls(Calls):
    """See files, open uploads and scans."""

    def files(
        self, *, verdict: str | None = None, detail: Mapping[str, str | float | bool] | None = None, **query: Any
    ) -> Iterator[AdminFile]:
        """Yield all files, by default newest first. verdict, detail, query: as of `Client.files`."""
        asked = query | {"virus_scan_status": verdict, "detail": detail_filters(detail or {}) or None}
        return self._list(AdminFile, "/files", asked)

    def file(self, file_id: str) -> FileDetails:
        """Return a file with its upload, job, object, parts, links and entries of the audit log."""
        data = self._call("GET", f"/files/{quote(file_id)}")
        details = load(FileDetails, data)
        nested = {
            "file": load(AdminFile, data["file"]),
            "upload": None if data["upload"] is None else load(AdminUpload, data["upload"]),
            "links": [load(LinkStatus, each) for each in data["links"]],
            "audit": [load(AuditEntry, each) for each in data["audit"]],
        }
        return FileDetails(**vars(details) | nested)

    def uploads(
        self, *, state: str | None = None, owner: str | None = None, policy: str | None = None
    ) -> Iterator[AdminUpload]:
        """Yield the open uploads: those that are being completed first, then those that expire last."""
        return self._list(AdminUpload, "/uploads", {"state": state, "owner": owner, "policy": policy})

    def scans(self, state: str | None = None) -> Iterator[Scan]:
        """Yield the scans without a verdict: running ones, then waiting ones, then failed ones; or those of one state.

        To repeat all failed ones: `decide("rescan", filter={"virus_scan_status": "error"})`.
        """

        def page(**query: Any) -> Any:
            data = self._call("GET", "/scans", query={"state": state, **query})
            unreachable = data.get("unreachable", [])
            return load_page(Scan, data | {"items": [item | {"unreachable": unreachable} for item in data["items"]]})

        return pages(page)
