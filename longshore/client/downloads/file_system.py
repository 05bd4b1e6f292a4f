"""Calls that some file systems do not support (NFS, FUSE, FAT); a download works without them."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOLCK, errno.ENODEV})
USUAL_NAME_BYTES = 255


def lock_alone(fd: int, path: Path) -> None:
    """Lock the open file at `path`. Raises BlockingIOError if another process has it, or had it until now.

    The lock ends with the process.
    """
    busy = BlockingIOError(errno.EWOULDBLOCK, "another download is writing to it", str(path))
    try:
        _if_possible(lambda: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB))
        # the other process renamed it between open and lock: it is the finished file now
        if not os.path.samestat(os.fstat(fd), path.lstat()):
            raise busy
    except (BlockingIOError, FileNotFoundError):
        raise busy from None


def allocate(fd: int, size: int, path: Path) -> None:
    """Set the full length and reserve the space, if the system supports it. Raises OSError."""
    try:
        _if_possible(lambda: os.ftruncate(fd, size))
        if size and hasattr(os, "posix_fallocate"):
            _if_possible(lambda: os.posix_fallocate(fd, 0, size))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def sync(fd: int) -> None:
    """Write everything to the disk."""
    _if_possible(lambda: os.fsync(fd))


def name_bytes(folder: Path) -> int:
    """Return the maximum bytes of a name: 255 in most file systems, 143 in eCryptfs."""
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (OSError, ValueError):
        return USUAL_NAME_BYTES


def _if_possible(call: Callable[[], None]) -> None:
    try:
        call()
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
