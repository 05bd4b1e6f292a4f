"""`longshore resume`, `abort` and `retry`: which uploads are resumed, and what the journal records."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from longshore.cli.exits import ASKED_WRONGLY, DONE, FAILED, NOT_FOUND
from longshore.cli.transfers import journal
from tests.support.client.command_line import Run
from tests.support.client.fake_service import CHUNK, FILE_ID, NEVER, UPLOAD_ID, Failure, FakeService

ENOUGH = ("--tries", "1")


def test_a_failed_upload_is_resumed(service: FakeService, run: Run, payload: Path) -> None:
    service.failures["complete"] = [Failure(503, "storage_unavailable")]
    ended = run("upload", "bytes.bin", "--json", *ENOUGH)
    assert json.loads(ended.out)["open_upload_id"] == UPLOAD_ID
    assert f"longshore resume {UPLOAD_ID}" in ended.err
    entry = journal.find(UPLOAD_ID)
    assert entry is not None
    assert (entry.path, entry.size, entry.url) == (str(payload.absolute()), 2 * CHUNK + 1, service.url)
    sent = service.calls["put"]
    ended = run("resume")
    assert (ended.code, ended.out) == (DONE, f"{FILE_ID}  clean  {payload.absolute()}\n")
    assert "3 parts were already in storage, compared by MD5" in ended.err
    assert (service.calls["put"], service.calls["init"]) == (sent, 1)
    assert run("resume").err == "longshore: no uploads to resume\n"


def left_behind(service: FakeService, payload: Path, **changes: object) -> None:
    """Record an upload of the file as if its process had been killed."""
    found = payload.stat()
    entry = {
        "upload_id": UPLOAD_ID,
        "file_id": FILE_ID,
        "url": service.url,
        "path": str(payload.absolute()),
        "size": found.st_size,
        "mtime_ns": found.st_mtime_ns,
        "chunk_size": CHUNK,
        "expires_at": NEVER,
    }
    journal.remember(journal.Entry(**(entry | changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "resumed"),
    [
        ({}, True),
        ({"mtime_ns": 1}, False),
        ({"url": "http://other"}, False),
        ({"private": True}, False),
        ({"expires_at": "2001-01-01T00:00:00Z"}, False),
        ({"details": {"filename": "x"}}, False),
    ],
)
def test_upload_resumes_only_an_upload_of_the_same_file(
    service: FakeService, run: Run, payload: Path, changes: dict[str, object], resumed: bool
) -> None:
    service.size, service.parts = 2 * CHUNK + 1, {0: bytes(CHUNK)}
    left_behind(service, payload, **changes)
    assert run("upload", "bytes.bin").code == DONE
    assert (service.calls["init"], service.calls["put"]) == ((0, 2) if resumed else (1, 3))


def test_a_completed_upload_is_removed_from_the_journal(service: FakeService, run: Run, payload: Path) -> None:
    left_behind(service, payload)
    service.parts = {0: payload.read_bytes()}
    service.failures["retry"] = [Failure(400, "file_in_progress")]
    assert (run("upload", "bytes.bin").code, service.calls["init"], journal.entries()) == (DONE, 0, [])


def test_an_expired_upload_is_started_again(service: FakeService, run: Run, payload: Path) -> None:
    left_behind(service, payload)
    service.failures["retry"] = [Failure(409, "upload_expired")]
    assert run("upload", "bytes.bin").code == DONE
    assert (service.calls["init"], journal.entries()) == (1, [])


def test_an_ended_upload_leaves_the_journal_and_one_not_found_stays(
    service: FakeService, run: Run, payload: Path
) -> None:
    left_behind(service, payload)
    service.failures["retry"] = [Failure(404, "upload_not_found"), Failure(409, "upload_aborted")]
    assert (run("resume").code, len(journal.entries())) == (NOT_FOUND, 1)
    assert (run("resume").code, journal.entries()) == (NOT_FOUND, [])
    left_behind(service, payload, expires_at="2001-01-01T00:00:00Z")
    assert run("resume").err == "longshore: no uploads to resume\n"


def test_abort_ends_the_upload_and_removes_it_from_the_journal(service: FakeService, run: Run, payload: Path) -> None:
    left_behind(service, payload)
    ended = run("abort", UPLOAD_ID)
    assert (ended.code, service.calls["abort"], journal.entries()) == (DONE, 1, [])
    assert run("resume").err == "longshore: no uploads to resume\n"
    left_behind(service, payload)
    service.failures["abort"] = [Failure(409, "upload_completed")]
    assert (run("abort", UPLOAD_ID).code, len(journal.entries())) == (FAILED, 1)


def test_a_refused_id_does_not_stop_the_others(service: FakeService, run: Run, payload: Path) -> None:
    service.failures["delete"] = [Failure(404, "file_not_found")]
    deleted = run("delete", "one", "two", "three", "--yes")
    assert (deleted.code, service.calls["delete"]) == (NOT_FOUND, 3)
    assert deleted.err.startswith("longshore: one: ")
    assert deleted.err.count("\n") == 1
    left_behind(service, payload)
    service.failures["abort"] = [Failure(409, "upload_completed")]
    ended = run("abort", "another", UPLOAD_ID)
    assert (ended.code, service.calls["abort"], journal.entries()) == (FAILED, 2, [])


def test_an_upload_that_another_process_sends_is_not_resumed(service: FakeService, run: Run, payload: Path) -> None:
    left_behind(service, payload)
    with journal.locked(UPLOAD_ID) as mine:
        assert mine
        ended = run("resume", UPLOAD_ID)
    assert (ended.code, "Another process is sending" in ended.err) == (FAILED, True)
    assert service.calls["retry"] == 0


def test_a_private_upload_never_becomes_public_by_resuming(service: FakeService, run: Run, payload: Path) -> None:
    left_behind(service, payload, private=True)
    assert run("resume", UPLOAD_ID).code == ASKED_WRONGLY
    assert service.calls == {}
    service.size = 2 * CHUNK + 1
    assert run("resume", UPLOAD_ID, "--credential", "pin=1").code == DONE
    assert service.bodies["complete"][0]["credential"] == {"pin": "1"}


def test_the_journal_contains_no_credential_and_no_signed_url(service: FakeService, run: Run, payload: Path) -> None:
    service.failures["complete"] = [Failure(503, "storage_unavailable")]
    run("upload", "bytes.bin", "--credential", "pin=4711", *ENOUGH)
    (path,) = Path("../state/longshore/uploads").glob("*.json")
    text = path.read_text()
    assert ("4711" in text, "/parts/" in text, stat.S_IMODE(path.stat().st_mode)) == (False, False, 0o600)


def test_an_upload_that_cannot_be_recorded_is_sent_anyway(
    service: FakeService, run: Run, payload: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    ended = run("upload", "bytes.bin")
    assert (ended.code, "cannot be recorded for `longshore resume` (Not a directory)" in ended.err) == (DONE, True)
    assert (ended.out, service.content) == (f"{FILE_ID}  clean  bytes.bin\n", payload.read_bytes())


def test_retry_suggests_resuming_an_open_upload_and_shows_no_url(service: FakeService, run: Run) -> None:
    service.size = 3 * CHUNK
    assert f"longshore resume {UPLOAD_ID}" in run("retry", FILE_ID).err
    assert "http" not in run("retry", FILE_ID, "--json").out
