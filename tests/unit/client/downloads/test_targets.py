"""Targets of downloads: taken names, links, devices, pipes, limited file systems, and storage that ignores Range."""

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
    """Stops a download after its first bytes."""

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
    """Create a file of another program under this name."""
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
def test_existing_files_with_partial_names_stay_unchanged(
    client: Client, tmp_path: Path, kind: str, names: list[str]
) -> None:
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


def test_a_link_in_place_of_the_partial_file_is_not_followed(client: Client, tmp_path: Path) -> None:
    target = tmp_path / "out"
    stopped(client, target)
    (tmp_path / "out.part").unlink()
    (tmp_path / "victim").write_bytes(OTHERS)
    (tmp_path / "out.part").symlink_to(tmp_path / "victim")
    client.download(FILE_ID, target)
    assert ((tmp_path / "victim").read_bytes(), target.read_bytes()) == (OTHERS, BODY)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("given", ["out.part", "out.part.json"])
def test_a_partial_file_of_another_user_is_not_used(client: Client, tmp_path: Path, given: str) -> None:
    stopped(client, tmp_path / "out")
    (tmp_path / "out.part").write_bytes(bytes(len(BODY)))
    os.chown(tmp_path / given, 12345, 12345)
    client.download(FILE_ID, tmp_path / "out", check=False)
    assert (tmp_path / "out").read_bytes() == BODY
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.part", "out.part.json"]


def test_a_download_killed_at_once_reuses_its_partial_file(
    service: FakeService, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note is written before the first bytes, so no second partial file appears."""
    monkeypatch.setattr("longshore.client.downloads.part_file.PartFile.save", lambda _self: None)
    stopped(client, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.part", "out.part.json"]
    monkeypatch.undo()
    client.download(FILE_ID, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"out": BODY}


def test_a_download_to_a_link_writes_to_its_target(client: Client, tmp_path: Path) -> None:
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


def test_a_missing_folder_is_named(service: FakeService, client: Client, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        client.download(FILE_ID, tmp_path / "no" / "out")
    assert (missing.value.filename, service.calls["object"]) == (str(tmp_path / "no" / "out.part.json"), 0)


class Slowly(io.RawIOBase):
    """Accepts no bytes at every other write, and few at the others."""

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
    ("failures", "whole"),
    [([], False), ([Failure(503, "SlowDown"), Failure(0), Failure(403, "AccessDenied")], False), ([], True)],
)
def test_a_stream_gets_each_byte_once_and_in_order(
    service: FakeService, client: Client, monkeypatch: pytest.MonkeyPatch, failures: list[Failure], whole: bool
) -> None:
    monkeypatch.setattr("longshore.client.downloads.in_order.POLL", 0.0)
    service.failures["object"], service.ignores_range = failures, whole
    stream = Slowly()
    done = client.download(FILE_ID, stream)
    assert (stream.taken, done.verified, done.path) == (BODY, "SHA256", Path("-"))


@pytest.mark.parametrize(("stream", "reason"), [(io.StringIO(), "is text"), (object(), r"has no|with write\(\)")])
def test_an_unwritable_stream_is_refused_before_any_request(
    service: FakeService, client: Client, stream: Any, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        client.download(FILE_ID, stream)
    assert service.calls == {}


@pytest.mark.parametrize("whole", [False, True])
def test_an_incomplete_range_is_not_written_twice(service: FakeService, client: Client, whole: bool) -> None:
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


def test_a_pipe_is_written_to_and_not_replaced(client: Client, tmp_path: Path) -> None:
    pipe, received = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    done = client.download(FILE_ID, pipe)
    reader.join()
    assert (received, done.path, pipe.is_fifo(), len(list(tmp_path.iterdir()))) == ([BODY], pipe, True, 1)


def test_a_device_stays_a_device(client: Client) -> None:
    assert client.download(FILE_ID, "/dev/null").verified == "SHA256"
    assert Path("/dev/null").is_char_device()


def test_a_file_is_downloaded_whole_if_storage_ignores_range(
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
def test_a_download_works_on_a_file_system_that_lacks_a_call(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    def refuses(*_: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(call, refuses)
    assert client.download(FILE_ID, tmp_path / "out").path == tmp_path / "out"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"out": BODY}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT])
def test_a_full_disk_is_reported_and_no_file_is_left(
    service: FakeService, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuses(*_: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("os.posix_fallocate", refuses)
    with pytest.raises(OSError, match=r"out\.part") as full:
        client.download(FILE_ID, tmp_path / "out")
    assert (full.value.errno, list(tmp_path.iterdir()), service.calls["object"]) == (code, [], 0)


@pytest.mark.parametrize("length", [250, 255])
def test_a_download_to_the_longest_possible_name_works(client: Client, tmp_path: Path, length: int) -> None:
    target = tmp_path / ("a" * length)
    stopped(client, target)
    assert client.download(FILE_ID, target).path == target
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {target.name: BODY}


def test_a_file_that_another_process_just_finished_is_kept(
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
