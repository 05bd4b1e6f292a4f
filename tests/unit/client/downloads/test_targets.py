"""Where downloads go: names that are taken, links, devices, pipes, odd file systems, and storage that ignores Range."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore import Client, Observer, Stop
from longshore.client import errors
from longshore.client.downloads import file_system
from longshore.client.progress import Progress
from tests.support.client.fake_service import AT_ONCE, BODY, CHUNK, FILE_ID, Failure, FakeService

OTHERS = b"precious"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeService]:
    monkeypatch.setattr("longshore.client.downloads.download.LEAST_RANGE", CHUNK)
    with FakeService() as running:
        running.parts, running.checksum = {0: BODY}, f"SHA256:{sha256(BODY)}"
        yield running


@pytest.fixture
def client(service: FakeService) -> Iterator[Client]:
    with Client(service.url, retry=AT_ONCE, connections=(2, 2)) as made:
        yield made


def sha256(body: bytes) -> str:
    return b64encode(hashlib.sha256(body).digest()).decode()


class Impatient(Observer):
    """Stops a download once some of it has come."""

    def __init__(self) -> None:
        self.stop = Stop()

    def progress(self, progress: Progress) -> None:
        if progress.moved >= CHUNK:
            self.stop.set()


def stopped(client: Client, target: Path) -> None:
    observer = Impatient()
    with pytest.raises(errors.StoppedError):
        client.download(FILE_ID, target, observer=observer, stop=observer.stop)


def planted(kind: str, folder: Path, name: str) -> None:
    """A foreign file with this name."""
    at = folder / name
    if kind == "file":
        at.write_bytes(OTHERS)
    elif kind == "link":
        (folder / "victim").write_bytes(OTHERS)
        at.symlink_to(folder / "victim")
    elif kind == "dangling link":
        at.symlink_to(folder / "victim")
    elif kind == "pipe":
        os.mkfifo(at)
    else:
        at.mkdir()


@pytest.mark.parametrize("kind", ["file", "link", "dangling link", "pipe", "folder"])
@pytest.mark.parametrize(
    "names", [["out.part"], ["out.part.json"], ["out.part", "out.part.json"], ["out.part.json.draft"]]
)
def test_what_lies_in_the_way_stays_as_it_is(client: Client, tmp_path: Path, kind: str, names: list[str]) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    for name in names:
        (tmp_path / name).mkdir()
        planted(kind, tmp_path / name, name)
        (tmp_path / name / name).rename(folder / name)
    stopped(client, folder / "out")
    client.download(FILE_ID, folder / "out")
    assert (folder / "out").read_bytes() == BODY
    assert sorted(path.name for path in folder.iterdir()) == sorted(["out", *names])
    for name in names:
        if kind == "file":
            assert (folder / name).read_bytes() == OTHERS
        victim = tmp_path / name / "victim"
        assert (victim.read_bytes() if victim.exists() else None) == (OTHERS if kind == "link" else None)


def test_a_link_next_to_our_own_note_is_not_followed(client: Client, tmp_path: Path) -> None:
    target = tmp_path / "out"
    stopped(client, target)
    (tmp_path / "out.part").unlink()
    (tmp_path / "victim").write_bytes(OTHERS)
    (tmp_path / "out.part").symlink_to(tmp_path / "victim")
    client.download(FILE_ID, target)
    assert ((tmp_path / "victim").read_bytes(), target.read_bytes()) == (OTHERS, BODY)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("given", ["out.part", "out.part.json"])
def test_what_another_user_has_prepared_is_not_used(client: Client, tmp_path: Path, given: str) -> None:
    stopped(client, tmp_path / "out")
    (tmp_path / "out.part").write_bytes(bytes(len(BODY)))
    os.chown(tmp_path / given, 12345, 12345)
    client.download(FILE_ID, tmp_path / "out", check=False)
    assert (tmp_path / "out").read_bytes() == BODY
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.part", "out.part.json"]


def test_a_download_that_was_killed_at_once_is_known_again(
    service: FakeService, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its note is there before its bytes are: no second partial file appears."""
    monkeypatch.setattr("longshore.client.downloads.part_file.PartFile.save", lambda _self: None)
    stopped(client, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.part", "out.part.json"]
    monkeypatch.undo()
    client.download(FILE_ID, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"out": BODY}


def test_of_a_link_the_target_is_meant(client: Client, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "real")
    assert client.download(FILE_ID, tmp_path / "link").path == tmp_path / "link"
    assert (tmp_path / "link").is_symlink()
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["real"]
    assert (tmp_path / "folder" / "real").read_bytes() == BODY


def test_a_folder_is_refused_before_anything_is_fetched(service: FakeService, client: Client, tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        client.download(FILE_ID, tmp_path)
    assert (service.calls["object"], list(tmp_path.iterdir())) == (0, [])


def test_a_folder_that_is_not_there_is_named(service: FakeService, client: Client, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        client.download(FILE_ID, tmp_path / "no" / "out")
    assert (missing.value.filename, service.calls["object"]) == (str(tmp_path / "no" / "out.part.json"), 0)


class Slowly(io.RawIOBase):
    """Takes little at a time, and at first nothing."""

    def __init__(self) -> None:
        self.taken = b""
        self._full = True

    def write(self, data: Any) -> int | None:
        self._full = not self._full
        if not self._full:
            return None
        self.taken += bytes(data[:300])
        return min(300, len(data))


@pytest.mark.parametrize(
    ("said", "whole"),
    [([], False), ([Failure(503, "SlowDown"), Failure(0), Failure(403, "AccessDenied")], False), ([], True)],
)
def test_into_a_stream_each_byte_goes_once_and_in_order(
    service: FakeService, client: Client, monkeypatch: pytest.MonkeyPatch, said: list[Failure], whole: bool
) -> None:
    monkeypatch.setattr("longshore.client.downloads.in_order.POLL", 0.0)
    service.failures["object"], service.ignores_range = said, whole
    stream = Slowly()
    done = client.download(FILE_ID, stream)
    assert (stream.taken, done.verified, done.path) == (BODY, "SHA256", Path("-"))


@pytest.mark.parametrize(("stream", "reason"), [(io.StringIO(), "is text"), (object(), r"has no|with write\(\)")])
def test_what_cannot_be_written_to_is_refused_first(
    service: FakeService, client: Client, stream: Any, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        client.download(FILE_ID, stream)
    assert service.calls == {}


@pytest.mark.parametrize("whole", [False, True])
def test_a_range_that_breaks_off_is_not_written_twice(service: FakeService, client: Client, whole: bool) -> None:
    service.ignores_range, service.cuts = whole, [700, CHUNK + 1 if whole else 1]
    stream = io.BytesIO()
    assert client.download(FILE_ID, stream).verified == "SHA256"
    assert stream.getvalue() == BODY


@pytest.mark.parametrize(
    ("checksum", "chunk_size", "verified"),
    [
        (f"SHA256:{sha256(b'other')}", None, None),
        ("SHA256:AAAA-3", 1000, None),
        (None, None, "size"),
        ("X:y", None, "size"),
    ],
)
def test_a_streams_bytes_are_verified_by_the_checksum(
    service: FakeService, client: Client, checksum: str | None, chunk_size: int | None, verified: str | None
) -> None:
    service.checksum, service.chunk_size = checksum, chunk_size
    if verified:
        assert client.download(FILE_ID, io.BytesIO()).verified == verified
        return
    with pytest.raises(errors.VerificationError) as refused:
        client.download(FILE_ID, io.BytesIO())
    assert refused.value.remedy == "Delete the written bytes."


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 2000, 2816])
def test_a_streams_parts_are_verified_by_their_checksum(service: FakeService, client: Client, size: int) -> None:
    body = BODY[:size]
    cut = [body[at : at + 1000] for at in range(0, size, 1000)] or [b""]
    made = sha256(b"".join(hashlib.sha256(part).digest() for part in cut))
    service.parts, service.checksum, service.chunk_size = {0: body}, f"SHA256:{made}-{len(cut)}", 1000
    stream = io.BytesIO()
    assert (client.download(FILE_ID, stream).verified, stream.getvalue()) == ("SHA256", body)


def test_a_pipe_is_written_to_and_stays_one(client: Client, tmp_path: Path) -> None:
    pipe, came = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: came.append(pipe.read_bytes()))
    reader.start()
    done = client.download(FILE_ID, pipe)
    reader.join()
    assert (came, done.path, pipe.is_fifo(), len(list(tmp_path.iterdir()))) == ([BODY], pipe, True, 1)


def test_a_device_stays_a_device(client: Client) -> None:
    assert client.download(FILE_ID, "/dev/null").verified == "SHA256"
    assert Path("/dev/null").is_char_device()


def test_where_range_is_ignored_the_file_comes_in_one_piece(
    service: FakeService, client: Client, tmp_path: Path
) -> None:
    service.ignores_range = True
    seen: list[Progress] = []

    class Recorder(Observer):
        def progress(self, progress: Progress) -> None:
            seen.append(progress)

    done = client.download(FILE_ID, tmp_path / "out", observer=Recorder())
    assert (done.path, (tmp_path / "out").read_bytes(), done.verified) == (tmp_path / "out", BODY, "SHA256")
    assert (seen[-1].moved, [path.name for path in tmp_path.iterdir()]) == (len(BODY), ["out"])


@pytest.mark.parametrize("gives", [BODY + b"!", BODY[:-1]])
def test_a_whole_answer_of_another_length_is_refused(
    service: FakeService, client: Client, tmp_path: Path, gives: bytes
) -> None:
    service.reported_size = len(BODY)
    service.parts, service.ignores_range = {0: gives}, True
    with pytest.raises(errors.VerificationError, match="requested range"):
        client.download(FILE_ID, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("call", ["fcntl.flock", "os.ftruncate", "os.posix_fallocate", "os.fsync"])
@pytest.mark.parametrize("code", sorted(file_system.UNSUPPORTED))
def test_a_file_system_that_lacks_a_call_holds_downloads_all_the_same(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    def refuses(*_: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(call, refuses)
    assert client.download(FILE_ID, tmp_path / "out").path == tmp_path / "out"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"out": BODY}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT])
def test_a_disk_without_room_is_named_and_nothing_stays(
    service: FakeService, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuses(*_: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("os.posix_fallocate", refuses)
    with pytest.raises(OSError, match=r"out\.part") as full:
        client.download(FILE_ID, tmp_path / "out")
    assert (full.value.errno, list(tmp_path.iterdir()), service.calls["object"]) == (code, [], 0)


@pytest.mark.parametrize("length", [250, 255])
def test_the_longest_name_that_a_folder_takes(client: Client, tmp_path: Path, length: int) -> None:
    target = tmp_path / ("a" * length)
    stopped(client, target)
    assert client.download(FILE_ID, target).path == target
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {target.name: BODY}


def test_another_process_that_finishes_just_then_keeps_its_file(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It renames its partial file after we have opened that and before we lock it."""
    stopped(client, tmp_path / "out")
    flock = file_system.fcntl.flock

    def finished_meanwhile(fd: int, how: int) -> None:
        (tmp_path / "out.part").rename(tmp_path / "out")
        flock(fd, how)

    monkeypatch.setattr("fcntl.flock", finished_meanwhile)
    before = json.loads((tmp_path / "out.part.json").read_text())["done"]
    with pytest.raises(BlockingIOError):
        client.download(FILE_ID, tmp_path / "out")
    assert (len(before) > 0, (tmp_path / "out").stat().st_size) == (True, len(BODY))
