"""The Python client against a service that fails in every way: what is tried again, what is told, what is left."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore import Client, Observer, RetryPolicy, Stop
from longshore.client import errors, values
from longshore.client.network.connections import HTTPError
from longshore.client.observer import Comparison, Session
from longshore.client.progress import Progress
from longshore.receipts.hashing import as_text, digest
from service import errors as service_errors
from service import values as views
from tests.support.fake_service import AT_ONCE, BODY, CHUNK, FILE_ID, LONG_AGO, UPLOAD_ID, FakeService, Say

CHUNKS = 3
TOKEN = "lsk_0123_sesame"


@pytest.fixture
def client(service: FakeService) -> Iterator[Client]:
    with Client(service.url, TOKEN, retry=AT_ONCE, connections=(2, 2)) as made:
        yield made


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    path = tmp_path / "bytes.bin"
    path.write_bytes(BODY)
    return path


class Ears(Observer):
    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.stages: list[str] = []
        self.comparisons: list[Comparison] = []
        self.last = Progress(0, None)

    def session(self, session: Session) -> None:
        self.sessions.append(session)

    def stage(self, stage: str) -> None:
        self.stages.append(stage)

    def compared(self, comparison: Comparison) -> None:
        self.comparisons.append(comparison)

    def progress(self, progress: Progress) -> None:
        self.last = progress


def sent(service: FakeService) -> list[int]:
    """The chunks that were sent, by their URLs; twice where one was sent twice."""
    return sorted(int(headers["x-part"]) for headers in service.headers["put"])


def sha256(body: bytes) -> str:
    return b64encode(hashlib.sha256(body).digest()).decode()


def test_a_file_from_init_to_its_verdict(service: FakeService, client: Client, payload: Path) -> None:
    ears = Ears()
    file = client.upload(payload, user_id="ann", detail={"ship": "Ägir"}, credential={"pin": "1"}, observer=ears)
    assert (file.id, file.virus_scan_status, service.content) == (FILE_ID, "clean", BODY)
    kind = {"filename": "bytes.bin", "content_type": "application/octet-stream"}
    assert service.bodies["init"] == [kind | {"size": len(BODY), "checksum_algorithm": "SHA256"}]
    counts = {"upload_id": UPLOAD_ID, "total_size": len(BODY), "total_chunks": CHUNKS}
    whose = {"user_id": "ann", "detail": {"ship": "Ägir"}, "credential": {"pin": "1"}}
    assert service.bodies["complete"] == [kind | counts | whose]
    wanted = [chunk for body in service.bodies["chunk"] for chunk in body["chunks"]]
    parts = [BODY[at : at + CHUNK] for at in range(0, len(BODY), CHUNK)]
    assert sorted(wanted, key=lambda chunk: int(chunk["chunk_index"])) == [
        {"chunk_index": index, "chunk_size": len(part), "checksum": sha256(part)} for index, part in enumerate(parts)
    ]
    assert ears.stages == ["uploading", "completing", "ready"]
    assert (ears.last.moved, ears.last.size, ears.last.seconds_left) == (len(BODY), len(BODY), 0.0)
    assert [session.upload_id for session in ears.sessions] == [UPLOAD_ID]


def test_an_init_whose_answer_was_lost_is_sent_again_under_the_same_key(
    service: FakeService, client: Client, payload: Path
) -> None:
    service.saying["init"] = [Say(0)]
    for _ in range(2):
        client.upload(payload)
    lost, again, other = [sent["Idempotency-Key"] for sent in service.headers["init"]]
    assert lost == again != other
    assert len(lost) == 36


def test_the_key_goes_to_the_service_alone(service: FakeService, client: Client, payload: Path) -> None:
    client.upload(payload)
    assert {sent["Authorization"] for sent in service.headers["init"]} == {f"Bearer {TOKEN}"}
    assert [sent for sent in service.headers["put"] if "Authorization" in sent] == []
    assert TOKEN not in repr(client) + repr(client.api.http) + repr(vars(client))


@pytest.mark.parametrize(
    "said",
    [
        Say(403, "AccessDenied"),
        Say(400, "BadDigest"),
        Say(404, "NoSuchUpload"),
        Say(503, "SlowDown", {"Retry-After": "0"}),
        Say(500, "InternalError"),
        Say(0),
    ],
)
def test_a_part_that_storage_did_not_take_goes_to_a_fresh_url(
    service: FakeService, client: Client, payload: Path, said: Say
) -> None:
    service.saying["put"] = [said]
    client.upload(payload)
    assert (service.content, service.calls["put"]) == (BODY, CHUNKS + 1)
    assert sum(len(body["chunks"]) for body in service.bodies["chunk"]) == CHUNKS + 1


def test_what_storage_never_takes_is_told_without_its_secrets(
    service: FakeService, client: Client, payload: Path
) -> None:
    service.saying["put"] = [Say(403, "AccessDenied") for _ in range(40)]
    with pytest.raises(errors.TransferError) as refused:
        client.upload(payload)
    assert (refused.value.status, refused.value.storage_code) == (403, "AccessDenied")
    assert "secret" not in str(refused.value)
    assert service.calls["complete"] == 0


def test_why_storage_refuses_is_asked_of_the_service(service: FakeService, client: Client, payload: Path) -> None:
    service.saying["put"] = [Say(404, "NoSuchUpload")] * 2
    service.saying["retry"] = [Say(409, "upload_expired")] * 2
    with pytest.raises(errors.UploadExpiredError):
        client.upload(payload)


def test_a_url_that_has_expired_is_not_even_tried(service: FakeService, client: Client, payload: Path) -> None:
    service.expires_at = LONG_AGO
    client.upload(payload)
    assert (service.content, sent(service)) == (BODY, [*range(CHUNKS)])
    assert sum(len(body["chunks"]) for body in service.bodies["chunk"]) == 2 * CHUNKS


@pytest.mark.parametrize("endpoint", ["init", "chunk", "complete", "status", "get"])
@pytest.mark.parametrize(
    "said", [Say(0), Say(503, "database_unavailable", {"Retry-After": "0"}), Say(429, "too_many_requests")]
)
def test_what_passes_is_waited_for(
    service: FakeService, client: Client, payload: Path, endpoint: str, said: Say
) -> None:
    service.saying[endpoint] = [said] * 2
    assert client.upload(payload).virus_scan_status == "clean"
    assert service.content == BODY


def test_a_service_that_is_away_is_named_and_its_key_is_not(payload: Path) -> None:
    with pytest.raises(errors.UnreachableError) as away:
        Client("http://127.0.0.1:9", TOKEN, retry=AT_ONCE).upload(payload)
    assert str(away.value) == "The service at http://127.0.0.1:9 cannot be reached (Connection refused)."


def test_a_page_in_front_of_the_service_is_no_service(service: FakeService, client: Client) -> None:
    service.me = lambda _body: Say(200)  # type: ignore[method-assign]
    with pytest.raises(errors.ApiError):
        client.me()


def test_a_token_is_renewed_once(service: FakeService) -> None:
    asked: list[bool] = []

    def token(renew: bool) -> str:
        asked.append(renew)
        return f"token-{len(asked)}"

    service.saying["me"] = [Say(401, "token_refused")]
    with Client(service.url, token, retry=AT_ONCE) as client:
        assert client.me().subject == "ann"
        service.saying["me"] = [Say(401, "token_refused")] * 2
        with pytest.raises(errors.TokenRefusedError):
            client.me()
    assert asked == [False, True, False, True]
    assert [sent["Authorization"] for sent in service.headers["me"]][:2] == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("token", ["", "two words", "lsk_\n", "lsk_ß"])
def test_a_token_that_can_be_none_is_shown_nowhere(service: FakeService, token: str) -> None:
    with Client(service.url, lambda _renew: token) as client, pytest.raises(errors.BadTokenError) as refused:
        client.me()
    assert (token == "" or token not in str(refused.value), service.calls["me"]) == (True, 0)


@pytest.mark.parametrize(
    ("url", "exposed"),
    [
        ("http://files.example", True),
        ("http://10.0.0.7:8000", True),
        ("http://[fe80::1]:8000", True),
        ("http://localhost.example", True),
        ("https://127.0.0.1:9", False),
        ("http://127.0.0.1:9", False),
        ("http://127.9.9.9:9", False),
        ("http://[::1]:9", False),
        ("http://LOCALHOST:9", False),
        ("http://files.localhost:9", False),
    ],
)
@pytest.mark.parametrize("secret", ["token", "function", "credential", "credential in a body"])
def test_secrets_do_not_go_over_a_network_in_clear(
    monkeypatch: pytest.MonkeyPatch, url: str, exposed: bool, secret: str
) -> None:
    monkeypatch.setattr("longshore.client.network.connections.ConnectionPools.ask", refuse_to_ask)
    token = {"token": TOKEN, "function": lambda _renew: TOKEN}.get(secret)

    def call() -> None:
        with Client(url, token, retry=RetryPolicy(attempts=1)) as client:
            if secret == "credential in a body":
                client.retry(FILE_ID, {"pin": TOKEN})
            else:
                client.get(FILE_ID, {"pin": TOKEN} if secret == "credential" else None)

    with pytest.raises(errors.InsecureServiceError if exposed else errors.UnreachableError) as refused:
        call()
    assert TOKEN not in str(refused.value)
    monkeypatch.setenv("LONGSHORE_ALLOW_HTTP", "yes")
    with pytest.raises(errors.UnreachableError):
        call()


def refuse_to_ask(*_: Any, **__: Any) -> Any:
    raise HTTPError("asked")


def test_what_is_no_secret_goes_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.network.connections.ConnectionPools.ask", refuse_to_ask)
    with (
        Client("http://files.example", retry=RetryPolicy(attempts=1)) as client,
        pytest.raises(errors.UnreachableError),
    ):
        client.get(FILE_ID)


@pytest.mark.parametrize(("named", "sent"), [("", True), ("same", True), ("http://other", False)])
def test_the_environments_key_goes_to_the_environments_service(
    service: FakeService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str, sent: bool
) -> None:
    (tmp_path / "key").write_text(TOKEN + "\n")
    monkeypatch.setenv("LONGSHORE_TOKEN_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("LONGSHORE_URL", service.url if named == "same" else named)
    with Client(service.url) as client:
        client.me()
    assert ("Authorization" in service.headers["me"][0]) is sent


def test_a_service_that_has_moved_is_not_followed(service: FakeService, client: Client) -> None:
    service.saying["me"] = [Say(308, "moved", {"Location": "https://new.example/api?key=1"})]
    with pytest.raises(errors.UnexpectedAnswerError, match=r"to https://new\.example\.$"):
        client.me()


def test_the_next_algorithm_where_storage_does_not_check_the_first(
    service: FakeService, client: Client, payload: Path
) -> None:
    for checks, algorithm in (({"CRC32"}, "CRC32"), (set(), None)):
        service.checks = checks
        client.upload(payload)
        assert service.algorithm == algorithm
    with pytest.raises(errors.InvalidBodyError):
        client.upload(payload, checksum="SHA256")


def test_only_what_is_missing_or_different_is_sent(service: FakeService, client: Client, payload: Path) -> None:
    ears = Ears()
    service.size = len(BODY)
    service.parts = {0: BODY[:CHUNK], 1: b"x" * CHUNK}
    client.upload(payload, resume=UPLOAD_ID, observer=ears)
    assert (service.content, sent(service), service.calls["init"]) == (BODY, [1, 2], 0)
    assert ears.comparisons == [Comparison(frozenset({0}), frozenset({1}), frozenset(), frozenset({"MD5"}))]
    assert ears.stages[:2] == ["comparing", "uploading"]


@pytest.mark.parametrize(("size", "first"), [(len(BODY), b"x" * CHUNK), (len(BODY) + 1, BODY[:CHUNK])])
def test_another_file_is_not_sent_into_an_open_upload(
    service: FakeService, client: Client, payload: Path, size: int, first: bytes
) -> None:
    service.size, service.parts = size, {0: first}
    with pytest.raises(errors.DifferentFileError):
        client.upload(payload, resume=UPLOAD_ID)
    assert service.calls["put"] == 0


def test_a_part_that_cannot_be_compared_is_sent_again(service: FakeService, client: Client, payload: Path) -> None:
    service.size = len(BODY)
    encrypted = {"chunk_index": 0, "size": CHUNK, "etag": '"not-an-md5"', "checksum": None}
    found = service.retry({}) | {"uploaded": [encrypted]}
    service.retry = lambda _body: found  # type: ignore[method-assign]
    client.upload(payload, resume=UPLOAD_ID)
    assert (service.content, sent(service)) == (BODY, [*range(CHUNKS)])


def test_an_upload_that_has_arrived_is_completed_again(service: FakeService, client: Client, payload: Path) -> None:
    service.parts = {0: BODY}
    service.saying["retry"] = [Say(400, "file_in_progress")]
    assert client.upload(payload, resume=UPLOAD_ID).id == FILE_ID
    service.parts = {0: BODY[1:]}
    service.saying["retry"] = [Say(400, "file_already_uploaded")]
    with pytest.raises(errors.DifferentFileError):
        client.upload(payload, resume=UPLOAD_ID)


@pytest.mark.parametrize(
    "said", [Say(409, "chunks_missing", missing=[1]), Say(409, "size_mismatch", mismatched=[1]), Say(0)]
)
def test_what_completion_misses_is_sent_again(service: FakeService, client: Client, payload: Path, said: Say) -> None:
    service.saying["complete"] = [said]
    client.upload(payload)
    again = [1] if said.status == 409 else []
    assert (service.content, sent(service)) == (BODY, sorted([*range(CHUNKS), *again]))


@pytest.mark.parametrize(("times", "calls"), [(1, 2), (3, 4), (9, 4)])
def test_chunks_that_storage_refuses_for_a_moment_are_not_sent_again(
    service: FakeService, client: Client, payload: Path, times: int, calls: int
) -> None:
    """Nothing differs from the file: completing again is enough."""
    service.saying["complete"] = [Say(409, "size_mismatch") for _ in range(times)]
    if times < 9:
        assert client.upload(payload).id == FILE_ID
    else:
        with pytest.raises(errors.SizeMismatchError):
            client.upload(payload)
    assert (service.calls["complete"], service.calls["put"]) == (calls, CHUNKS)


def test_completion_that_never_finds_its_parts_fails(service: FakeService, client: Client, payload: Path) -> None:
    service.saying["complete"] = [Say(409, "chunks_missing", missing=[1]) for _ in range(9)]
    with pytest.raises(errors.ChunksMissingError):
        client.upload(payload)
    assert service.calls["complete"] == 4


def test_a_file_that_is_written_to_meanwhile_is_not_completed(
    service: FakeService, client: Client, payload: Path
) -> None:
    class Writer(Observer):
        def stage(self, stage: str) -> None:
            if stage == "completing":
                payload.write_bytes(BODY + b"!")

    with pytest.raises(errors.FileChangedError):
        client.upload(payload, observer=Writer())
    assert service.calls["complete"] == 0


@pytest.mark.parametrize("abort", [False, True])
def test_stopping_keeps_the_upload_unless_asked(
    service: FakeService, client: Client, payload: Path, abort: bool
) -> None:
    stop = Stop()

    class Impatient(Observer):
        def session(self, session: Session) -> None:
            stop.set()

    with pytest.raises(errors.StoppedError):
        client.upload(payload, observer=Impatient(), stop=stop, abort_on_stop=abort)
    assert (service.calls["abort"], service.calls["complete"]) == (int(abort), 0)


@pytest.mark.parametrize("size", [0, 1, CHUNK, 3 * CHUNK, 3 * CHUNK + 1])
def test_a_stream_of_unknown_size(service: FakeService, client: Client, size: int) -> None:
    body = (BODY * 2)[:size]
    client.upload(io.BytesIO(body), filename="stream.bin")
    assert (service.content, service.bodies["init"][0].get("size")) == (body, None)
    assert service.bodies["complete"][0]["total_chunks"] == max(1, -(-size // CHUNK))


def test_a_stream_that_comes_again_sends_the_rest(service: FakeService, client: Client) -> None:
    service.parts = {0: BODY[:CHUNK], 1: b"x" * CHUNK}
    client.upload(io.BytesIO(BODY), filename="stream.bin", resume=UPLOAD_ID)
    assert (service.content, sent(service)) == (BODY, [1, 2])


def test_a_stream_that_is_too_long_says_so(
    service: FakeService, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.client.uploads.stream.MAX_PARTS", 2)
    with pytest.raises(errors.StreamTooLongError):
        client.upload(io.BytesIO(BODY), filename="stream.bin")
    assert service.calls["complete"] == 0


def test_a_stream_needs_a_name(client: Client) -> None:
    with pytest.raises(ValueError, match="filename"):
        client.upload(io.BytesIO(b""))


def test_the_verdict_without_the_scope_to_read(service: FakeService, client: Client, payload: Path) -> None:
    service.saying["get"] = [Say(403, "scope_missing")]
    service.stage, service.verdict = "quarantined", "infected"
    file = client.upload(payload)
    assert (file.virus_scan_status, file.is_quarantined) == ("infected", True)


def test_the_fake_and_the_client_speak_as_the_service_does(service: FakeService) -> None:
    def names(kind: Any) -> set[str]:
        return {each.name for each in dataclasses.fields(kind)}

    assert set(service.file({})) == names(views.FileView) == names(values.File)
    assert set(service.signed(0)) == set(views.SignedChunk._fields)
    assert set(service.retry({})) | {"total_chunks"} == names(views.Resumption)
    assert set(service.init({})) == names(views.OpenedUpload)
    assert set(service.status({})) == names(values.Status) | {"status"}
    for kind in ("Status", "SignedChunk", "Opened", "Resumption", "Account", "User", "Appointment"):
        theirs = {"Opened": "OpenedUpload"}.get(kind, f"{kind}View")
        view = getattr(views, theirs, None) or getattr(views, kind)
        assert names(getattr(values, kind)) <= set(getattr(view, "_fields", ())) | set(
            getattr(view, "__dataclass_fields__", ())
        )


# downloads


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.downloads.download.LEAST_RANGE", CHUNK)


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize(
    ("said", "links"),
    [(Say(403, "AccessDenied"), 2), (Say(404, "NoSuchKey"), 2), (Say(503, "SlowDown"), 1), (Say(0), 1)],
)
def test_a_download_bears_what_storage_does(
    service: FakeService, client: Client, tmp_path: Path, said: Say, links: int
) -> None:
    service.parts, service.checksum = {0: BODY}, f"SHA256:{sha256(BODY)}"
    service.saying["object"] = [said]
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
def test_parts_of_any_size_are_compared_where_the_service_knows_it(
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
def test_other_bytes_are_not_kept(service: FakeService, client: Client, tmp_path: Path, checksum: str) -> None:
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
def test_an_object_that_changes_under_a_download_is_noticed(
    service: FakeService, client: Client, tmp_path: Path
) -> None:
    service.parts = {0: BODY}

    class Changing(Observer):
        def progress(self, progress: Progress) -> None:
            service.etag = f'"{progress.moved}"'

    service.saying["object"] = []
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
                service.saying["object"] = [Say(403, "AccessDenied")]

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


# errors


def test_every_code_of_the_service_has_its_class() -> None:
    def codes(base: Any) -> set[str]:
        named = [child for child in base.__subclasses__() if child.__module__.startswith(service_errors.__name__)]
        return {base.code, *(code for child in named for code in codes(child))}

    # of addresses that the client does not call, and of requests that it does not make
    others = {"origin_refused", "bad_request", "not_found", "method_not_allowed", "not_ready", "no_metrics_token"}
    assert set(errors.BY_CODE) == codes(service_errors.ServiceError) - others


def test_every_error_says_what_to_do() -> None:
    assert [code for code, kind in errors.BY_CODE.items() if not kind.remedy.endswith((".", ")"))] == []


def test_a_code_of_a_newer_service_is_an_api_error() -> None:
    error = errors.refusal(418, {"code": "teapot", "message": "Short and stout.", "spout": 1})
    assert (type(error), str(error), error.extra) == (errors.ApiError, "Short and stout.", {"spout": 1})


@pytest.mark.parametrize("url", ["", "longshore.example", "ftp://x", "http://ann:secret@x", "http://x?key=1"])
def test_what_is_no_address_of_a_service(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LONGSHORE_URL", raising=False)
    with pytest.raises(ValueError, match=r"^(?!.*secret)"):
        Client(url)


def test_one_client_serves_many_threads(service: FakeService, client: Client, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.bin" for number in range(6)]
    for path in paths:
        path.write_bytes(BODY)
    threads = [threading.Thread(target=client.upload, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (service.calls["complete"], service.content) == (6, BODY)
