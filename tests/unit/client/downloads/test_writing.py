"""Writing the bytes of downloads: to streams in order, and to files with reserved space and a lock."""

from __future__ import annotations

import errno
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest

from longshore.client.downloads.file_system import allocate, lock_alone, name_bytes, sync
from longshore.client.downloads.in_order import InOrder, refuse_unwritable
from longshore.client.downloads.verify import RunningChecksum
from longshore.client.stopping import Stop
from tests.support.client.bodies import full


class Takes(io.RawIOBase):
    """Accepts these numbers of bytes, one per write, then everything."""

    def __init__(self, *counts: Any) -> None:
        self._counts, self.taken, self.flushed = [*counts], b"", 0

    def write(self, data: Any) -> int | None:
        count: Any = self._counts.pop(0) if self._counts else len(data)
        if isinstance(count, BlockingIOError):
            self.taken += bytes(data[: count.characters_written])
            raise count
        self.taken += bytes(data[: count or 0])
        return count  # type: ignore[no-any-return]

    def flush(self) -> None:
        self.flushed += 1


def in_order(stream: Any, checksum: str | None = None, size: int = 6) -> InOrder:
    return InOrder(stream, RunningChecksum(checksum, None, size))


@pytest.mark.parametrize(
    "counts",
    [[], [1, 2], [None, 0, 1], [BlockingIOError(errno.EAGAIN, "full", 2), BlockingIOError(errno.EAGAIN, "full", 0)]],
)
def test_each_byte_is_written_once_despite_repeated_ranges(monkeypatch: pytest.MonkeyPatch, counts: list[Any]) -> None:
    monkeypatch.setattr("longshore.client.downloads.in_order.POLL", 0.0)
    stream = Takes(*counts)
    target = in_order(stream, full(b"abcdef"))
    for offset, data in [(0, b"abc"), (0, b"ab"), (1, b"bcd"), (0, b"abcde"), (5, b"f")]:
        target.write(offset, data)
    target.add(0)
    assert (stream.taken, target.done, target.check(None, None, Stop())) == (b"abcdef", {0}, "SHA256")
    before = stream.flushed
    target.finish()
    assert stream.flushed - before == 1


def test_a_stream_without_flush_can_be_finished() -> None:
    class Plain:
        def write(self, data: memoryview) -> int:
            return len(data)

    in_order(Plain()).finish()


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (io.StringIO(), 'the stream is text: open it in binary mode, open(path, "wb"), or give sys.stdout.buffer'),
        (object(), "object is neither a path nor a stream with write()"),
    ],
)
def test_an_unwritable_target_is_refused_with_advice(stream: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        refuse_unwritable(stream)


# file systems


def test_name_bytes_returns_the_folders_limit(tmp_path: Path) -> None:
    assert name_bytes(tmp_path) == os.pathconf(tmp_path, "PC_NAME_MAX")
    assert name_bytes(tmp_path / "nowhere") == 255


@pytest.mark.parametrize("size", [0, 1, 5000])
def test_allocate_reserves_the_space_at_once(path: Path, size: int) -> None:
    path.write_bytes(b"")
    fd = os.open(path, os.O_RDWR)
    try:
        allocate(fd, size, path)
        sync(fd)
        assert (path.stat().st_size, path.stat().st_blocks * 512 >= size) == (size, True)
    finally:
        os.close(fd)


def test_a_disk_error_is_raised_with_the_path(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.ftruncate", fails)
    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(OSError, match="Input/output error") as refused:
        allocate(1, 5, path)
    assert (refused.value.errno, refused.value.filename) == (errno.EIO, str(path))
    with pytest.raises(OSError, match="Input/output error"):
        sync(1)


def test_a_lock_is_exclusive(path: Path) -> None:
    path.write_bytes(b"")
    first, second = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    try:
        lock_alone(first, path)
        with pytest.raises(BlockingIOError) as busy:
            lock_alone(second, path)
        assert str(busy.value) == f"[Errno {errno.EWOULDBLOCK}] another download is writing to it: '{path}'"
        os.close(first)
        lock_alone(second, path)
        path.unlink()
        with pytest.raises(BlockingIOError, match="another download"):
            lock_alone(second, path)
    finally:
        os.close(second)
