"""The partial file of a download: preallocated and filled in any order, with a note about the finished ranges."""

from __future__ import annotations

import errno
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from types import TracebackType
from typing import Any

from longshore.client.downloads.file_system import allocate, lock_alone, name_bytes, sync
from longshore.client.downloads.verify import verify
from longshore.client.stopping import Stop
from longshore.client.uploads.source import FileSource

SAVE_EVERY = 10.0
"""Seconds between two notes: ranges since the last one are downloaded again after a kill."""
NAMES = 100
"""Number of names to try if other files exist."""
LONGEST_ENDING = len(".99.part.json")


class PartFile:
    """The files `TO.part` and `TO.part.json`. of: identifies the download; with a different note it starts again.

    A range is added to the note only after its bytes are on the disk, so that the note is right even after a power cut.
    Files without such a note and links belong to others: then `TO.1.part` is used, and so on.
    """

    in_order = False

    def __init__(self, target: Path, of: dict[str, Any], size: int) -> None:
        """Raises OSError: no space, no permission, a folder, or another process uses it."""
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        # the target of a symbolic link is replaced
        self.target = target.resolve()
        self._of = of
        self.done: set[int] = set()
        self._lock = threading.Lock()
        self._saved_at = time.monotonic()
        self.path, self._note, self._fd = self._open()
        try:
            lock_alone(self._fd, self.path)
            self.done = self._remembered(size)
            allocate(self._fd, size, self.path)
        except OSError as error:
            if self.done or isinstance(error, BlockingIOError):
                self._close()
            else:
                self.discard()
            raise

    def __enter__(self) -> PartFile:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if self._fd >= 0:
            self.save()
            self._close()

    def write(self, offset: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            count = os.pwrite(self._fd, view, offset)
            view, offset = view[count:], offset + count

    def add(self, range_index: int) -> None:
        """Note that a range is complete."""
        with self._lock:
            self.done.add(range_index)
            if time.monotonic() - self._saved_at < SAVE_EVERY:
                return
            self._saved_at = time.monotonic()
        self.save()

    def save(self) -> None:
        """Write the note, after the bytes are on the disk."""
        with self._lock:
            done = sorted(self.done)
        sync(self._fd)
        _write_note(self._note, self._of | {"done": done})

    def check(self, checksum: str | None, chunk_size: int | None, stop: Stop) -> str | None:
        """Return by which checksum the bytes were verified; None if they differ (`verify`)."""
        return verify(FileSource(self.path), checksum, chunk_size, stop)

    def finish(self) -> None:
        """Write everything to the disk and rename the file."""
        sync(self._fd)
        self._close()
        self.path.replace(self.target)
        self._note.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete the partial file and its note."""
        self._close()
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _close(self) -> None:
        os.close(self._fd)
        self._fd = -1

    def _open(self) -> tuple[Path, Path, int]:
        """Return the first usable pair of names with the open file: a new or an earlier one. Raises OSError."""
        for path in _names(self.target):
            note = path.with_name(path.name + ".json")
            with suppress(FileExistsError):
                if os.path.lexists(note):
                    _read_note(note)
                elif os.path.lexists(path):
                    continue
                else:
                    _write_note(note, self._of | {"done": []}, new=True)
                return path, note, _open_own(path)
        reason = "files of others are under all names that a partial download could have"
        raise FileExistsError(errno.EEXIST, reason, str(self.target))

    def _remembered(self, size: int) -> set[int]:
        try:
            note = _read_note(self._note)
            done = {int(index) for index in note.pop("done")}
        except (FileExistsError, ValueError, TypeError):
            return set()
        return done if note == self._of and os.fstat(self._fd).st_size == size else set()


def _names(target: Path) -> Iterator[Path]:
    """Yield names for the partial file, the usual one first; a long name is hashed, so that all endings fit."""
    stem = target.name
    if len(os.fsencode(stem)) + LONGEST_ENDING > name_bytes(target.parent):
        stem = f"longshore-{sha256(os.fsencode(stem)).hexdigest()[:16]}"
    yield target.with_name(f"{stem}.part")
    for number in range(1, NAMES):
        yield target.with_name(f"{stem}.{number}.part")


def _open_own(path: Path) -> int:
    """Open a new or an earlier partial file. Raises FileExistsError for a link or a file of another user.

    Only `_open` catches that error, to use the next name: it needs no text.
    """
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
    except FileExistsError:
        return _open_if_own(path, os.O_RDWR)


def _open_if_own(path: Path, flags: int) -> int:
    try:
        # opening a pipe or a device must not block
        fd = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise FileExistsError from error
    found = os.fstat(fd)
    # on network and FUSE mounts, all files belong to the owner of the folder
    if S_ISREG(found.st_mode) and found.st_uid in {os.geteuid(), path.parent.stat().st_uid}:
        return fd
    os.close(fd)
    raise FileExistsError


def _read_note(path: Path) -> dict[str, Any]:
    """Read the note. Raises FileExistsError for any other file."""
    with open(_open_if_own(path, os.O_RDONLY)) as opened:
        try:
            note = dict(json.load(opened))
        except (ValueError, TypeError):
            note = {}
    if note.keys() >= {"file_id", "size", "range", "done"}:
        return note
    raise FileExistsError


def _write_note(path: Path, note: dict[str, Any], *, new: bool = False) -> None:
    """Replace the note atomically. new: raises FileExistsError if it exists."""
    try:
        fd, draft = tempfile.mkstemp(prefix=".longshore-", dir=path.parent)
    except OSError as error:
        # the draft's name does not help users
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with open(fd, "w") as opened:
            opened.write(json.dumps(note))
        if new and os.path.lexists(path):
            raise FileExistsError
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink()
        raise
