"""The partial file of a download: preallocated, filled in any order, and what of it is there, remembered beside it."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

SAVE_EVERY = 10.0
"""Seconds between two looks back: what came since the last one is fetched again after a kill."""


class PartFile:
    """`TO.part`, and `TO.part.json` beside it. of: what it is of; with anything else in the note it begins anew.

    A range stands in the note only after its bytes are on the disk, so that not even a power cut makes it lie.
    """

    def __init__(self, target: Path, of: dict[str, Any], size: int) -> None:
        """Raises OSError: no room, no permission."""
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")
        self._of = of
        self.done: set[int] = self._remembered(size)
        self._lock = threading.Lock()
        self._saved_at = time.monotonic()
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock_alone(self._fd, self.path)
            _allocate(self._fd, size)
        except OSError:
            os.close(self._fd)
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
        """All of this range has been written."""
        with self._lock:
            self.done.add(range_index)
            if time.monotonic() - self._saved_at < SAVE_EVERY:
                return
            self._saved_at = time.monotonic()
        self.save()

    def save(self) -> None:
        """The note, after the bytes that it tells of."""
        with self._lock:
            text = json.dumps(self._of | {"done": sorted(self.done)})
        os.fsync(self._fd)
        draft = self._note.with_name(self._note.name + ".draft")
        draft.write_text(text)
        draft.replace(self._note)

    def finish(self) -> None:
        """It is the file: on the disk, under its own name."""
        os.fsync(self._fd)
        self._close()
        self.path.replace(self.target)
        self._note.unlink(missing_ok=True)

    def discard(self) -> None:
        """Nothing of it is to stay."""
        self._close()
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _close(self) -> None:
        os.close(self._fd)
        self._fd = -1

    def _remembered(self, size: int) -> set[int]:
        try:
            note = json.loads(self._note.read_text())
            done = {int(index) for index in note.pop("done")}
            return done if note == self._of and self.path.stat().st_size == size else set()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return set()


def _lock_alone(fd: int, path: Path) -> None:
    """Raises BlockingIOError where another download is at it; the lock goes with the process."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BlockingIOError(error.errno, "another download is writing to it", str(path)) from None


def _allocate(fd: int, size: int) -> None:
    """Its full length; the room for it too, where the system can tell at once that there is none."""
    os.ftruncate(fd, size)
    if size and hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, 0, size)
