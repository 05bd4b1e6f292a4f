"""`longshore admin files`, `file`, `uploads` and `scans` against a fake service: queries, output, exit codes."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from longshore.cli.exits import ASKED_WRONGLY, DONE
from tests.support.client.admin_answers import DECISION, DECISIONS, ENTRY, SHOWN
from tests.support.client.command_line import Ended, Run
from tests.support.client.fake_service import LONG_AGO, NEVER, FakeService, ServiceCall

ADMIN = "/api/v1/admin"
JOB = {"id": "scan-file-1", "status": "queued", "enqueued_at": None, "started_at": None, "ended_at": None}
UPLOAD: dict[str, Any] = {
    "upload_id": "upload-1",
    "file_id": "file-1",
    "filename": "a\x1b.txt",
    "owner": "ann",
    "state": "uploading",
    "size": 5000,
    "chunk_size": 1000,
    "content_type": None,
    "policy": "default",
    "grant_id": None,
    "created_at": LONG_AGO,
    "expires_at": NEVER,
    "failure_reason": None,
    "path_name": None,
}
SCAN: dict[str, Any] = {
    "file_id": "file-1",
    "filename": "a.txt",
    "owner": "ann",
    "size": 5,
    "virus_scan_status": "error",
    "state": "failed",
    "scan_attempts": 3,
    "scan_due_at": NEVER,
    "last_error": "The scanner\x1b is down.",
    "job": JOB | {"attempts": 3, "last_error": None},
}
LINK: dict[str, Any] = {
    "link_id": "link-1",
    "state": "active",
    "disposition": "inline",
    "has_password": False,
    "max_downloads": None,
    "downloads": 0,
    "last_used_at": None,
    "created_by": "ann",
    "created_at": LONG_AGO,
    "expires_at": NEVER,
    "revoked_at": None,
}


def page(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": None, **more}


def admin_file(service: FakeService) -> dict[str, Any]:
    more = {"owner": "ann", "scan_attempts": 1, "scanned_with": "ClamAV 1.4", "downloads": 3}
    return service.file({}) | more | {"filename": "a\x1b.bin", "created_at": LONG_AGO}


def details(service: FakeService) -> dict[str, Any]:
    return {
        "file": admin_file(service),
        "upload": UPLOAD | {"state": "completed"},
        "job": SCAN["job"],
        "scan_due_at": None,
        "object": {"bucket": "b", "key": "k", "etag": '"e"', "version_id": None},
        "parts": [{"part_number": 1, "size": 5, "etag": '"e"', "checksum": None}],
        "links": [LINK],
        "audit": [ENTRY],
        "unreachable": [],
    }


def test_admin_files_lists_files_of_all_owners(service: FakeService, run: Run) -> None:
    query = {"created_from": "2026-01-01T00:00:00Z", "owner": "ann", "user_id": "u", "appointment_id": "v"}
    query |= {"virus_scan_status": "infected", "detail": "number:42", "limit": "200"}
    shown = admin_file(service)
    service.answers[f"GET {ADMIN}/files?{urlencode(query)}"] = page(shown)
    words = ("--verdict", "infected", "--from", "2026-01-01", "--owner", "ann", "--detail", "number=42")
    words += ("--user", "u", "--appointment", "v")
    ended = run("admin", "files", *words)
    assert ended == Ended(DONE, "file-1  2001-01-01 00:00         0 B  clean        ann  a?.bin\n", ""), (
        service.requests
    )
    assert json.loads(run("admin", "files", *words, "--json").out) == shown


def test_admin_file_prints_all_details_of_a_file(service: FakeService, run: Run) -> None:
    service.answers[f"GET {ADMIN}/files/file-1"] = details(service)
    output = (
        "file          file-1 a?.bin\n"
        "owner         ann\n"
        "size          0 bytes, 1 parts\n"
        "type          a/b, its bytes: unknown\n"
        "verdict       clean\n"
        "scanned with  ClamAV 1.4, 1 attempts\n"
        "scan due      -\n"
        "job           queued\n"
        "object        b/k\n"
        "upload        upload-1 (completed)\n"
        "downloads     3\n"
        "links         1\n"
        "audit         2026-01-31T12:00:02Z  ann (192.0.2.7)  changed  5f3c1c7e-8f6d-4a5e-b0c4-7d1f0a9e2c33  "
        "filename?[2J\n"
    )
    assert run("admin", "file", "file-1") == Ended(DONE, output, "")
    assert json.loads(run("admin", "file", "file-1", "--json").out) == details(service)


def test_admin_file_reports_an_unreachable_redis(service: FakeService, run: Run) -> None:
    service.answers[f"GET {ADMIN}/files/file-1"] = details(service) | {
        "upload": None,
        "job": None,
        "parts": None,
        "audit": [],
        "unreachable": ["redis"],
    }
    ended = run("admin", "file", "file-1")
    assert ended.err == "longshore: redis could not be asked: jobs are unknown\n"
    assert "0 bytes, unknown parts\n" in ended.out


def test_admin_uploads_lists_open_uploads(service: FakeService, run: Run) -> None:
    query = {"state": "uploading", "owner": "ann", "policy": "default", "limit": 200}
    unnamed = UPLOAD | {"filename": None, "size": None, "owner": None, "failure_reason": "gone", "path_name": "b"}
    service.answers[f"GET {ADMIN}/uploads?{urlencode(query)}"] = page(UPLOAD, unnamed)
    output = (
        "upload-1  2001-01-01 00:00     4.9 KiB  uploading   ann  a?.txt\n"
        "upload-1  2001-01-01 00:00           ?  uploading   -  b/-  gone\n"
    )
    words = ("admin", "uploads", "--state", "uploading", "--owner", "ann", "--policy", "default")
    assert run(*words) == Ended(DONE, output, "")
    assert [json.loads(line) for line in run(*words, "--json").out.splitlines()] == [UPLOAD, unnamed]


def test_admin_scans_are_fetched_page_by_page(service: FakeService, run: Run) -> None:
    running = SCAN | {"state": "running", "scan_due_at": None, "last_error": None, "job": None, "owner": None}
    first = page(running, unreachable=[]) | {"next_cursor": "failed."}
    service.answers[f"GET {ADMIN}/scans?limit=200"] = first
    service.answers[f"GET {ADMIN}/scans?cursor=failed.&limit=200"] = page(SCAN, unreachable=[])
    output = (
        "file-1  running  3 attempts  not due  -  -  a.txt\n"
        "file-1  failed   3 attempts  due 2999-01-01 00:00  queued  ann  a.txt  The scanner? is down.\n"
    )
    assert run("admin", "scans") == Ended(DONE, output, "")


def test_admin_scans_reports_an_unreachable_redis(service: FakeService, run: Run) -> None:
    service.answers[f"GET {ADMIN}/scans?{urlencode({'state': 'failed', 'limit': 200})}"] = page(
        SCAN | {"job": None}, unreachable=["redis"]
    )
    ended = run("admin", "scans", "--state", "failed", "--json")
    assert json.loads(ended.out) == SCAN | {"job": None, "unreachable": ["redis"]}
    assert (ended.code, ended.err) == (DONE, "longshore: redis could not be asked: jobs are unknown\n")


def test_repeat_failed_repeats_all_failed_scans(service: FakeService, run: Run) -> None:
    service.answers[f"POST {DECISIONS}"] = DECISION | {"state": "running", "done": 0, "skipped": 0, "reasons": []}
    service.answers[f"GET {DECISIONS}/decision-1"] = DECISION
    assert run("admin", "scans", "--repeat-failed", "--yes") == Ended(DONE, SHOWN, "2 of 2 files\n")
    body = {"action": "rescan", "dry_run": False, "filter": {"virus_scan_status": "error"}}
    assert service.requests[0] == ServiceCall(f"POST {DECISIONS}", body)
    ended = run("admin", "scans", "--state", "failed", "--repeat-failed", "--yes", "--no-wait", "--json")
    assert json.loads(ended.out)["state"] == "running"


@pytest.mark.parametrize("words", [("--repeat-failed",), ("--repeat-failed", "--yes", "--state", "waiting")])
def test_repeat_failed_needs_yes_and_no_other_state(service: FakeService, run: Run, words: tuple[str, ...]) -> None:
    assert run("admin", "scans", *words).code == ASKED_WRONGLY
    assert service.requests == []
