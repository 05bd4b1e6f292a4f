"""Streams and files of unknown length: all of their bytes are uploaded, or an error has the reason."""

from __future__ import annotations

import fcntl
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore import Client
from longshore.client import errors
from longshore.client.uploads import readable
from tests.support.client.fake_service import AT_ONCE, BODY, CHUNK, FakeService


@pytest.fixture
def client(service: FakeService) -> Iterator[Client]:
    with Client(service.url, retry=AT_ONCE, connections=(2, 2)) as made:
        yield made


class Hesitant(io.RawIOBase):
    """Has no bytes before every piece: readinto() raises `odd` then, or returns None."""

    def __init__(self, body: bytes, odd: BaseException | None) -> None:
        self._body, self._odd = io.BytesIO(body), odd
        self._waits = False

    def readinto(self, buffer: Any) -> int | None:
        self._waits = not self._waits
        if not self._waits:
            return self._body.readinto(buffer[:700])
        if self._odd:
            raise self._odd
        return None


@pytest.mark.parametrize("odd", [None, BlockingIOError()])
def test_a_read_without_bytes_does_not_end_the_stream(
    service: FakeService, client: Client, monkeypatch: pytest.MonkeyPatch, odd: BaseException | None
) -> None:
    monkeypatch.setattr("longshore.client.uploads.readable.POLL", 0.0)
    client.upload(Hesitant(BODY, odd), filename="stream.bin")
    assert (service.content, service.bodies["complete"][0]["total_size"]) == (BODY, len(BODY))


@pytest.mark.parametrize("buffering", [0, -1])
def test_a_pipe_that_does_not_block_is_read_to_its_end(
    service: FakeService, client: Client, monkeypatch: pytest.MonkeyPatch, buffering: int
) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETFL, fcntl.fcntl(reading, fcntl.F_GETFL) | os.O_NONBLOCK)
    waited = threading.Event()
    monkeypatch.setattr("longshore.client.uploads.readable._wait", noting(waited))

    def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for at in range(0, len(BODY), CHUNK):
                # the reader has found nothing before each piece
                waited.wait()
                waited.clear()
                pipe.write(BODY[at : at + CHUNK])

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb", buffering=buffering) as stream:
        client.upload(stream, filename="pipe.bin")
    writer.join()
    assert service.content == BODY


def noting(waited: threading.Event) -> Any:
    wait = readable._wait

    def noted(*arguments: Any) -> None:
        waited.set()
        wait(*arguments)

    return noted


def read_before() -> io.BytesIO:
    stream = io.BytesIO(BODY)
    stream.read(10)
    return stream


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (io.StringIO("text"), r"is text; open it in binary mode"),
        (BODY, r"bytes are not a stream; use io\.BytesIO"),
        (iter([BODY]), r"list_iterator has no readinto\(\)"),
        (read_before(), r"is at byte 10; rewind it first with stream\.seek\(0\)"),
    ],
)
def test_a_stream_that_cannot_be_sent_is_refused_before_anything_is_opened(
    service: FakeService, client: Client, stream: Any, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        client.upload(stream, filename="stream.bin")
    assert service.calls == {}


def test_a_text_file_is_refused(service: FakeService, client: Client, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text")
    with (tmp_path / "text").open() as stream, pytest.raises(ValueError, match="binary mode"):
        client.upload(stream, filename="text")  # type: ignore[arg-type]
    assert service.calls == {}


@pytest.mark.parametrize("path", ["/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled"])
def test_a_file_with_a_wrong_size_from_stat_is_sent_completely(service: FakeService, client: Client, path: str) -> None:
    if not Path(path).exists():
        pytest.skip(f"this system has no {path}")
    body = Path(path).read_bytes()
    assert Path(path).stat().st_size != len(body)
    client.upload(path)
    assert (service.content, service.bodies["complete"][0]["total_size"]) == (body, len(body))


def test_a_file_that_grows_between_stat_and_read_is_refused(
    service: FakeService, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    path.write_bytes(BODY)
    found = path.stat()
    path.write_bytes(BODY + b"more")
    monkeypatch.setattr(Path, "stat", lambda *_, **__: found)
    with pytest.raises(errors.FileChangedError):
        client.upload(path)
    assert service.calls == {}
