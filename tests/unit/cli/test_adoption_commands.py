"""The commands for adoptions against a fake service: requests, output, exit codes."""

from __future__ import annotations

import json

from longshore.cli.exits import ASKED_WRONGLY, DONE
from tests.support.client.command_line import Ended, Run
from tests.support.client.fake_service import FakeService, ServiceCall

ADOPTIONS = "/api/v1/admin/adoptions"
ADOPTION = {
    "adoption_id": "adoption-1",
    "bucket": "archive",
    "prefix": "2025/",
    "owner": "ann",
    "policy": None,
    "follow": False,
    "state": "done",
    "adopted": 3,
    "renewed": 2,
    "unchanged": 1,
    "skipped": 1,
    "failed": 0,
    "bytes": 12,
    "reasons": [{"key": "2025/\x1b/", "reason": "It marks a folder, and has no bytes."}],
    "position": "2025/z",
    "problem": None,
    "created_by": "olivia",
    "created_at": "2026-01-31T12:00:00Z",
    "ended_at": "2026-01-31T12:00:01Z",
}
COUNTS = "3 adopted, 2 renewed, 1 unchanged, 1 skipped, 0 failed"
SHOWN = f"adoption-1  archive/2025/  done\n{COUNTS}\n2025/?/  It marks a folder, and has no bytes.\n"


def test_an_adoption_shows_its_progress(service: FakeService, run: Run) -> None:
    service.answers |= {f"POST {ADOPTIONS}": ADOPTION | {"state": "running"}, f"GET {ADOPTIONS}/adoption-1": ADOPTION}
    words = (
        "admin",
        "adopt",
        "--bucket",
        "archive",
        "--prefix",
        "2025/",
        "--owner",
        "ann",
        "--policy",
        "kept",
        "--follow",
    )
    assert run(*words) == Ended(DONE, SHOWN, f"{COUNTS}\n")
    body = {"bucket": "archive", "prefix": "2025/", "owner": "ann", "policy": "kept", "follow": True}
    assert service.requests[0] == ServiceCall(f"POST {ADOPTIONS}", body)
    assert run(*words, "--no-wait").out.startswith("adoption-1  archive/2025/  running\n")
    assert json.loads(run(*words, "--json").out) == ADOPTION
    assert run("admin", "adopt").code == ASKED_WRONGLY


def test_adoptions_are_listed_shown_and_cancelled(service: FakeService, run: Run) -> None:
    waiting = ADOPTION | {"state": "running", "problem": "earlier adopted files are scanned first"}
    service.answers |= {
        f"GET {ADOPTIONS}?limit=200": {"items": [ADOPTION], "next_cursor": None},
        f"GET {ADOPTIONS}/adoption-1": waiting,
        f"DELETE {ADOPTIONS}/adoption-1": ADOPTION | {"state": "cancelled"},
    }
    line = f"adoption-1  2026-01-31T12:00:00Z  olivia  archive/2025/  done  {COUNTS}\n"
    assert run("admin", "adoptions").out == line
    shown = run("admin", "adoption", "adoption-1").out.splitlines()[1]
    assert shown == f"{COUNTS} (waits: earlier adopted files are scanned first)"
    assert run("admin", "cancel-adoption", "adoption-1").out.startswith("adoption-1  archive/2025/  cancelled\n")


def test_the_object_of_an_adopted_file_is_deleted_on_request(service: FakeService, run: Run) -> None:
    service.answers |= {"DELETE /api/v1/file/file-1?delete_object=true": {"id": "file-1"}}
    assert run("delete", "file-1", "--delete-object", "--yes").code == DONE
    assert service.requests == [ServiceCall("DELETE /api/v1/file/file-1?delete_object=true")]
