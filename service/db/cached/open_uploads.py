"""Open uploads for which this process has just signed, so that it need not read their rows for each chunk."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.db.cached.timed_memory import TimedMemory
from service.values import UploadToSign

REMEMBERED = timedelta(seconds=5)
"""Time for which an upload is signed for without a query, and so the longest time after its abort or completion by
another process, or after its assignment to an owner, for which this process does not know of that."""
MOST = 10_000
"""Cached uploads, about 1 KB each; when there are more, all are forgotten."""


class UploadMemory(TimedMemory[UploadToSign]):
    """Open uploads of known size by id; one for each process.

    Of a row's facts that signing needs, only the state and an owner that was missing can change while the upload is
    open. Outdated ones give a client no more than a URL that was signed a moment earlier, which cannot be revoked
    either: storage refuses parts of an upload that was aborted or completed, and no URL outlives the upload. Owner and
    expiry are still checked for each request.
    """

    remembered = REMEMBERED

    def remember(self, upload: UploadToSign, now: datetime) -> None:
        """Cache an open upload. One of unknown size is not cached: its reserved bytes grow."""
        if upload.size is None:
            return
        if len(self._known) >= MOST:
            self._known.clear()
        self._keep(upload.id, upload, now)

    def forget(self, upload_id: str) -> None:
        """Forget an upload that this process closes, so that it signs nothing more for it."""
        self._known.pop(upload_id, None)
