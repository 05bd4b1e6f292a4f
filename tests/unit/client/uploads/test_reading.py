"""Bytes read from files and streams, in pieces, and files that change meanwhile."""

from __future__ import annotations

import errno
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.client.errors import FileChangedError, FileUnreadableError, StoppedError
from longshore.client.stopping import Stop
from longshore.client.uploads.readable import read_some, refuse_unusable
from longshore.client.uploads.source import PIECE, FileSource
from tests.support.client.bodies import TO_FILES, source

# files


@TO_FILES
@given(st.binary(max_size=40), st.integers(0, 40), st.integers(0, 40), st.integers(1, 9))
def test_pieces_contain_the_requested_bytes(
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


def test_a_source_has_name_size_and_time(path: Path) -> None:
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
def test_a_changed_or_replaced_file_is_refused(path: Path, change: str, use: Any) -> None:
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


def test_a_file_that_is_truncated_while_it_is_read_is_refused(path: Path) -> None:
    with pytest.raises(FileChangedError):
        shorten_while_reading(source(path, bytes(2 * PIECE)))


def test_an_unchanged_file_is_accepted(path: Path) -> None:
    file = source(path, b"abc")
    file.check_unchanged()
    read_all(file)


@pytest.mark.parametrize("use", [FileSource.check_unchanged, FileSource.has_its_size, read_all])
def test_a_deleted_file_is_named(path: Path, use: Any) -> None:
    file = source(path, b"abc")
    path.unlink()
    with pytest.raises(FileUnreadableError) as refused:
        use(file)
    assert refused.value.message == f"{path} cannot be read: No such file or directory."


# streams


class Reads(io.RawIOBase):
    """Returns or raises these results, one per read."""

    def __init__(self, *results: Any) -> None:
        self._results = [*results]

    def readinto(self, buffer: Any) -> int | None:
        result: int | Exception | None = self._results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


@pytest.mark.parametrize(
    ("error", "reason"),
    [(OSError(errno.EIO, "Input/output error"), "Input/output error"), (OSError("odd"), "odd")],
)
def test_a_read_error_of_a_stream_is_reported_with_its_reason(error: OSError, reason: str) -> None:
    with pytest.raises(FileUnreadableError) as refused:
        read_some(Reads(error), memoryview(bytearray(9)), Stop())
    assert refused.value.message == f"The stream cannot be read: {reason}."


def test_a_wait_for_a_stream_can_be_stopped() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(StoppedError):
        read_some(Reads(None, 3), memoryview(bytearray(9)), stop)


def test_a_stream_is_polled_until_it_has_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_an_unusable_stream_is_refused_with_advice(stream: Any, reason: str) -> None:
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
