"""Matchers for asserting whole payloads."""

from __future__ import annotations

import re
from typing import Any


class Like:
    """Equal to any string that the pattern matches whole."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self.pattern, other, re.DOTALL) is not None

    def __hash__(self) -> int:
        return hash(self.pattern)

    def __repr__(self) -> str:
        return f"Like({self.pattern!r})"


class Maybe(Like):
    """The same, also equal to None."""

    def __eq__(self, other: object) -> bool:
        return other is None or super().__eq__(other)

    def __hash__(self) -> int:
        return super().__hash__()


AN_ID: Any = Like(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
A_TIME: Any = Like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
A_TYPE: Any = Like(r"[a-z]+/[A-Za-z0-9.+-]+")
AN_ETAG: Any = Like(r'"[0-9a-f]{32}(-\d+)?"')
UNASKED: Any = Maybe("CRC64NVME:[A-Za-z0-9+/]{11}=")
"""The checksum that AWS and LocalStack compute for an object without a requested one."""
A_URL: Any = Like(r"https?://.*X-Amz-Signature=[0-9a-f]{64}")


def failure(code: str, *errors: str, **extra: Any) -> dict[str, Any]:
    """The failure envelope with any message."""
    return {"code": code, "message": Like(".+"), "errors": list(errors), "success": False, **extra}


def success(data: Any) -> dict[str, Any]:
    return {"data": data, "message": "", "success": True}


def new_file(opened: dict[str, Any], bucket: str = "longshore-private", **changes: Any) -> dict[str, Any]:
    """The payload of a file that has just been completed into a bucket."""
    return {
        "id": opened["file_id"],
        "upload_id": opened["upload_id"],
        "owner": None,
        "filename": "bytes.bin",
        "path": Like(rf"{bucket}/{AN_ID.pattern}"),
        "content_type": "application/octet-stream",
        "detected_content_type": None,
        "size": 0,
        "detail": None,
        "is_private": False,
        "download_url": None,
        "download_expires_at": None,
        "checksum": None,
        "virus_scan_status": "pending",
        "virus_scan_result": None,
        "virus_scan_date": None,
        "is_quarantined": False,
        "quarantine_reason": None,
        "appointment_id": None,
        "user_id": None,
        "policy": "default",
        "grant_id": None,
        "path_name": None,
        "replaces": None,
        "version": 1,
        "expires_at": None,
        "legal_hold": False,
        "decision": None,
        "created_at": A_TIME,
    } | changes


def without_owner(file: dict[str, Any]) -> dict[str, Any]:
    """The payload for a caller that sees only its own files, and the one in events."""
    return {name: value for name, value in file.items() if name != "owner"}
