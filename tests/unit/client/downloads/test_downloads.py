"""Downloads of the Python client from a service and storage that fail."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path

import pytest

from longshore import Client, Observer, Stop
from longshore.client import errors
from longshore.client.progress import Progress
from longshore.receipts.hashing import as_text, digest
from tests.support.client.fake_service import AT_ONCE, BODY, CHUNK, FILE_ID, Failure, FakeService
from tests.support.client.observer import CHUNKS, sha256


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.downloads.download.LEAST_RANGE", CHUNK)


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize(
    ("failure", "links"),
    [(Failure(403, "AccessDenied"), 2), (Failure(404, "NoSuchKey"), 2), (Failure(503, "SlowDown"), 1), (Failure(0), 1)],
)
def test_a_download_survives_failures_of_storage(
    service: FakeService, client: Client, tmp_path: Path, failure: Failure, links: int
) -> None:
    service.parts, service.checksum = {0: BODY}, f"SHA256:{sha256(BODY)}"
    service.failures["object"] = [failure]
    done = client.download(FILE_ID, tmp_path / "out.bin")
    assert (done.path.read_bytes(), done.verified, service.calls["get"]) == (BODY, "SHA256", links)
    assert list(tmp_path.iterdir()) == [tmp_path / "out.bin"]


def composite(body: bytes, size: int) -> str:
    parts = [hashlib.sha256(body[at : at + size]).digest() for at in range(0, len(body), size)]
    return f"SHA256:{b64encode(hashlib.sha256(b''.join(parts)).digest()).decode()}-{len(parts)}"


def crc32c(body: bytes) -> str:
    return f"CRC32C:{as_text(digest([body], 'CRC32C'))}"


@pytest.mark.parametrize(
    ("checksum", "verified"),
    [
        (None, "size"),
        ("CRC64NVME:AAAA", "size"),
        (crc32c(bytes(3 << 20)), "CRC32C"),
        (composite(bytes(3 << 20), 1 << 20), "SHA256"),
        (composite(bytes((5 << 20) + 7), 2 << 20), "SHA256"),
    ],
)
def test_a_download_reports_what_verified_it(
    service: FakeService, client: Client, tmp_path: Path, checksum: str | None, verified: str
) -> None:
    size = (5 << 20) + 7 if checksum == composite(bytes((5 << 20) + 7), 2 << 20) else 3 << 20
    service.parts, service.checksum = {0: bytes(size)}, checksum
    assert client.download(FILE_ID, tmp_path / "out.bin").verified == verified


@pytest.mark.parametrize(("chunk_size", "verified"), [(3_000_000, "SHA256"), (3_000_001, None)])
def test_a_checksum_of_parts_is_verified_with_the_services_chunk_size(
    service: FakeService, client: Client, tmp_path: Path, chunk_size: int, verified: str | None
) -> None:
    body = bytes(7_000_000)
    service.parts, service.checksum, service.chunk_size = {0: body}, composite(body, 3_000_000), chunk_size
    if verified:
        assert client.download(FILE_ID, tmp_path / "out.bin").verified == verified
    else:
        with pytest.raises(errors.VerificationError):
            client.download(FILE_ID, tmp_path / "out.bin")


@pytest.mark.parametrize(
    "checksum", [f"SHA256:{sha256(b'other')}", crc32c(b"other"), composite(b"x" * (3 << 20), 2 << 20)]
)
def test_a_download_with_a_wrong_checksum_is_not_kept(
    service: FakeService, client: Client, tmp_path: Path, checksum: str
) -> None:
    (tmp_path / "out.bin").write_text("as before")
    service.parts, service.checksum = {0: bytes(3 << 20)}, checksum
    with pytest.raises(errors.VerificationError):
        client.download(FILE_ID, tmp_path / "out.bin")
    assert [path.name for path in tmp_path.iterdir()] == ["out.bin"]
    assert (tmp_path / "out.bin").read_text() == "as before"
    assert client.download(FILE_ID, tmp_path / "out.bin", check=False).verified == "size"


@pytest.mark.usefixtures("small_ranges")
def test_a_download_that_was_stopped_fetches_the_rest(service: FakeService, client: Client, tmp_path: Path) -> None:
    service.parts = {0: BODY}
    stop, target = Stop(), tmp_path / "out.bin"

    class Impatient(Observer):
        def progress(self, progress: Progress) -> None:
            if progress.moved >= CHUNK:
                stop.set()

    with pytest.raises(errors.StoppedError):
        client.download(FILE_ID, target, observer=Impatient(), stop=stop)
    assert not target.exists()
    before = service.calls["object"]
    assert client.download(FILE_ID, target).path.read_bytes() == BODY
    assert service.calls["object"] - before < CHUNKS


@pytest.mark.usefixtures("small_ranges")
def test_an_object_that_changes_during_a_download_is_an_error(
    service: FakeService, client: Client, tmp_path: Path
) -> None:
    service.parts = {0: BODY}

    class Changing(Observer):
        def progress(self, progress: Progress) -> None:
            service.etag = f'"{progress.moved}"'

    service.failures["object"] = []
    with Client(service.url, retry=AT_ONCE, connections=(1, 1)) as alone, pytest.raises(errors.VerificationError):
        alone.download(FILE_ID, tmp_path / "out.bin", observer=Changing())


@pytest.mark.usefixtures("small_ranges")
def test_a_fresh_link_may_lead_to_a_copy_with_another_etag(
    service: FakeService, client: Client, tmp_path: Path
) -> None:
    """The file moves to the public bucket while it is downloaded: the old link ends, and the copy is another object."""
    service.parts = {0: BODY}

    class Moving(Observer):
        def progress(self, progress: Progress) -> None:
            if progress.moved >= CHUNK and service.etag == '"one"':
                service.etag = '"two"'
                service.failures["object"] = [Failure(403, "AccessDenied")]

    with Client(service.url, retry=AT_ONCE, connections=(1, 1)) as alone:
        assert alone.download(FILE_ID, tmp_path / "out.bin", observer=Moving()).path.read_bytes() == BODY
    assert (service.etag, service.calls["get"]) == ('"two"', 2)


def test_two_downloads_do_not_write_to_one_file(service: FakeService, client: Client, tmp_path: Path) -> None:
    service.parts = {0: BODY}
    target, refused = tmp_path / "out.bin", []

    class Second(Observer):
        def stage(self, stage: str) -> None:
            if stage == "downloading":
                with pytest.raises(BlockingIOError):
                    client.download(FILE_ID, target)
                refused.append(True)

    client.download(FILE_ID, target, observer=Second())
    assert (refused, target.read_bytes()) == ([True], BODY)


def test_a_file_in_quarantine_is_not_available(service: FakeService, client: Client, tmp_path: Path) -> None:
    service.stage, service.verdict = "quarantined", "infected"
    service.get = lambda _body: service.file({})  # type: ignore[method-assign]
    with pytest.raises(errors.NotClean) as refused:
        client.download(FILE_ID, tmp_path / "out.bin")
    assert (refused.value.stage, refused.value.verdict) == ("quarantined", "infected")
