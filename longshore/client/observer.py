"""Who is told how an upload or a download goes, and what it is told."""

from __future__ import annotations

from dataclasses import dataclass

from longshore.client.progress import Progress


@dataclass(frozen=True)
class Session:
    """What it takes to carry on an upload elsewhere. expires_at: until then storage keeps the parts."""

    upload_id: str
    file_id: str
    chunk_size: int
    expires_at: str


@dataclass(frozen=True)
class Comparison:
    """What of an open upload is this very file: chunk indexes.

    same: their bytes are the file's own; other: they are not; unknown: storage tells neither a checksum nor an MD5, so
    that nobody can say, and they are sent again. by: what was compared, `SHA256` for example, or `MD5` for the ETag.
    """

    same: frozenset[int] = frozenset()
    other: frozenset[int] = frozenset()
    unknown: frozenset[int] = frozenset()
    by: frozenset[str] = frozenset()

    @property
    def is_another_file(self) -> bool:
        """Whether something is there, and nothing of it this file's."""
        return bool(self.other) and not self.same


class Observer:
    """Override what you want to hear. Called from several threads, one at a time for each upload but for `compared`."""

    def session(self, session: Session) -> None:
        """The upload has its ids: remember them, and it can be carried on after a crash."""

    def stage(self, stage: str) -> None:
        """comparing, uploading, completing, then the service's (queued, scanning …); or downloading, verifying."""

    def compared(self, comparison: Comparison) -> None:
        """What storage has was compared with the file, before anything was sent."""

    def progress(self, progress: Progress) -> None:
        """Some ten times a second, and at the end."""

    def aborted(self) -> None:
        """It was stopped, and storage forgets its parts."""

    def stored(self) -> None:
        """The bytes are in storage and the file is recorded; the verdict is open."""


class Noting(Observer):
    """Passes on what it is told, and keeps the session."""

    def __init__(self, told: Observer, sessions: list[Session]) -> None:
        self._sessions = sessions
        self._told = told
        self.stage, self.compared, self.progress = told.stage, told.compared, told.progress  # type: ignore[method-assign]

    def session(self, session: Session) -> None:
        self._sessions.append(session)
        self._told.session(session)
