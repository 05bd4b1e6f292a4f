"""Observers of uploads and downloads, and the values that they receive."""

from __future__ import annotations

from dataclasses import dataclass

from longshore.client.progress import Progress


@dataclass(frozen=True)
class Session:
    """The ids to resume an upload elsewhere. expires_at: storage keeps the parts until then."""

    upload_id: str
    file_id: str
    chunk_size: int
    expires_at: str


@dataclass(frozen=True)
class Comparison:
    """The result of comparing an open upload with the file, as chunk indexes.

    same: identical bytes; other: different bytes; unknown: storage reports neither a checksum nor an MD5, so they are
    sent again. by: what was compared, for example `SHA256`, or `MD5` for the ETag.
    """

    same: frozenset[int] = frozenset()
    other: frozenset[int] = frozenset()
    unknown: frozenset[int] = frozenset()
    by: frozenset[str] = frozenset()

    @property
    def is_another_file(self) -> bool:
        """Whether there are parts, but none of this file."""
        return bool(self.other) and not self.same


class Observer:
    """Override the methods that you need. All but `compared` are called by one thread at a time for each upload."""

    def session(self, session: Session) -> None:
        """The upload has its ids: store them to resume it after a crash."""

    def stage(self, stage: str) -> None:
        """comparing, uploading, completing, then the service's (queued, scanning …); or downloading, verifying."""

    def compared(self, comparison: Comparison) -> None:
        """The parts in storage were compared with the file, before anything was sent."""

    def progress(self, progress: Progress) -> None:
        """About ten times per second, and at the end."""

    def aborted(self) -> None:
        """The upload was stopped and aborted."""

    def stored(self) -> None:
        """The bytes are in storage and the file is recorded; the verdict is open."""


class Noting(Observer):
    """Pass events to another observer, and keep the session."""

    def __init__(self, told: Observer, sessions: list[Session]) -> None:
        self._sessions = sessions
        self._told = told
        self.stage, self.compared, self.progress = told.stage, told.compared, told.progress  # type: ignore[method-assign]

    def session(self, session: Session) -> None:
        self._sessions.append(session)
        self._told.session(session)
