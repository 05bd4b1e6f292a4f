"""Uploads of the Python client to a service that fails: retries, errors, and open uploads."""

from __future__ import annotations

import dataclasses
import io
import threading
from pathlib import Path
from typing import Any

import pytest

from longshore import Client, Observer, Stop
from longshore.client import errors, values
from longshore.client.observer import Comparison, Session
from service import errors as service_errors
from service import values as views
from tests.support.client.fake_service import BODY, CHUNK, FILE_ID, LONG_AGO, UPLOAD_ID, Failure, FakeService
from tests.support.client.observer import CHUNKS, TOKEN, Recorder, sent, sha256


def test_an_upload_runs_from_init_to_the_verdict(service: FakeService, client: Client, payload: Path) -> None:
    recorder = Recorder()
    file = client.upload(payload, user_id="ann", detail={"ship": "Ägir"}, credential={"pin": "1"}, observer=recorder)
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
    assert recorder.stages == ["uploading", "completing", "ready"]
    assert (recorder.last.moved, recorder.last.size, recorder.last.seconds_left) == (len(BODY), len(BODY), 0.0)
    assert [session.upload_id for session in recorder.sessions] == [UPLOAD_ID]


def test_an_init_whose_answer_was_lost_is_sent_again_under_the_same_key(
    service: FakeService, client: Client, payload: Path
) -> None:
    service.failures["init"] = [Failure(0)]
    for _ in range(2):
        client.upload(payload)
    lost, again, other = [sent["Idempotency-Key"] for sent in service.headers["init"]]
    assert lost == again != other
    assert len(lost) == 36


def test_the_key_is_sent_to_the_service_only(service: FakeService, client: Client, payload: Path) -> None:
    client.upload(payload)
    assert {sent["Authorization"] for sent in service.headers["init"]} == {f"Bearer {TOKEN}"}
    assert [sent for sent in service.headers["put"] if "Authorization" in sent] == []
    assert TOKEN not in repr(client) + repr(client.api.http) + repr(vars(client))


@pytest.mark.parametrize(
    "failure",
    [
        Failure(403, "AccessDenied"),
        Failure(400, "BadDigest"),
        Failure(404, "NoSuchUpload"),
        Failure(503, "SlowDown", {"Retry-After": "0"}),
        Failure(500, "InternalError"),
        Failure(0),
    ],
)
def test_a_refused_part_is_sent_again_to_a_fresh_url(
    service: FakeService, client: Client, payload: Path, failure: Failure
) -> None:
    service.failures["put"] = [failure]
    client.upload(payload)
    assert (service.content, service.calls["put"]) == (BODY, CHUNKS + 1)
    assert sum(len(body["chunks"]) for body in service.bodies["chunk"]) == CHUNKS + 1


def test_a_part_that_is_always_refused_fails_without_secrets(
    service: FakeService, client: Client, payload: Path
) -> None:
    service.failures["put"] = [Failure(403, "AccessDenied") for _ in range(40)]
    with pytest.raises(errors.TransferError) as refused:
        client.upload(payload)
    assert (refused.value.status, refused.value.storage_code) == (403, "AccessDenied")
    assert "secret" not in str(refused.value)
    assert service.calls["complete"] == 0


def test_a_refused_part_raises_the_services_reason(service: FakeService, client: Client, payload: Path) -> None:
    service.failures["put"] = [Failure(404, "NoSuchUpload")] * 2
    service.failures["retry"] = [Failure(409, "upload_expired")] * 2
    with pytest.raises(errors.UploadExpiredError):
        client.upload(payload)


def test_an_expired_url_is_not_used(service: FakeService, client: Client, payload: Path) -> None:
    service.expires_at = LONG_AGO
    client.upload(payload)
    assert (service.content, sent(service)) == (BODY, [*range(CHUNKS)])
    assert sum(len(body["chunks"]) for body in service.bodies["chunk"]) == 2 * CHUNKS


@pytest.mark.parametrize("endpoint", ["init", "chunk", "complete", "status", "get"])
@pytest.mark.parametrize(
    "failure",
    [Failure(0), Failure(503, "database_unavailable", {"Retry-After": "0"}), Failure(429, "too_many_requests")],
)
def test_a_temporary_failure_is_retried(
    service: FakeService, client: Client, payload: Path, endpoint: str, failure: Failure
) -> None:
    service.failures[endpoint] = [failure] * 2
    assert client.upload(payload).virus_scan_status == "clean"
    assert service.content == BODY


def test_the_next_algorithm_is_used_if_storage_does_not_check_the_first(
    service: FakeService, client: Client, payload: Path
) -> None:
    for checks, algorithm in (({"CRC32"}, "CRC32"), (set(), None)):
        service.checks = checks
        client.upload(payload)
        assert service.algorithm == algorithm
    with pytest.raises(errors.InvalidBodyError):
        client.upload(payload, checksum="SHA256")


def test_a_resumed_upload_sends_only_missing_and_different_parts(
    service: FakeService, client: Client, payload: Path
) -> None:
    recorder = Recorder()
    service.size = len(BODY)
    service.parts = {0: BODY[:CHUNK], 1: b"x" * CHUNK}
    client.upload(payload, resume=UPLOAD_ID, observer=recorder)
    assert (service.content, sent(service), service.calls["init"]) == (BODY, [1, 2], 0)
    assert recorder.comparisons == [Comparison(frozenset({0}), frozenset({1}), frozenset(), frozenset({"MD5"}))]
    assert recorder.stages[:2] == ["comparing", "uploading"]


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


def test_resuming_a_completed_upload_returns_its_file(service: FakeService, client: Client, payload: Path) -> None:
    service.parts = {0: BODY}
    service.failures["retry"] = [Failure(400, "file_in_progress")]
    assert client.upload(payload, resume=UPLOAD_ID).id == FILE_ID
    service.parts = {0: BODY[1:]}
    service.failures["retry"] = [Failure(400, "file_already_uploaded")]
    with pytest.raises(errors.DifferentFileError):
        client.upload(payload, resume=UPLOAD_ID)


@pytest.mark.parametrize(
    "failure", [Failure(409, "chunks_missing", missing=[1]), Failure(409, "size_mismatch", mismatched=[1]), Failure(0)]
)
def test_chunks_that_completion_misses_are_sent_again(
    service: FakeService, client: Client, payload: Path, failure: Failure
) -> None:
    service.failures["complete"] = [failure]
    client.upload(payload)
    again = [1] if failure.status == 409 else []
    assert (service.content, sent(service)) == (BODY, sorted([*range(CHUNKS), *again]))


@pytest.mark.parametrize(("times", "calls"), [(1, 2), (3, 4), (9, 4)])
def test_chunks_are_not_sent_again_if_completion_names_none(
    service: FakeService, client: Client, payload: Path, times: int, calls: int
) -> None:
    """Nothing differs from the file: completing again is enough."""
    service.failures["complete"] = [Failure(409, "size_mismatch") for _ in range(times)]
    if times < 9:
        assert client.upload(payload).id == FILE_ID
    else:
        with pytest.raises(errors.SizeMismatchError):
            client.upload(payload)
    assert (service.calls["complete"], service.calls["put"]) == (calls, CHUNKS)


def test_completion_that_never_finds_its_parts_fails(service: FakeService, client: Client, payload: Path) -> None:
    service.failures["complete"] = [Failure(409, "chunks_missing", missing=[1]) for _ in range(9)]
    with pytest.raises(errors.ChunksMissingError):
        client.upload(payload)
    assert service.calls["complete"] == 4


def test_a_file_that_changes_during_the_upload_is_not_completed(
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
def test_stopping_keeps_the_upload_unless_abort_is_set(
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
def test_a_stream_of_unknown_size_is_uploaded(service: FakeService, client: Client, size: int) -> None:
    body = (BODY * 2)[:size]
    client.upload(io.BytesIO(body), filename="stream.bin")
    assert (service.content, service.bodies["init"][0].get("size")) == (body, None)
    assert service.bodies["complete"][0]["total_chunks"] == max(1, -(-size // CHUNK))


def test_a_resumed_stream_sends_the_rest(service: FakeService, client: Client) -> None:
    service.parts = {0: BODY[:CHUNK], 1: b"x" * CHUNK}
    client.upload(io.BytesIO(BODY), filename="stream.bin", resume=UPLOAD_ID)
    assert (service.content, sent(service)) == (BODY, [1, 2])


def test_a_stream_that_is_too_long_is_refused(
    service: FakeService, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.client.uploads.stream.MAX_PARTS", 2)
    with pytest.raises(errors.StreamTooLongError):
        client.upload(io.BytesIO(BODY), filename="stream.bin")
    assert service.calls["complete"] == 0


def test_a_stream_needs_a_name(client: Client) -> None:
    with pytest.raises(ValueError, match="filename"):
        client.upload(io.BytesIO(b""))


def test_a_key_without_the_read_scope_gets_the_verdict(service: FakeService, client: Client, payload: Path) -> None:
    service.failures["get"] = [Failure(403, "scope_missing")]
    service.stage, service.verdict = "quarantined", "infected"
    file = client.upload(payload)
    assert (file.virus_scan_status, file.is_quarantined) == ("infected", True)


def test_the_fake_and_the_client_have_the_services_fields(service: FakeService) -> None:
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


def test_every_code_of_the_service_has_its_class() -> None:
    def codes(base: Any) -> set[str]:
        named = [child for child in base.__subclasses__() if child.__module__.startswith(service_errors.__name__)]
        return {base.code, *(code for child in named for code in codes(child))}

    # of addresses that the client does not call, and of requests that it does not make
    others = {"origin_refused", "bad_request", "method_not_allowed", "not_ready", "no_metrics_token"}
    assert set(errors.BY_CODE) == codes(service_errors.ServiceError) - others


def test_every_error_has_a_remedy() -> None:
    assert [code for code, kind in errors.BY_CODE.items() if not kind.remedy.endswith((".", ")"))] == []


def test_a_code_of_a_newer_service_is_an_api_error() -> None:
    error = errors.refusal(418, {"code": "teapot", "message": "Short and stout.", "spout": 1})
    assert (type(error), str(error), error.extra) == (errors.ApiError, "Short and stout.", {"spout": 1})


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
