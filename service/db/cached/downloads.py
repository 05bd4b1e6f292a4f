"""Approximate counts of each file's downloads: counted in this process and written once a minute.

The most downloaded files are scanned again first. A killed process loses its unwritten counts.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

from service.db.session import Database
from service.db.statements.files.files import add_downloads
from service.errors import ServiceError
from service.observability.logs import get_logger

log = get_logger(__name__)

EVERY = timedelta(minutes=1)
MOST = 500
"""Files that one round writes; more in a minute are written sooner."""


class DownloadCounter:
    """The counts of one process; its threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._since: datetime | None = None

    def note(self, db: Database, file_id: str, now: datetime) -> None:
        """Count a download; once a minute a request writes all counts. They are lost while the database is down."""
        with self._lock:
            self._counts[file_id] += 1
            self._since = self._since or now
            if now - self._since < EVERY and len(self._counts) < MOST:
                return
            counts, self._counts, self._since = self._counts, Counter(), None
        try:
            with db.write() as session:
                for counted_id, count in sorted(counts.items()):
                    add_downloads(session, counted_id, count)
        except ServiceError as error:
            log.warning("downloads_not_counted", files=len(counts), reason=error.code)
