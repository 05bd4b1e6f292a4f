"""The source of an upload's bytes: a file on disk, read in pieces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from longshore.client.errors import FileChangedError, FileUnreadableError

PIECE = 256 * 1024
"""Bytes read, hashed and sent at once."""


class FileSource:
    """A regular file at the time of opening; reading it fails if it was replaced or changed.

    A part is read twice, for its checksum and for sending: the second time from the page cache, so that memory does not
    depend on the size of a part.
    """

    def __init__(self, path: str | Path) -> None:
        """Raises FileUnreadableError."""
        self.path = Path(path)
        try:
            self._stat = self.path.stat()
        except OSError as error:
            raise _unreadable(self.path, error) from error
        if S_ISDIR(self._stat.st_mode):
            raise FileUnreadableError(f"{self.path} is a folder.", "Upload all its files with `longshore upload -r`.")
        if not S_ISREG(self._stat.st_mode):
            raise FileUnreadableError(
                f"{self.path} is a pipe or a device.",
                "Send it as a stream: `longshore upload - --name NAME`, or an open file.",
            )

    def has_its_size(self) -> bool:
        """Whether the file's size is right: files of /proc, /sys and some of FUSE have none.

        Raises FileChangedError for a file that is being written, FileUnreadableError.
        """
        before_end = max(0, self.size - 1)
        try:
            with self.path.open("rb", buffering=0) as opened:
                self._check(os.fstat(opened.fileno()))
                opened.seek(before_end)
                fits = len(opened.read(2)) == self.size - before_end
                if not fits:
                    self._check(os.fstat(opened.fileno()))
                return fits
        except OSError as error:
            raise _unreadable(self.path, error) from error

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def size(self) -> int:
        return self._stat.st_size

    @property
    def mtime_ns(self) -> int:
        """Time of the last change, nanoseconds since the epoch."""
        return self._stat.st_mtime_ns

    def pieces(self, start: int, length: int) -> Iterator[memoryview]:
        """Yield the bytes from `start` in pieces, each valid until the next one.

        Raises FileChangedError, FileUnreadableError.
        """
        piece = memoryview(bytearray(min(PIECE, length)))
        try:
            with self.path.open("rb", buffering=0) as opened:
                self._check(os.fstat(opened.fileno()))
                opened.seek(start)
                left = length
                while left:
                    count = opened.readinto(piece[: min(PIECE, left)])
                    if not count:
                        raise _changed(self.path)
                    yield piece[:count]
                    left -= count
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def check_unchanged(self) -> None:
        """Raises FileChangedError, FileUnreadableError."""
        try:
            self._check(self.path.stat())
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def _check(self, now: os.stat_result) -> None:
        then = self._stat
        if (now.st_size, now.st_mtime_ns, now.st_ino) != (then.st_size, then.st_mtime_ns, then.st_ino):
            raise _changed(self.path)


def _changed(path: Path) -> FileChangedError:
    return FileChangedError(f"{path} was changed or replaced during the upload.")


def _unreadable(path: Path, error: OSError) -> FileUnreadableError:
    return FileUnreadableError(f"{path} cannot be read: {error.strerror or error}.")
