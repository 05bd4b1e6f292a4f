"""The scan job."""

from __future__ import annotations

from jobs.context import deps
from jobs.request_context import around
from service.domain.scanning import scans


def scan_file(file_id: str) -> str:
    """Scan one file; the verdict is in the database, the result is for reading the queue."""
    with around(deps(), "scan"):
        return scans.scan_file(deps(), file_id)
