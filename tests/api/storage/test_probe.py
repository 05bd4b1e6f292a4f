"""The probe for checksums: it tests once which checksums storage enforces, and never assumes it."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError

from service.db.models import PendingDeletion
from service.deps import PROBE_TIME, make_presigner, plan_probe_cleanup
from service.domain.upkeep.sweep import sweep
from service.errors import DatabaseUnavailableError, StorageRefusedError, StorageUnavailableError
from service.storage.probe import CHECKSUMS, Answer, ChecksumProbe, _put
from service.values import Location, PartToSign
from tests.support.http_server import TestServer
from tests.support.service_under_test import NOWHERE, App

BUCKET = "longshore-private"
TAKEN = Answer(200, '"etag"')
BAD = Answer(400, code="BadDigest")
STRANGE = {
    "an overload": Answer(503, code="SlowDown"),
    "a proxy's error": Answer(502),
    "a proxy's 404": Answer(404),
    "a proxy's page": Answer(200),
    "come back later": Answer(400, code="RequestTimeout"),
}


def probe_of(app: App, endpoint_url: str | None = None, **changes: Any) -> ChecksumProbe:
    settings = replace(app.deps.settings, **changes)
    presigner = make_presigner(settings, endpoint_url or settings.s3_endpoint_url, app.clock)
    return ChecksumProbe(app.deps.storage, presigner, BUCKET, lambda at: plan_probe_cleanup(app.deps.db, at, app.clock))


def open_uploads(app: App) -> int:
    return len(app.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []))


def test_a_store_that_accepts_wrong_bytes_enforces_no_checksum(app: App) -> None:
    with patch("service.storage.probe._put", return_value=TAKEN):
        assert probe_of(app).enforced() == frozenset()
    assert open_uploads(app) == 0


@pytest.mark.parametrize("checked", [set(CHECKSUMS), {"SHA256"}])
def test_the_enforced_checksums_are_found_by_one_probe(app: App, checked: set[str]) -> None:
    def put(_url: str, body: bytes, headers: dict[str, str]) -> Answer:
        algorithm = headers["x-amz-sdk-checksum-algorithm"]
        return BAD if algorithm in checked and body != b"123456789" else TAKEN

    with patch("service.storage.probe._put", side_effect=put) as puts:
        probe = probe_of(app)
        assert [probe.enforced() for _ in range(3)] == [checked] * 3
    assert puts.call_count == len(checked) * 2 + (len(CHECKSUMS) - len(checked))


def test_a_store_that_refuses_every_checksum_enforces_none(app: App) -> None:
    with patch("service.storage.probe._put", return_value=BAD):
        assert probe_of(app).enforced() == frozenset()


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("at", [0, 1], ids=["wrong bytes", "right bytes"])
def test_the_probe_is_repeated_after_an_answer_not_from_storage(app: App, at: int, strange: str) -> None:
    """Such an answer must not decide whether storage enforces checksums."""
    answers = [BAD, TAKEN]
    answers[at] = STRANGE[strange]
    probe = probe_of(app)
    with patch("service.storage.probe._put", side_effect=answers), pytest.raises(StorageUnavailableError):
        probe.enforced()
    with patch("service.storage.probe._put", side_effect=[BAD, TAKEN]):
        assert probe.enforces("CRC32")
    with patch("service.storage.probe._put", side_effect=[TAKEN, *[BAD, TAKEN] * 2]):
        assert probe.enforced() == set(CHECKSUMS) - {"SHA256"}
    assert open_uploads(app) == 0


@pytest.mark.parametrize(
    ("status", "body", "ours"),
    [
        (400, b"<?xml version='1.0'?><Error><Code>BadDigest</Code></Error>", BAD),
        (400, b"<html><Code>BadDigest</Code></html>", Answer(400)),
        (404, b"404 page not found", Answer(404)),
    ],
)
def test_an_error_code_is_read_only_from_an_answer_of_storage(status: int, body: bytes, ours: Answer) -> None:
    with TestServer() as server:
        server.expect_request("/key", "PUT").respond_with_data(body, status)
        assert _put(f"{server.url}/key", b"x", {}) == ours


def test_a_store_that_never_answers_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.storage.probe.ANSWER_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(StorageUnavailableError):
        _put(f"http://127.0.0.1:{silent.getsockname()[1]}/key", b"x", {})


def test_a_store_that_refuses_the_algorithm_enforces_no_checksum(app: App) -> None:
    create = app.deps.storage._s3.create_multipart_upload

    def refuse_algorithms(**wish: Any) -> Any:
        if "ChecksumAlgorithm" in wish:
            raise ClientError({"Error": {"Code": "NotImplemented"}}, "CreateMultipartUpload")
        return create(**wish)

    with patch.object(app.deps.storage._s3, "create_multipart_upload", refuse_algorithms):
        assert probe_of(app).enforced() == frozenset()
    assert open_uploads(app) == 0


def test_the_probe_is_repeated_after_a_refused_upload(app: App) -> None:
    probe = probe_of(app)
    refusal: Any = ClientError({"Error": {"Code": "AccessDenied"}}, "CreateMultipartUpload")
    with patch.object(app.deps.storage._s3, "create_multipart_upload", side_effect=refusal):
        with pytest.raises(StorageRefusedError):
            probe.enforced()
    with patch("service.storage.probe._put", side_effect=[BAD, TAKEN] * 4):
        assert probe.enforced() == set(CHECKSUMS)


def test_the_parts_of_the_probe_are_signed_by_the_upload_key(app: App) -> None:
    upload_key = {"s3_upload_access_key": "UPLOADS", "s3_upload_secret_key": "secret-of-uploads"}
    with patch("service.storage.probe._put", side_effect=[BAD, TAKEN] * 4) as puts:
        probe_of(app, **upload_key).enforced()
    assert {"X-Amz-Credential=UPLOADS%2F" in call.args[0] for call in puts.call_args_list} == {True}


def test_the_probe_sends_right_and_wrong_bytes_as_a_browser_does(app: App) -> None:
    with patch("service.storage.probe._put", side_effect=[BAD, TAKEN]) as puts:
        probe_of(app).enforces("CRC32")
    url, right = puts.call_args_list[1].args[0], CHECKSUMS["CRC32"]
    there = urlsplit(url)
    _, bucket, key = there.path.split("/")
    part = PartToSign(1, 9, right)
    presigner = make_presigner(app.deps.settings, app.deps.settings.s3_endpoint_url, app.clock)
    signed = presigner.sign_parts(Location(bucket, key), parse_qs(there.query)["uploadId"][0], [part], 60, "CRC32")
    headers = {"x-amz-checksum-crc32": right, "x-amz-sdk-checksum-algorithm": "CRC32"}
    assert signed.urls == [url]
    assert [call.args for call in puts.call_args_list] == [
        (url, body, headers) for body in (b"123456780", b"123456789")
    ]


def test_the_probe_is_repeated_while_storage_is_down(app: App) -> None:
    probe = probe_of(app, NOWHERE)
    for _ in range(2):
        with pytest.raises(StorageUnavailableError):
            probe.enforced()
    assert open_uploads(app) == 0


def test_the_sweeper_aborts_the_upload_of_a_killed_probe(app: App) -> None:
    with (
        patch("service.storage.probe._put", side_effect=SystemExit),
        patch.object(app.deps.storage, "abort_upload"),
        pytest.raises(SystemExit),
    ):
        probe_of(app).enforced()
    assert (open_uploads(app), sweep(app.deps).removed) == (1, 0)
    app.clock.forward(PROBE_TIME.total_seconds())
    assert (sweep(app.deps).removed, open_uploads(app), app.count(PendingDeletion)) == (1, 0, 0)


def test_the_probe_opens_no_upload_without_a_pending_deletion(app: App) -> None:
    with patch.object(app.deps.db, "write", side_effect=DatabaseUnavailableError):
        with pytest.raises(DatabaseUnavailableError):
            probe_of(app).enforced()
    assert open_uploads(app) == 0


def test_results_are_kept_when_storage_fails_during_the_probe(app: App) -> None:
    answers = iter([BAD, TAKEN, StorageUnavailableError(), *[BAD, TAKEN] * 3])
    with patch("service.storage.probe._put", side_effect=answers) as puts:
        probe = probe_of(app)
        with pytest.raises(StorageUnavailableError):
            probe.enforced()
        assert probe.enforced() == set(CHECKSUMS)
    assert puts.call_count == 9


def test_concurrent_calls_share_one_probe(app: App) -> None:
    with patch("service.storage.probe._put", side_effect=[BAD, TAKEN] * 4) as puts, ThreadPoolExecutor(8) as pool:
        probe = probe_of(app)
        assert list(pool.map(lambda _: probe.enforced(), range(8))) == [set(CHECKSUMS)] * 8
    assert puts.call_count == 8
