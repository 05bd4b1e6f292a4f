"""Bytes on their way: read from files and streams, cut, hashed, compared, written in order."""

from __future__ import annotations

import errno
import io
import os
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import md5, sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.client.downloads import verify as verifying
from longshore.client.downloads.file_system import allocate, lock_alone, name_bytes, sync
from longshore.client.downloads.in_order import InOrder, refuse_unwritable
from longshore.client.downloads.verify import RunningChecksum, digests, is_composite, verify
from longshore.client.errors import FileChangedError, FileUnreadableError, StoppedError
from longshore.client.observer import Comparison
from longshore.client.parts import MIB, PartPlan, chunk_sizes
from longshore.client.stopping import Stop
from longshore.client.uploads.compare import compare_one, compare_stored
from longshore.client.uploads.readable import read_some, refuse_unusable
from longshore.client.uploads.source import PIECE, FileSource
from longshore.client.values import Resumption, StoredChunk
from longshore.receipts.hashing import QUICK, by_table, digest, new_hash

BODIES = st.binary(max_size=30)
TO_FILES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.bin"


def source(path: Path, body: bytes) -> FileSource:
    path.write_bytes(body)
    return FileSource(path)


def text(body: bytes) -> str:
    return b64encode(body).decode()


def full(body: bytes, algorithm: str = "SHA256") -> str:
    return f"{algorithm}:{text(digest([body], algorithm))}"


def of_parts(body: bytes, size: int, algorithm: str = "SHA256") -> str:
    parts = [digest([body[at : at + size]], algorithm) for at in range(0, max(1, len(body)), size)]
    return f"{algorithm}:{text(digest(parts, algorithm))}-{len(parts)}"


def running(body: bytes, cuts: list[int], checksum: str | None, chunk_size: int | None) -> str | None:
    made = RunningChecksum(checksum, chunk_size, len(body))
    ends = sorted({min(cut, len(body)) for cut in cuts} | {0, len(body)})
    for start, end in pairwise(ends):
        made.update(memoryview(body)[start:end])
    return made.result()


# checksums


@TO_FILES
@given(BODIES, BODIES, st.integers(1, 12), st.sampled_from(QUICK), st.lists(st.integers(0, 30)))
def test_a_checksum_tells_these_bytes_from_all_others(
    path: Path, body: bytes, other: bytes, size: int, algorithm: str, cuts: list[int]
) -> None:
    expected = None if other != body else algorithm
    known = [(full(body, algorithm), None), (of_parts(body, size, algorithm), size)]
    # Ceph 20 writes the number of the only part behind the CRC of the bytes
    known += [(f"{full(body, algorithm)}-1", size)] if len(body) <= size else []
    for checksum, chunk_size in known:
        assert verify(source(path, body), checksum, chunk_size, Stop()) == algorithm
        assert verify(source(path, other), checksum, chunk_size, Stop()) == expected
        assert running(body, cuts, checksum, chunk_size) == algorithm
        assert running(other, cuts, checksum, chunk_size) == expected


@pytest.mark.parametrize("checksum", [None, "", "MD4:x", "CRC64NVME:AAAA", "CRC64NVME:AAAA-2"])
def test_what_cannot_be_compared_leaves_the_size(path: Path, checksum: str | None) -> None:
    assert verify(source(path, b"abc"), checksum, None, Stop()) == "size"
    assert running(b"abc", [1], checksum, None) == "size"


@pytest.mark.parametrize(
    ("most", "size", "verified"),
    [(19, 10, "size"), (20, 10, "SHA256"), (0, 3, "SHA256")],
)
def test_ways_to_cut_a_file_are_tried_as_long_as_that_is_little(
    path: Path, monkeypatch: pytest.MonkeyPatch, most: int, size: int, verified: str
) -> None:
    """Ten bytes in two parts: 6 or 9 each, if these are whole threes."""
    monkeypatch.setattr("longshore.client.parts.MIB", 3 if size == 10 else 1)
    monkeypatch.setattr(verifying, "MOST_READ", most)
    body = bytes(range(size))
    made = of_parts(body, 6 if size == 10 else 3)
    assert verify(source(path, body), made, None, Stop()) == verified
    assert running(body, [], made, None) == ("SHA256" if size == 3 else "size")


def test_a_number_of_parts_that_cannot_be_leaves_the_size(path: Path) -> None:
    assert verify(source(path, b"abc"), f"SHA256:{'A' * 44}-2", None, Stop()) == "size"


@pytest.mark.parametrize(
    ("checksum", "of_parts"), [(None, False), ("SHA256:ab", False), ("SHA256:ab-3", True), ("CRC-32:ab", False)]
)
def test_which_checksums_are_of_parts(checksum: str | None, of_parts: bool) -> None:
    assert is_composite(checksum) is of_parts


def test_verifying_can_be_stopped(path: Path) -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(StoppedError):
        verify(source(path, b"abc"), of_parts(b"abc", 1), 1, stop)
    with pytest.raises(StoppedError):
        digests(source(path, b"abc"), PartPlan(3, 1), "SHA256", stop)


@pytest.mark.parametrize(("algorithm", "size"), [("CRC32", 4), ("CRC32C", 4), ("CRC64NVME", 8), ("MD5", 16)])
def test_checksums_of_nothing(algorithm: str, size: int) -> None:
    nothing = md5(b"").digest() if algorithm == "MD5" else bytes(size)
    assert digest([], algorithm) == new_hash(algorithm).digest() == nothing


def test_a_table_continues_from_earlier_bytes() -> None:
    crc = by_table("CRC32C")
    assert crc(b"6789", crc(b"12345", 0)) == crc(b"123456789", 0) == 0xE3069283


@given(st.integers(1, 200 * MIB), st.integers(1, 40))
def test_whole_mib_that_give_this_many_parts(size: int, total: int) -> None:
    found = chunk_sizes(size, total)
    fits = [mib * MIB for mib in range(1, 201) if PartPlan(size, mib * MIB).total_chunks == total]
    assert found == ([size] if total == 1 else fits)


def test_no_bytes_are_one_chunk_of_none() -> None:
    assert (chunk_sizes(0, 1), PartPlan(0, 5).total_chunks, PartPlan(0, 5).length(0)) == ([1], 1, 0)


# files


@TO_FILES
@given(st.binary(max_size=40), st.integers(0, 40), st.integers(0, 40), st.integers(1, 9))
def test_the_bytes_from_here_to_there(
    path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, start: int, length: int, most: int
) -> None:
    monkeypatch.setattr("longshore.client.uploads.source.PIECE", most)
    file = source(path, body)
    start = min(start, len(body))
    length = min(length, len(body) - start)
    pieces = [bytes(piece) for piece in file.pieces(start, length)]
    assert (b"".join(pieces), max(map(len, pieces), default=0) <= most) == (body[start : start + length], True)
    assert file.has_its_size()


def test_a_file_is_read_in_pieces_of_a_quarter_mib(path: Path) -> None:
    assert [len(piece) for piece in source(path, bytes(PIECE + 1)).pieces(0, PIECE + 1)] == [256 * 1024, 1]


def test_what_is_told_of_a_file(path: Path) -> None:
    file = source(path, b"abc")
    os.utime(path, ns=(5, 7))
    assert (file.name, file.size, FileSource(str(path)).mtime_ns) == ("file.bin", 3, 7)


def read_all(file: FileSource) -> None:
    for _ in file.pieces(0, file.size):
        pass


def shorten_while_reading(file: FileSource) -> None:
    for _ in file.pieces(0, file.size):
        os.truncate(file.path, 1)


@pytest.mark.parametrize("change", ["longer", "later", "replaced"])
@pytest.mark.parametrize("use", [FileSource.check_unchanged, FileSource.has_its_size, read_all])
def test_a_file_that_is_another_by_now_is_refused(path: Path, change: str, use: Any) -> None:
    file = source(path, b"abc")
    then = path.stat().st_mtime_ns
    if change == "replaced":
        path.with_suffix(".new").write_bytes(b"xyz")
        path.with_suffix(".new").replace(path)
    else:
        path.write_bytes(b"abcd" if change == "longer" else b"abc")
    os.utime(path, ns=(then, then + (change == "later")))
    with pytest.raises(FileChangedError) as refused:
        use(file)
    assert refused.value.message == f"{path} was changed or replaced during the upload."


def test_a_file_that_ends_while_it_is_read_is_refused(path: Path) -> None:
    with pytest.raises(FileChangedError):
        shorten_while_reading(source(path, bytes(2 * PIECE)))


def test_a_file_that_is_the_same_passes(path: Path) -> None:
    file = source(path, b"abc")
    file.check_unchanged()
    read_all(file)


@pytest.mark.parametrize("use", [FileSource.check_unchanged, FileSource.has_its_size, read_all])
def test_a_file_that_is_gone_by_now_is_named(path: Path, use: Any) -> None:
    file = source(path, b"abc")
    path.unlink()
    with pytest.raises(FileUnreadableError) as refused:
        use(file)
    assert refused.value.message == f"{path} cannot be read: No such file or directory."


# streams


class Reads(io.RawIOBase):
    """Reads as it is told, then to the end."""

    def __init__(self, *told: Any) -> None:
        self._told = [*told]

    def readinto(self, buffer: Any) -> int | None:
        result: int | Exception | None = self._told.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


@pytest.mark.parametrize(
    ("error", "reason"),
    [(OSError(errno.EIO, "Input/output error"), "Input/output error"), (OSError("odd"), "odd")],
)
def test_a_stream_that_breaks_says_why(error: OSError, reason: str) -> None:
    with pytest.raises(FileUnreadableError) as refused:
        read_some(Reads(error), memoryview(bytearray(9)), Stop())
    assert refused.value.message == f"The stream cannot be read: {reason}."


def test_a_stream_that_has_nothing_can_be_stopped() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(StoppedError):
        read_some(Reads(None, 3), memoryview(bytearray(9)), stop)


def test_a_stream_is_read_until_it_says_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.uploads.readable.POLL", 0.0)
    assert read_some(Reads(None, BlockingIOError(), 3), memoryview(bytearray(9)), Stop()) == 3
    assert read_some(Reads(0), memoryview(bytearray(9)), Stop()) == 0


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (io.StringIO("x"), 'the stream is text; open it in binary mode, open(path, "rb")'),
        (b"x", "bytes are not a stream; use io.BytesIO(data)"),
        (memoryview(b"x"), "bytes are not a stream; use io.BytesIO(data)"),
        (object(), "object has no readinto(); wrap it in an io.RawIOBase that has one"),
    ],
)
def test_what_cannot_be_read_is_named_with_the_way_out(stream: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        refuse_unusable(stream)


def test_a_stream_that_was_read_is_refused_if_it_can_be_rewound() -> None:
    read = io.BytesIO(b"abc")
    refuse_unusable(read)
    read.read(1)
    with pytest.raises(ValueError, match=r"^the stream is at byte 1; rewind it first with stream\.seek\(0\)$"):
        refuse_unusable(read)
    refuse_unusable(Reads(0))


class Bare:
    """No more than readinto()."""

    def readinto(self, _buffer: memoryview) -> int:
        return 0


def test_a_stream_needs_no_more_than_readinto() -> None:
    refuse_unusable(Bare())


class Takes(io.RawIOBase):
    """Takes as much as it is told, then everything."""

    def __init__(self, *told: Any) -> None:
        self._told, self.taken, self.flushed = [*told], b"", 0

    def write(self, data: Any) -> int | None:
        count: Any = self._told.pop(0) if self._told else len(data)
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
    "told",
    [[], [1, 2], [None, 0, 1], [BlockingIOError(errno.EAGAIN, "full", 2), BlockingIOError(errno.EAGAIN, "full", 0)]],
)
def test_each_byte_goes_out_once_however_often_it_comes(monkeypatch: pytest.MonkeyPatch, told: list[Any]) -> None:
    monkeypatch.setattr("longshore.client.downloads.in_order.POLL", 0.0)
    stream = Takes(*told)
    target = in_order(stream, full(b"abcdef"))
    for offset, data in [(0, b"abc"), (0, b"ab"), (1, b"bcd"), (0, b"abcde"), (5, b"f")]:
        target.write(offset, data)
    target.add(0)
    assert (stream.taken, target.done, target.check(None, None, Stop())) == (b"abcdef", {0}, "SHA256")
    before = stream.flushed
    target.finish()
    assert stream.flushed - before == 1


def test_a_stream_without_flush_is_finished_all_the_same() -> None:
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
def test_what_cannot_be_written_to_is_named_with_the_way_out(stream: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        refuse_unwritable(stream)


# what storage has

PLAN = PartPlan(10, 4)
BODY = b"0123456789"


def pieces(start: int, length: int) -> Iterator[memoryview]:
    yield memoryview(BODY)[start : start + length]


def stored(index: int, body: bytes, checksum: str | None = None, etag: str | None = None) -> StoredChunk:
    return StoredChunk(index, len(body), f'"{md5(body).hexdigest()}"' if etag is None else etag, checksum)


SHA = text(sha256(b"4567").digest())


@pytest.mark.parametrize(
    ("part", "algorithm", "result"),
    [
        (stored(1, b"4567"), None, ("MD5", "same")),
        (stored(1, b"4567", etag=md5(b"4567").hexdigest().upper()), None, ("MD5", "same")),
        (stored(1, b"4566"), None, ("MD5", "other")),
        (stored(1, b"456"), None, (None, "other")),
        (stored(2, b"89"), None, ("MD5", "same")),
        (stored(1, b"4567", SHA), "SHA256", ("SHA256", "same")),
        (stored(1, b"4567", SHA), None, ("MD5", "same")),
        (stored(1, b"4567", None), "SHA256", ("MD5", "same")),
        (stored(1, b"4567", text(sha256(b"4566").digest())), "SHA256", ("SHA256", "other")),
        (stored(1, b"4567", etag='"opaque"'), "SHA256", (None, "unknown")),
    ],
)
def test_whether_a_part_is_the_files_own(part: StoredChunk, algorithm: str | None, result: Any) -> None:
    assert compare_one(part, PLAN, algorithm, pieces) == result


@pytest.mark.parametrize("count", [0, 1, 3])
def test_all_parts_are_compared(count: int) -> None:
    parts = [stored(0, b"0123", text(sha256(b"0123").digest())), stored(1, b"xxxx"), stored(2, b"89", etag="opaque")]
    found = Resumption("up", "f", 4, 10, "", "SHA256", parts[:count], [], [])
    assert compare_stored(found, PLAN, pieces, Stop()) == Comparison(
        frozenset([0][:count]),
        frozenset([1][: max(0, count - 1)]),
        frozenset([2][: max(0, count - 2)]),
        frozenset(["SHA256"][:count]) | frozenset(["MD5"][: max(0, count - 1)]),
    )


def test_comparing_can_be_stopped() -> None:
    stop = Stop()
    stop.set()
    found = Resumption("up", "f", 4, 10, "", None, [stored(0, b"0123")], [], [])

    def never(*_: Any) -> Any:
        raise AssertionError("it was read all the same")

    with pytest.raises(StoppedError):
        compare_stored(found, PLAN, never, stop)


# file systems


def test_a_name_has_the_bytes_that_its_folder_allows(tmp_path: Path) -> None:
    assert name_bytes(tmp_path) == os.pathconf(tmp_path, "PC_NAME_MAX")
    assert name_bytes(tmp_path / "nowhere") == 255


@pytest.mark.parametrize("size", [0, 1, 5000])
def test_room_is_taken_at_once(path: Path, size: int) -> None:
    path.write_bytes(b"")
    fd = os.open(path, os.O_RDWR)
    try:
        allocate(fd, size, path)
        sync(fd)
        assert (path.stat().st_size, path.stat().st_blocks * 512 >= size) == (size, True)
    finally:
        os.close(fd)


def test_a_failure_of_the_disk_is_told_with_the_path(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("os.ftruncate", fails)
    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(OSError, match="Input/output error") as refused:
        allocate(1, 5, path)
    assert (refused.value.errno, refused.value.filename) == (errno.EIO, str(path))
    with pytest.raises(OSError, match="Input/output error"):
        sync(1)


def test_a_lock_is_for_one(path: Path) -> None:
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
