"""Uploads with failures: which chunks are sent again, what is refused, and what is read into memory."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from longshore.client import Client, Observer, Stop, errors
from longshore.client.observer import Comparison, Session
from longshore.client.parts import MIB
from longshore.client.uploads.stream import buffers_of
from longshore.client.uploads.upload import hashed_ahead
from tests.support.client.fake_service import AT_ONCE, BODY, CHUNK, FILE_ID, NEVER, UPLOAD_ID, Failure, FakeService

PARTS = [BODY[at : at + CHUNK] for at in range(0, len(BODY), CHUNK)]


@pytest.fixture
def client(service: FakeService) -> Iterator[Client]:
    with Client(service.url, retry=AT_ONCE, connections=(1, 1)) as made:
        yield made


def checksum(body: bytes) -> str:
    return b64encode(sha256(body).digest()).decode()


def sent(service: FakeService) -> list[int]:
    return sorted(int(headers["x-part"]) for headers in service.headers["put"])


def wanted(service: FakeService) -> list[Any]:
    chunks = [chunk for body in service.bodies["chunk"] for chunk in body["chunks"]]
    return sorted(chunks, key=lambda chunk: int(chunk["chunk_index"]))


def stored(index: int, body: bytes) -> dict[str, Any]:
    """A part whose ETag is no MD5: only its checksum identifies its bytes."""
    return {"chunk_index": index, "size": len(body), "etag": '"opaque"', "checksum": checksum(body)}


def open_upload(service: FakeService, *parts: dict[str, Any], size: int | None = len(BODY)) -> None:
    """Prepare an open upload with these parts, whose checksums are SHA256."""
    service.parts = {part["chunk_index"]: PARTS[part["chunk_index"]] for part in parts}
    service.size = size
    found = service.retry({}) | {"checksum_algorithm": "SHA256", "uploaded": [*parts], "size": size}
    service.retry = lambda _body: found  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("connections", "mib", "ahead"), [(10, 16, 20), (2, 16, 16), (8, 16, 16), (9, 16, 18), (2, 5, 51), (2, 300, 4)]
)
def test_chunks_are_hashed_ahead_up_to_a_limit(connections: int, mib: int, ahead: int) -> None:
    assert hashed_ahead(connections, mib * MIB) == ahead


@pytest.mark.parametrize(
    ("connections", "mib", "buffers"), [(1, 16, 2), (6, 16, 7), (7, 16, 8), (8, 16, 8), (10, 60, 2), (10, 200, 2)]
)
def test_the_buffers_of_a_stream_are_limited(connections: int, mib: int, buffers: int) -> None:
    assert buffers_of(connections, mib * MIB) == buffers


@pytest.mark.parametrize("stream", [False, True])
def test_every_part_carries_its_checksum(service: FakeService, client: Client, file: Path, stream: bool) -> None:
    client.upload(io.BytesIO(BODY) if stream else file, filename="a.txt", content_type="b/c", appointment_id="a1")
    assert wanted(service) == [
        {"chunk_index": index, "chunk_size": len(part), "checksum": checksum(part)} for index, part in enumerate(PARTS)
    ]
    (body,) = service.bodies["complete"]
    assert (body["filename"], body["content_type"], body["appointment_id"]) == ("a.txt", "b/c", "a1")
    assert service.content == BODY


@pytest.mark.parametrize("resume", [False, True])
def test_chunks_that_are_already_signed_are_sent_without_signing(
    service: FakeService, client: Client, file: Path, resume: bool
) -> None:
    open_upload(service)
    found, opened = service.retry({}) | {"chunks": [service.signed(0)]}, service.init({"size": len(BODY)})
    opened |= {"chunks": [service.signed(0)]}
    service.retry = lambda _body: found  # type: ignore[method-assign]
    service.init = lambda body: opened  # type: ignore[method-assign]
    service.failures["complete"] = [Failure(409, "chunks_missing", missing=[0])]
    client.upload(file, resume=UPLOAD_ID if resume else None)
    # chunk 0 is signed again after it was lost: a signature is for one try
    assert ([chunk["chunk_index"] for chunk in wanted(service)], sent(service)) == ([0, 1, 2], [0, 0, 1, 2])
    assert service.content == BODY


@pytest.mark.parametrize("stream", [False, True])
def test_parts_whose_checksums_fit_are_not_sent_again(
    service: FakeService, client: Client, file: Path, stream: bool
) -> None:
    open_upload(service, stored(0, PARTS[0]), stored(1, PARTS[2] * 2), stored(2, PARTS[2]))
    client.upload(io.BytesIO(BODY) if stream else file, filename="a.txt", resume=UPLOAD_ID)
    assert (sent(service), service.content, wanted(service)[0]["checksum"]) == ([1], BODY, checksum(PARTS[1]))


def test_the_observer_receives_the_comparison(service: FakeService, client: Client, file: Path) -> None:
    events: list[Any] = []

    class Recorder(Observer):
        def compared(self, comparison: Comparison) -> None:
            events.append(comparison)

        def session(self, session: Session) -> None:
            events.append(session)

    open_upload(service, stored(0, PARTS[0]), stored(1, PARTS[1]))
    client.upload(file, resume=UPLOAD_ID, observer=Recorder())
    same = Comparison(frozenset({0, 1}), by=frozenset({"SHA256"}))
    assert events == [same, Session(UPLOAD_ID, FILE_ID, CHUNK, NEVER)]


@pytest.mark.parametrize(
    ("size", "part", "reason"),
    [
        (1, PARTS[0], f"The upload {UPLOAD_ID} is of a file of 1 bytes, not {len(BODY)}."),
        (len(BODY), PARTS[1], f"The upload {UPLOAD_ID} is of another file of the same size."),
        (None, PARTS[1], f"The upload {UPLOAD_ID} is of another file of the same size."),
    ],
)
def test_resuming_an_upload_of_another_file_is_refused(
    service: FakeService, client: Client, file: Path, size: int | None, part: bytes, reason: str
) -> None:
    open_upload(service, stored(0, part), size=size)
    with pytest.raises(errors.DifferentFileError) as refused:
        client.upload(file, resume=UPLOAD_ID)
    assert (refused.value.message, sent(service), service.calls["complete"]) == (reason, [], 0)


@pytest.mark.parametrize("code", ["file_already_uploaded", "file_in_progress", "file_quarantined", None])
@pytest.mark.parametrize("size", [len(BODY), 1])
def test_resuming_an_upload_that_became_a_file_returns_that_file(
    service: FakeService, client: Client, file: Path, code: str | None, size: int
) -> None:
    """code: of the service's refusal to resume the upload; None: this call finishes its completion."""
    service.parts = {0: BODY[:size]}
    if code:
        service.failures["retry"] = [Failure(400, code)]
    else:
        service.retry = lambda _body: service.file({})  # type: ignore[method-assign]
    events: list[Session] = []

    class Recorder(Observer):
        def session(self, session: Session) -> None:
            events.append(session)

    if size == len(BODY):
        assert client.upload(file, resume=UPLOAD_ID, observer=Recorder()).size == size
    else:
        with pytest.raises(errors.DifferentFileError) as refused:
            client.upload(file, resume=UPLOAD_ID)
        reason = f"The upload {UPLOAD_ID} has become a file of 1 bytes, not {len(BODY)}."
        assert refused.value.message == reason
    assert (sent(service), events, service.calls["complete"]) == ([], [], 1 if code else 0)


def test_resuming_a_stream_that_became_a_file_returns_that_file(service: FakeService, client: Client) -> None:
    service.parts = {0: BODY[:1]}
    service.retry = lambda _body: service.file({})  # type: ignore[method-assign]
    assert client.upload(io.BytesIO(BODY), filename="a", resume=UPLOAD_ID).size == 1


def test_completion_is_repeated_if_another_one_made_the_file(service: FakeService, client: Client, file: Path) -> None:
    """Storage refuses the parts, and then another completion has made the file."""
    service.failures["complete"] = [Failure(409, "size_mismatch")]
    service.retry = lambda _body: service.file({})  # type: ignore[method-assign]
    assert client.upload(file).size == len(BODY)
    assert (sent(service), service.calls["complete"]) == ([0, 1, 2], 2)


@pytest.mark.parametrize("field", ["missing", "mismatched"])
def test_chunks_that_completion_names_are_sent_again(
    service: FakeService, client: Client, file: Path, field: str
) -> None:
    progress: list[int] = []

    class Recorder(Observer):
        def progress(self, reported: Any) -> None:
            progress.append(reported.moved)

    service.failures["complete"] = [Failure(409, "chunks_missing", None, **{field: [0, 2]})]
    client.upload(file, observer=Recorder())
    assert (sent(service), service.content, progress[-1]) == ([0, 0, 1, 2, 2], BODY, len(BODY))


def test_a_stream_may_have_the_maximum_number_of_parts_and_no_more(
    service: FakeService, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.client.uploads.stream.MAX_PARTS", 3)
    client.upload(io.BytesIO(BODY), filename="a")
    assert (service.content, service.bodies["complete"][0]["total_chunks"]) == (BODY, 3)
    monkeypatch.setattr("longshore.client.uploads.stream.MAX_PARTS", 2)
    with pytest.raises(errors.StreamTooLongError) as refused:
        client.upload(io.BytesIO(BODY), filename="a")
    assert refused.value.message == f"The stream is longer than 2 parts of {CHUNK} bytes."


class Dribbling(io.RawIOBase):
    """Returns a few bytes per read; most: the largest number that a read requested."""

    def __init__(self, body: bytes) -> None:
        self._body, self.most = io.BytesIO(body), 0

    def readinto(self, buffer: Any) -> int:
        self.most = max(self.most, len(buffer))
        return self._body.readinto(buffer[:7])


def test_a_stream_is_read_into_parts_of_the_right_size(service: FakeService, client: Client) -> None:
    stream = Dribbling(BODY)
    client.upload(stream, filename="a", checksum=None)
    assert ([service.parts[index] for index in range(3)], stream.most) == (PARTS, CHUNK)


@pytest.mark.parametrize("many", [1, 3])
def test_a_stream_is_sent_by_several_connections(service: FakeService, many: int) -> None:
    body = BODY * 4
    with Client(service.url, retry=AT_ONCE, connections=(many, many)) as client:
        client.upload(io.BytesIO(body), filename="a")
    assert service.content == body


def test_a_stream_without_a_filename_is_refused(service: FakeService, client: Client) -> None:
    with pytest.raises(ValueError, match=r"^a stream has no name: give it a filename$"):
        client.upload(io.BytesIO(BODY))
    assert service.requests == []


class Stopping(Observer):
    """Stops as soon as the upload has its ids."""

    def __init__(self) -> None:
        self.stop, self.events = Stop(), list[str]()

    def session(self, session: Session) -> None:
        self.events.append(session.upload_id)
        self.stop.set()

    def aborted(self) -> None:
        self.events.append("aborted")

    def stored(self) -> None:
        self.events.append("stored")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("abort", [False, True])
def test_a_stop_keeps_the_upload_unless_abort_is_set(
    service: FakeService, client: Client, file: Path, stream: bool, abort: bool
) -> None:
    recorder = Stopping()
    source: Any = io.BytesIO(BODY) if stream else file
    with pytest.raises(errors.StoppedError):
        client.upload(source, filename="a", observer=recorder, stop=recorder.stop, abort_on_stop=abort)
    assert recorder.events == [UPLOAD_ID, *(["aborted"] if abort else [])]
    aborts = [request.line for request in service.requests if request.line.startswith("DELETE")]
    assert aborts == ([f"DELETE /api/v1/file/upload/{UPLOAD_ID}"] if abort else [])


def test_a_stop_before_init_sends_no_request(service: FakeService, client: Client, file: Path) -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(errors.StoppedError):
        client.upload(file, stop=stop, abort_on_stop=True)
    assert service.requests == []


def test_a_key_without_the_read_scope_gets_the_verdict(service: FakeService, client: Client, file: Path) -> None:
    for stage, verdict, quarantined in [("ready", "clean", False), ("quarantined", "infected", True)]:
        service.failures["get"] = [Failure(403, "scope_missing")]
        service.stage, service.verdict = stage, verdict
        made = client.upload(file)
        assert (made.virus_scan_status, made.is_quarantined, made.download_url) == (verdict, quarantined, None)


@pytest.mark.parametrize(
    ("status", "code", "times"), [(403, "AccessDenied", 3), (409, "Conflict", 3), (503, "SlowDown", 4)]
)
def test_a_part_has_a_limited_number_of_tries(
    service: FakeService, client: Client, file: Path, status: int, code: str, times: int
) -> None:
    service.failures["put"] = [Failure(status, code)] * 40
    with pytest.raises(errors.TransferError) as refused:
        client.upload(file)
    assert refused.value.message == f"Storage did not accept a part ({status} {code})."
    assert (sent(service), service.calls["complete"]) == ([0] * times, 0)


def test_a_file_that_changes_while_a_part_is_tried_again_is_refused(
    service: FakeService, client: Client, file: Path
) -> None:
    service.failures["put"] = [Failure(503, "SlowDown")]

    def grow(name: str) -> None:
        if name == "put":
            file.write_bytes(BODY + b"!")

    service.before_answer = grow
    with pytest.raises(errors.FileChangedError):
        client.upload(file)
    assert sent(service) == [0]


def test_the_environments_url_matches_with_or_without_a_slash(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGSHORE_TOKEN", "key")
    for named, given in [(f"{service.url}/", service.url), (service.url, f"{service.url}//"), ("", service.url)]:
        monkeypatch.setenv("LONGSHORE_URL", named)
        with Client(given) as client:
            client.me()
    monkeypatch.setenv("LONGSHORE_URL", "http://other")
    with Client(service.url) as client:
        client.me()
    assert [headers.get("Authorization") for headers in service.headers["me"]] == ["Bearer key"] * 3 + [None]


def stored_before(service: FakeService, body: bytes) -> Client:
    """Storage answers 412 to the only chunk, as it has these bytes from an earlier request."""
    service.failures["put"] = [Failure(412, "PreconditionFailed")]
    service.before_answer = lambda name: service.parts.update({0: body} if name == "put" else {})
    return Client(service.url, retry=AT_ONCE)


def test_a_chunk_that_is_stored_already_counts_as_sent(service: FakeService, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"hello")
    with stored_before(service, b"hello") as client:
        client.upload(tmp_path / "a")
    assert (service.calls["put"], service.calls["retry"], service.calls["complete"]) == (1, 1, 1)


def test_other_bytes_in_storage_are_not_completed(service: FakeService, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"hello")
    with stored_before(service, b"HELLO") as client, pytest.raises(errors.DifferentFileError):
        client.upload(tmp_path / "a")
    assert service.calls["complete"] == 0


def test_a_refusal_without_a_stored_chunk_is_an_error(service: FakeService, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"hello")
    service.failures["put"] = [Failure(412, "PreconditionFailed")]
    with Client(service.url, retry=AT_ONCE) as client, pytest.raises(errors.TransferError):
        client.upload(tmp_path / "a")


def test_two_puts_of_one_file_at_once_are_tried_again(service: FakeService, tmp_path: Path) -> None:
    """AWS answers 409 ConditionalRequestConflict."""
    (tmp_path / "a").write_bytes(b"hello")
    service.failures["put"] = [Failure(409, "ConditionalRequestConflict")]
    with Client(service.url, retry=AT_ONCE) as client:
        client.upload(tmp_path / "a")
    assert service.content == b"hello"
