"""Rows of many uploads and files for one insert."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.values.formats.ids import new_id

PRIVATE = "longshore-private"


def upload_row(now: datetime, state: str) -> dict[str, Any]:
    row = {"id": new_id(), "file_id": new_id(), "object_key": new_id(), "storage_upload_id": new_id(), "state": state}
    return row | {"size": 5, "chunk_size": 5, "created_at": now, "expires_at": now, "lease_until": now}


def file_row(now: datetime, upload_id: str, file_id: str) -> dict[str, Any]:
    row = {"id": file_id, "upload_id": upload_id, "bucket": PRIVATE, "object_key": new_id(), "filename": "a", "size": 5}
    row |= {"content_type": "text/plain", "total_chunks": 1, "etag": "e", "virus_scan_status": "pending"}
    return row | {"scan_attempts": 0, "scan_due_at": now, "created_at": now}
