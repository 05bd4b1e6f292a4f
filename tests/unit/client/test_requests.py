"""Requests of the client to the service: path, body and credential of each call, and its result."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from longshore.client import (
    Account,
    Appointment,
    Client,
    File,
    Observer,
    Resumption,
    Status,
    Stop,
    User,
    errors,
)
from longshore.client.api import PAGE
from longshore.client.observer import Session
from longshore.client.progress import Progress
from longshore.client.values import SignedChunk, StoredChunk
from tests.support.client.fake_service import (
    AT_ONCE,
    BODY,
    CHUNK,
    FILE_ID,
    NEVER,
    UPLOAD_ID,
    Failure,
    FakeService,
    ServiceCall,
    endpoint_of,
)

PIN = {"pin": "1"}
FILES, USERS, APPOINTMENTS = "/api/v1/file", "/api/v1/users", "/api/v1/appointments"
ANN = {"id": "u1", "name": "Ann", "created_at": NEVER}
VISIT = {"id": "a1", "user_id": "u1", "title": "Visit", "created_at": NEVER}
NONE_MORE: dict[str, Any] = {"items": [], "next_cursor": None}


@pytest.fixture
def client(service: FakeService) -> Iterator[Client]:
    # one at a time, so that calls come in one order
    with Client(service.url, retry=AT_ONCE, connections=(1, 1), window=1) as made:
        yield made


Call = Callable[[Client], Any]
QUERY = "?limit=200"
ONE_CALL: list[tuple[Call, ServiceCall, Any, Any]] = [
    (lambda c: c.me(), ServiceCall(f"GET {USERS}/me"), None, Account("ann", ["upload"], 1, None)),
    (lambda c: c.receipt("f1", PIN), ServiceCall(f"GET {FILES}/receipt/f1", None, PIN), None, "signed"),
    (lambda c: c.delete("f1", PIN), ServiceCall(f"DELETE {FILES}/f1", None, PIN), {"id": "f1"}, None),
    (lambda c: c.abort("up1"), ServiceCall(f"DELETE {FILES}/upload/up1"), None, None),
    (lambda c: c.create_user("Ann"), ServiceCall(f"POST {USERS}/", {"name": "Ann"}), ANN, User("u1", "Ann", NEVER)),
    (lambda c: c.delete_user("u1"), ServiceCall(f"DELETE {USERS}/u1"), ANN, None),
    (
        lambda c: c.create_appointment("u1", "Visit"),
        ServiceCall(f"POST {APPOINTMENTS}/", {"user_id": "u1", "title": "Visit"}),
        VISIT,
        Appointment("a1", "u1", "Visit", NEVER),
    ),
    (lambda c: c.delete_appointment("a1"), ServiceCall(f"DELETE {APPOINTMENTS}/a1"), VISIT, None),
    (lambda c: [*c.users()], ServiceCall(f"GET {USERS}/{QUERY}"), NONE_MORE, []),
    (lambda c: [*c.appointments()], ServiceCall(f"GET {APPOINTMENTS}/{QUERY}"), NONE_MORE, []),
    (lambda c: [*c.appointments("u1")], ServiceCall(f"GET {APPOINTMENTS}/?user_id=u1&limit=200"), NONE_MORE, []),
    (lambda c: [*c.files()], ServiceCall(f"GET {FILES}/all{QUERY}"), NONE_MORE, []),
    (
        lambda c: [*c.files(user_id="u 1", search="a&b", verdict="clean", sort="size")],
        ServiceCall(f"GET {FILES}/all?user_id=u+1&search=a%26b&virus_scan_status=clean&sort=size&limit=200"),
        NONE_MORE,
        [],
    ),
    (
        lambda c: [
            *c.files(policy="p", content_type="image/*", created_from=NEVER, min_size=0, max_size=5, owner="ann")
        ],
        ServiceCall(
            f"GET {FILES}/all?policy=p&content_type=image%2F%2A&created_from={quote(NEVER, safe='')}"
            "&min_size=0&max_size=5&owner=ann&limit=200"
        ),
        NONE_MORE,
        [],
    ),
    (
        lambda c: [*c.files(detail={"id": "a b", "n": 42, "f": 2.0, "paid": True})],
        ServiceCall(f"GET {FILES}/all?detail=id%3Aa+b&detail=n%3A42&detail=f%3A2&detail=paid%3Atrue&limit=200"),
        NONE_MORE,
        [],
    ),
    (lambda c: [*c.files(appointment_id="a1")], ServiceCall(f"GET {FILES}/appointment/a1{QUERY}"), NONE_MORE, []),
]


@pytest.mark.parametrize(("call", "expected", "data", "result"), ONE_CALL)
def test_each_call_sends_one_request_and_returns_its_result(
    service: FakeService, client: Client, call: Call, expected: ServiceCall, data: Any, result: Any
) -> None:
    if data:
        service.answers[expected.line] = data
    assert (call(client), service.requests) == (result, [expected])


@pytest.mark.parametrize(("call", "expected", "data", "result"), ONE_CALL)
def test_a_lost_request_is_sent_again_unless_it_is_a_post(
    service: FakeService, client: Client, call: Call, expected: ServiceCall, data: Any, result: Any
) -> None:
    if data:
        service.answers[expected.line] = data
    service.failures[endpoint_of(expected.line)] = [Failure(0)]
    if expected.line.startswith("POST"):
        with pytest.raises(errors.UnreachableError):
            call(client)
        assert service.requests == [expected]
    else:
        assert (call(client), service.requests) == (result, [expected, expected])


@pytest.mark.parametrize(("version", "attempts"), [(None, 2), (1, 1)])
def test_a_change_of_one_version_is_sent_once(
    service: FakeService, client: Client, version: int | None, attempts: int
) -> None:
    service.failures["change"] = [Failure(0)]
    change: Call = lambda c: c.change("f1", {"filename": "later.txt"}, version=version, credential=PIN)  # noqa: E731
    if version is None:
        assert change(client) == file_of(service, filename="later.txt", version=2)
    else:
        with pytest.raises(errors.UnreachableError):
            change(client)
    assert service.requests == [ServiceCall(f"PATCH {FILES}/f1", {"filename": "later.txt"}, PIN)] * attempts


def file_of(service: FakeService, **changes: Any) -> File:
    return replace(File(**service.file({})), **changes)


def test_get_status_and_watch_return_the_files_state(service: FakeService, client: Client) -> None:
    service.parts = {0: BODY}
    assert client.get(FILE_ID, PIN) == file_of(service, download_url=f"{service.url}/object?1")
    assert client.status(FILE_ID, PIN) == Status(**service.status({}))
    service.stage = "scanning"
    seen = []
    for status in client.watch(FILE_ID, PIN):
        seen.append(status.stage)
        service.stage = "ready"
    assert seen == ["scanning", "ready"]
    get, status_ = [ServiceCall(f"GET {FILES}/{what}/{FILE_ID}", None, PIN) for what in ("get", "status")]
    assert service.requests == [get, status_, status_, status_]


def test_retry_returns_an_open_upload_or_the_file(service: FakeService, client: Client) -> None:
    service.size, service.algorithm, service.parts = 3 * CHUNK, "SHA256", {1: BODY[:CHUNK]}
    found = service.retry({})
    stored = StoredChunk(**found["uploaded"][0])
    service.answers[f"POST {FILES}/upload/retry"] = found | {"chunks": [service.signed(0)]}
    signed = SignedChunk(0, "PUT", f"{service.url}/parts/0", {"x-part": "0"}, NEVER)
    open_upload = Resumption(
        UPLOAD_ID, FILE_ID, CHUNK, 3 * CHUNK, NEVER, "SHA256", uploaded=[stored], missing=[0, 2], chunks=[signed]
    )
    assert client.retry(FILE_ID, PIN) == open_upload
    service.answers[f"POST {FILES}/upload/retry"] = service.file({})
    assert client.retry(FILE_ID) == file_of(service)
    body = {"file_id": FILE_ID}
    retried = ServiceCall(f"POST {FILES}/upload/retry", body)
    assert service.requests == [retried._replace(body=body | {"credential": PIN}), retried]


def test_a_list_is_fetched_page_by_page(service: FakeService, client: Client) -> None:
    bob = ANN | {"id": "u2", "name": "Bob"}
    service.answers[f"GET {USERS}/?limit={PAGE}"] = {"items": [ANN], "next_cursor": "c&1"}
    service.answers[f"GET {USERS}/?cursor=c%261&limit={PAGE}"] = {"items": [bob], "next_cursor": None}
    assert [*client.users()] == [User(**ANN), User(**bob)]
    visits = {"items": [VISIT], "next_cursor": None}
    service.answers[f"GET {APPOINTMENTS}/?limit={PAGE}"] = visits
    service.answers[f"GET {FILES}/all?limit={PAGE}"] = {"items": [service.file({})], "next_cursor": None}
    assert ([*client.appointments()], [*client.files()]) == ([Appointment(**VISIT)], [file_of(service)])


# whole transfers: every request to the service, in order

SESSION = Session(UPLOAD_ID, FILE_ID, CHUNK, NEVER)
COUNTS = {"upload_id": UPLOAD_ID, "total_size": len(BODY), "total_chunks": 3}
KIND = {"filename": "bytes.bin", "content_type": "application/octet-stream"}
STATUS, GET = [ServiceCall(f"GET {FILES}/{what}/{FILE_ID}", None, PIN) for what in ("status", "get")]
COMPLETE = ServiceCall(f"POST {FILES}/upload/complete/", KIND | COUNTS | {"credential": PIN})
RETRY = ServiceCall(f"POST {FILES}/upload/retry", {"upload_id": UPLOAD_ID, "credential": PIN})


def signed(*chunks: int, size: int = len(BODY)) -> list[ServiceCall]:
    """Return the requests that sign these chunks, one by one."""
    wanted = [{"chunk_index": index, "chunk_size": min(CHUNK, size - index * CHUNK)} for index in chunks]
    return [ServiceCall(f"POST {FILES}/upload/chunk/", {"upload_id": UPLOAD_ID, "chunks": [one]}) for one in wanted]


class Recorder(Observer):
    def __init__(self) -> None:
        self.events: list[Any] = []
        self.sessions: list[Session] = []
        self.moved: list[int] = []

    def session(self, session: Session) -> None:
        self.sessions.append(session)

    def progress(self, progress: Progress) -> None:
        self.moved.append(progress.moved)
        self.last = progress

    def stage(self, stage: str) -> None:
        self.events.append(stage)

    def stored(self) -> None:
        self.events.append("stored")

    def aborted(self) -> None:
        self.events.append("aborted")


def test_a_private_upload_sends_its_credential_and_repeats_lost_chunks(
    service: FakeService, client: Client, file: Path
) -> None:
    service.failures["complete"] = [
        Failure(409, "chunks_missing", missing=[]),
        Failure(409, "size_mismatch", mismatched=[2]),
    ]

    def lose_one(_name: str) -> None:
        if service.calls["complete"] == 1:
            service.parts.pop(1, None)

    service.before_answer = lose_one
    service.failures["put"] = [Failure(400, "BadDigest")]
    recorder = Recorder()
    client.upload(file, credential=PIN, checksum=None, chunk_size=CHUNK, observer=recorder)
    init = ServiceCall(f"POST {FILES}/upload/init/", KIND | {"size": len(BODY), "chunk_size": CHUNK})
    # signing runs in parallel to sending
    apart = [request for request in service.requests if endpoint_of(request.line) != "chunk"]
    assert apart == [init, RETRY, COMPLETE, RETRY, COMPLETE, COMPLETE, STATUS, GET]
    assert [request for request in sorted(service.requests, key=str) if request not in apart] == signed(
        0, 0, 1, 1, 2, 2
    )
    assert (recorder.sessions, recorder.last) == ([SESSION], replace(recorder.last, moved=len(BODY), size=len(BODY)))
    again = ["comparing", "uploading", "completing", "uploading", "completing"]
    assert recorder.events == ["uploading", "completing", *again, "stored", "ready"]
    assert service.content == BODY


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, None),
        ({"credential": PIN}, PIN),
        ({"credential": PIN, "replaced_credential": {"pin": "2"}}, {"pin": "2"}),
    ],
)
@pytest.mark.parametrize("is_stream", [False, True])
def test_a_replacing_upload_sends_the_replaced_files_credential(
    service: FakeService, client: Client, file: Path, given: dict[str, Any], sent: Any, is_stream: bool
) -> None:
    source = io.BytesIO(BODY) if is_stream else file
    client.upload(source, filename="bytes.bin", replaces="f0", wait=False, **given)
    ends = [request for request in service.requests if endpoint_of(request.line) in {"init", "complete"}]
    assert [(each.body["replaces"], each.credential) for each in ends] == [("f0", sent)] * 2


def test_a_resumed_upload_sends_the_missing_chunks(service: FakeService, client: Client, file: Path) -> None:
    service.size, service.parts = len(BODY), {1: BODY[CHUNK : 2 * CHUNK]}
    recorder = Recorder()
    client.upload(file, credential=PIN, resume=UPLOAD_ID, wait=False, observer=recorder)
    assert service.requests == [RETRY, *signed(0, 2), COMPLETE]
    assert (recorder.sessions, min(recorder.moved) >= CHUNK, recorder.moved[-1]) == ([SESSION], True, len(BODY))
    assert (recorder.events, service.content) == (["comparing", "uploading", "completing", "stored"], BODY)


def test_a_resumed_upload_without_missing_chunks_is_completed(service: FakeService, client: Client, file: Path) -> None:
    service.size, service.parts = len(BODY), {at // CHUNK: BODY[at : at + CHUNK] for at in range(0, len(BODY), CHUNK)}
    recorder = Recorder()
    client.upload(file, credential=PIN, resume=UPLOAD_ID, wait=False, observer=recorder)
    assert (service.requests, recorder.events) == ([RETRY, COMPLETE], ["comparing", "completing", "stored"])


def test_a_private_stream_sends_its_credential(service: FakeService, client: Client) -> None:
    service.failures["put"] = [Failure(400, "BadDigest")]
    recorder = Recorder()
    client.upload(io.BytesIO(BODY), filename="bytes.bin", credential=PIN, checksum=None, observer=recorder)
    init = ServiceCall(f"POST {FILES}/upload/init/", KIND | {"chunk_size": 16 * 1024 * 1024})
    assert service.requests == [init, *signed(0), RETRY, *signed(0, 1, 2), COMPLETE, STATUS, GET]
    assert (recorder.events, service.content) == (["uploading", "completing", "stored", "ready"], BODY)
    assert (recorder.sessions, recorder.moved[-1], recorder.last.size) == ([SESSION], len(BODY), None)


def test_a_resumed_stream_sends_the_missing_chunks(service: FakeService, client: Client) -> None:
    service.parts = {1: BODY[CHUNK : 2 * CHUNK]}
    recorder = Recorder()
    client.upload(
        io.BytesIO(BODY), filename="bytes.bin", credential=PIN, resume=UPLOAD_ID, wait=False, observer=recorder
    )
    assert (service.requests, service.content) == ([RETRY, *signed(0, 2), COMPLETE], BODY)
    assert (recorder.sessions, recorder.moved[-1], recorder.last.size) == ([SESSION], len(BODY), None)


@pytest.mark.parametrize("stream", [False, True])
def test_resuming_a_completed_upload_returns_its_file(
    service: FakeService, client: Client, file: Path, stream: bool
) -> None:
    service.parts, service.failures["retry"] = {0: BODY}, [Failure(400, "file_already_uploaded")]
    source: Any = io.BytesIO(BODY) if stream else file
    made = client.upload(source, filename="bytes.bin", credential=PIN, resume=UPLOAD_ID, wait=False)
    counts = {"total_size": 0 if stream else len(BODY), "total_chunks": 1}
    assert service.requests == [RETRY, COMPLETE._replace(body=COMPLETE.body | counts)]
    assert (made.id, service.calls["put"]) == (FILE_ID, 0)


def test_a_private_download_waits_for_the_verdict(service: FakeService, client: Client, tmp_path: Path) -> None:
    service.parts, service.stage = {0: BODY}, "scanning"
    service.failures["object"] = [Failure(403, "AccessDenied")]

    service.before_answer = lambda name: setattr(service, "stage", "ready") if service.calls["status"] == 2 else None
    recorder = Recorder()
    done = client.download(FILE_ID, tmp_path / "out", credential=PIN, wait=True, observer=recorder)
    assert service.requests == [STATUS, STATUS, GET, GET]
    assert (recorder.events, recorder.moved[-1], recorder.last.size) == (
        ["downloading", "verifying"],
        len(BODY),
        len(BODY),
    )
    assert (done.path.read_bytes(), done.file.id, done.verified) == (BODY, FILE_ID, "size")


@pytest.mark.parametrize("stream", [False, True])
def test_a_wrong_checksum_is_reported_with_a_remedy(
    service: FakeService, client: Client, tmp_path: Path, stream: bool
) -> None:
    service.parts, service.checksum, service.chunk_size = {0: BODY}, f"SHA256:{'A' * 43}=-3", CHUNK
    with pytest.raises(errors.VerificationError) as refused:
        client.download(FILE_ID, io.BytesIO() if stream else tmp_path / "out", credential=PIN)
    remedy = "Delete the written bytes."
    if not stream:
        remedy = "Download it again; if it fails again, tell the operator."
    happened = f"The checksum of the bytes of {FILE_ID} is not {service.checksum}."
    assert (refused.value.sentence, service.requests) == (f"{happened} {remedy}", [GET, STATUS])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stream", [False, True])
def test_a_download_is_verified_by_the_checksum_of_its_parts(
    service: FakeService, client: Client, tmp_path: Path, stream: bool
) -> None:
    parts = [sha256(BODY[at : at + CHUNK]).digest() for at in range(0, len(BODY), CHUNK)]
    made = b64encode(sha256(b"".join(parts)).digest()).decode()
    service.parts, service.checksum, service.chunk_size = {0: BODY}, f"SHA256:{made}-3", CHUNK
    done = client.download(FILE_ID, io.BytesIO() if stream else tmp_path / "out")
    assert (done.verified, done.path) == ("SHA256", Path("-") if stream else tmp_path / "out")
    service.chunk_size = CHUNK + 1
    assert client.download(FILE_ID, tmp_path / "out", check=False).verified == "size"


def test_stopping_ends_the_wait_for_the_size_of_parts(service: FakeService, client: Client, tmp_path: Path) -> None:
    stop = Stop()
    service.checksum, service.failures["status"] = "SHA256:A-3", [Failure(503, "overloaded", {"Retry-After": "1"})]
    service.before_answer = lambda name: stop.set() if name == "status" else None
    with pytest.raises(errors.StoppedError):
        client.download(FILE_ID, tmp_path / "out", stop=stop)
    assert service.calls["status"] == 1


def test_a_private_file_in_quarantine_is_not_available(service: FakeService, client: Client, tmp_path: Path) -> None:
    service.stage, service.verdict = "quarantined", "infected"
    service.answers[GET.line] = service.file({})
    with pytest.raises(errors.NotClean) as refused:
        client.download(FILE_ID, tmp_path / "out", credential=PIN)
    assert service.requests == [GET, STATUS]
    assert refused.value.message == "The file bytes.bin is not available: quarantined (infected)."


@pytest.mark.parametrize("endpoint", ["init", "chunk", "put", "complete", "retry", "status", "get"])
def test_stopping_an_upload_ends_every_wait(service: FakeService, client: Client, file: Path, endpoint: str) -> None:
    """The service requests a wait of a second, and the caller stops meanwhile: no request is repeated."""
    stop = Stop()
    service.size, service.failures[endpoint] = len(BODY), [Failure(503, "overloaded", {"Retry-After": "1"})]
    service.before_answer = lambda name: stop.set() if name == endpoint else None
    with pytest.raises(errors.StoppedError):
        client.upload(file, stop=stop, resume=UPLOAD_ID if endpoint == "retry" else None)
    assert service.calls[endpoint] == 1


@pytest.mark.parametrize("endpoint", ["status", "get", "object"])
def test_stopping_a_download_ends_every_wait(
    service: FakeService, client: Client, tmp_path: Path, endpoint: str
) -> None:
    stop = Stop()
    service.parts, service.failures[endpoint] = {0: BODY}, [Failure(503, "overloaded", {"Retry-After": "1"})]
    service.before_answer = lambda name: stop.set() if name == endpoint else None
    with pytest.raises(errors.StoppedError):
        client.download(FILE_ID, tmp_path / "out", wait=True, stop=stop)
    assert service.calls[endpoint] == 1


def test_stopping_ends_the_wait_for_the_reason_of_a_refusal(service: FakeService, client: Client, file: Path) -> None:
    stop = Stop()
    service.failures["put"] = [Failure(403, "AccessDenied")]
    service.failures["retry"] = [Failure(503, "overloaded", {"Retry-After": "1"})]
    service.before_answer = lambda name: stop.set() if name == "retry" else None
    with pytest.raises(errors.StoppedError):
        client.upload(file, stop=stop)
    assert service.calls["retry"] == 1


def test_stopping_ends_the_wait_for_a_fresh_link(service: FakeService, client: Client, tmp_path: Path) -> None:
    stop = Stop()
    service.parts, service.failures["object"] = {0: BODY}, [Failure(403, "AccessDenied")]

    def at_the_second(name: str) -> None:
        if name == "get" and service.calls["get"] == 2:
            stop.set()

    service.before_answer = at_the_second
    service.failures["get"] = []
    service.get = lambda _body: (  # type: ignore[method-assign]
        service.file({}) | {"download_url": f"{service.url}/object"}
        if service.calls["get"] == 1
        else Failure(503, "overloaded", {"Retry-After": "1"})
    )
    with pytest.raises(errors.StoppedError):
        client.download(FILE_ID, tmp_path / "out", stop=stop)
    assert service.calls["get"] == 2
