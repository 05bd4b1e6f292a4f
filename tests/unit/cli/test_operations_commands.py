"""`longshore admin overview`, `workers`, `subjects` and `usage`: their lines for people, and their JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from longshore.main import longshore
from tests.support.http_server import TestServer

AT = "2026-01-31T12:00:00Z"
DOWN = {"database": "ok", "storage": "unsafe", "redis": "down", "scanner": "down"}
JOB = {"id": "scan-1", "kind": "scan", "file_id": "f-1", "filename": "a\x1b[31m.txt", "started_at": AT}
WORKER = {
    **{"name": "h.w-0", "host": "h", "pid": 17, "state": "busy", "queues": ["scan", "rescan"], "job": JOB},
    **{"last_heartbeat": AT, "started_at": None, "successful": 4, "failed": 1},
}
KEY = {"prefix": "3f9a", "name": "k", "scopes": ["read"], "created_at": AT, "expires_at": None, "last_used_at": None}
USAGE = {
    "counted_at": AT,
    "bytes": {"clean": 2048, "infected": 0},
    "files": {"clean": 2},
    "uploads": {"uploading": 0},
    "subjects": [{"subject": "ann", "bytes": 2048}],
    "history": [{"day": "2026-01-30", "bytes": {"clean": 5, "uploading": 5}, "subjects": {"ann": 10}}],
}


@pytest.fixture
def service() -> Iterator[TestServer]:
    with TestServer() as server:
        yield server


def run(service: TestServer, name: str, data: dict[str, Any], *words: str) -> Result:
    answer = {"data": data, "message": "", "success": True}
    service.expect_request(f"/api/v1/admin/{name}").respond_with_json(answer)
    result = CliRunner().invoke(longshore, ["admin", name, *words], env={"LONGSHORE_URL": service.url})
    assert result.exit_code == 0, result.output
    return result


def overview(**changes: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("scanner", "storage_safety", "sweep", "errors", "dashboard_url"))
    return {"dependencies": DOWN, "unreachable": [], **empty, **changes}


def test_overview_lists_all_problems(service: TestServer) -> None:
    data = overview(
        scanner={"status": "unsafe", "engine": "C", "signatures": "1", "signatures_at": None, "advice": ["Set X."]},
        storage_safety={"checked_at": AT, "let_through": {"public": ["a copy"], "direct": []}},
        sweep={"ended_at": AT, "errors": ["settle: storage_refused"], "removed": 2, "rescans": 0},
        errors=[{"at": AT, "process": "api h 1", "event": "failed", "message": "x\x1b", "request_id": None}],
        dashboard_url="https://queue.example",
        later="a field of a later version",
    )
    assert run(service, "overview", data).stdout.splitlines() == [
        *(f"{name}: {status}" for name, status in DOWN.items()),
        "signatures: 1 (date: unknown)",
        "  Set X.",
        f"attacks on storage: public: a copy (tried at {AT})",
        f"last sweep: {AT} (removed 2)",
        "  failed: settle: storage_refused",
        "queue: https://queue.example",
        f"{AT}  api h 1  failed  x?",
    ]


def test_overview_names_unreachable_dependencies(service: TestServer) -> None:
    result = run(service, "overview", overview(unreachable=["redis", "scanner"]))
    assert result.stdout.splitlines() == [f"{name}: {status}" for name, status in DOWN.items()]
    assert result.stderr == "unknown, as these do not answer: redis, scanner\n"


def test_workers_lists_workers_and_queues(service: TestServer) -> None:
    queue = {"waiting": 3, "running": 1, "failed": 0, "scheduled": 2, "oldest_at": AT}
    data = {"workers": [WORKER, WORKER | {"job": None}], "queues": {"scan": queue}, "unreachable": []}
    line = f"h.w-0  busy  scan,rescan  last seen {AT}  4 jobs done, 1 failed"
    assert run(service, "workers", data).stdout.splitlines() == [
        f"{line}  runs scan f-1 a?[31m.txt since {AT}",
        line,
        f"queue scan  3 waiting since {AT}, 1 running, 0 failed, 2 scheduled",
    ]
    assert json.loads(run(service, "workers", data, "--json").stdout) == data


def test_workers_reports_that_no_worker_is_running(service: TestServer) -> None:
    data = {"workers": [], "queues": {}, "unreachable": []}
    assert run(service, "workers", data).stdout == "no worker is running: files wait for their scan\n"


def test_workers_names_an_unreachable_redis(service: TestServer) -> None:
    result = run(service, "workers", {"workers": None, "queues": None, "unreachable": ["redis"]})
    assert (result.stdout, result.stderr) == ("", "unknown, as these do not answer: redis\n")


def test_subjects_lists_storage_and_keys(service: TestServer) -> None:
    keys = [
        KEY | {"revoked_at": None},
        KEY | {"expires_at": AT, "last_used_at": AT},
        KEY | {"expires_at": AT, "revoked_at": AT},
    ]
    item = {"subject": "ann", "bytes": 1536, "quota": 1024**3, "keys": keys}
    data = {"items": [item, item | {"quota": None, "keys": []}], "next_cursor": None}
    assert run(service, "subjects", data).stdout.splitlines() == [
        "ann  1.5 KiB of 1.0 GiB",
        "  3f9a  k  read  never expires  never used",
        f"  3f9a  k  read  expires {AT}  last used {AT}",
        f"  3f9a  k  read  revoked {AT}  never used",
        "ann  1.5 KiB",
    ]


def test_usage_lists_counts_and_history(service: TestServer) -> None:
    assert run(service, "usage", USAGE).stdout.splitlines() == [
        f"counted at {AT}",
        *("bytes:", "  clean  2.0 KiB", "files:", "  clean  2", "uploads:"),
        *("subjects:", "  ann  2.0 KiB", "history:", "  2026-01-30  10 B"),
    ]
    assert json.loads(run(service, "usage", USAGE, "--json").stdout) == USAGE
    assert "not counted yet" in usage_before_counting()


def usage_before_counting() -> str:
    with TestServer() as server:
        return run(server, "usage", USAGE | {"counted_at": None}).stdout
