"""The operators' view of workers, queues and the state of the service, also while parts are down."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from service.db.cached.safety import SafetyMemory
from service.domain.upkeep.sweep import sweep
from service.errors import QueueUnavailableError
from service.scanner.clamd.signatures import date_of_signatures
from service.values import ScannerHealth, SweepReport
from service.values.operators.operations import ErrorView, WorkerJob, WorkerView
from tests.support.matchers import A_TIME, success
from tests.support.service_under_test import App, rebuilt

OVERVIEW, WORKERS = "/api/v1/admin/overview", "/api/v1/admin/workers"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
AT_TEXT = "2026-01-02T03:04:05Z"
WORKER = WorkerView("h.1.worker-0", "h", 17, "busy", ("scan", "rescan"), None, AT, None, 41, 1)
SHOWN = {
    **{"name": "h.1.worker-0", "host": "h", "pid": 17, "state": "busy", "queues": ["scan", "rescan"], "job": None},
    **{"last_heartbeat": AT_TEXT, "started_at": None, "successful": 41, "failed": 1},
}
EMPTY_QUEUE = {"waiting": 0, "running": 0, "failed": 0, "scheduled": 0, "oldest_at": None}
ERROR = ErrorView(AT, "worker h 17", "scan_given_up", "file_id=1", None)


class Errors:
    """A list of errors; `down` makes it unreachable."""

    def __init__(self, *errors: ErrorView, down: bool = False) -> None:
        self.errors, self.down = errors, down

    def read(self) -> list[ErrorView]:
        if self.down:
            raise QueueUnavailableError
        return list(self.errors)


def overview(app: App) -> Any:
    answer = app.client.get(OVERVIEW)
    assert answer.status_code == 200
    return answer.json["data"]


def test_workers_are_listed_with_the_names_of_their_files(app: App) -> None:
    file_id, unknown = str(app.upload()["id"]), "5f3c1c7e-8f6d-4a5e-b0c4-7d1f0a9e2c33"
    jobs = [
        WorkerJob(f"scan-{file_id}", "scan", file_id, None, AT),
        WorkerJob(f"scan-{unknown}", "scan", unknown, None, AT),
        WorkerJob("sweep", "sweep", None, None, None),
        None,
    ]
    app.queue.working = [replace(WORKER, job=job) for job in jobs]
    shared = {"started_at": AT_TEXT, "kind": "scan", "filename": None}
    shown = [
        shared | {"id": f"scan-{file_id}", "file_id": file_id, "filename": "hello.txt"},
        shared | {"id": f"scan-{unknown}", "file_id": unknown},
        {"id": "sweep", "kind": "sweep", "file_id": None, "filename": None, "started_at": None},
        None,
    ]
    assert app.client.get(WORKERS).json == success(
        {
            "workers": [SHOWN | {"job": job} for job in shown],
            "queues": {"scan": EMPTY_QUEUE | {"waiting": 1}, "rescan": EMPTY_QUEUE},
            "unreachable": [],
        }
    )


def test_workers_without_redis_are_unknown(app: App) -> None:
    app.queue.down = True
    assert app.client.get(WORKERS).json == success({"workers": None, "queues": None, "unreachable": ["redis"]})


def test_the_overview_has_health_errors_and_the_last_sweep(app: App) -> None:
    watched = rebuilt(app.with_settings(dashboard_url="https://queue.example"), errors=Errors(ERROR))
    before = overview(watched)
    assert before == {
        "dependencies": {"database": "ok", "storage": "ok", "redis": "ok", "scanner": "ok"},
        "scanner": {
            "status": "ok",
            "engine": "Fake 1.0",
            "signatures": "1",
            "signatures_at": None,
            "advice": [],
        },
        "storage_safety": {"checked_at": A_TIME, "let_through": {"public": []}},
        "sweep": None,
        "errors": [
            {
                "at": AT_TEXT,
                "process": "worker h 17",
                "event": "scan_given_up",
                "message": "file_id=1",
                "request_id": None,
            }
        ],
        "dashboard_url": "https://queue.example",
        "unreachable": [],
    }
    watched.init()
    watched.clock.forward(watched.deps.settings.upload_ttl + 1)
    sweep(watched.deps)
    counts = {each.name: 0 for each in fields(SweepReport) if each.name not in {"stored", "errors"}}
    swept = {"ended_at": A_TIME, "errors": [], **counts, "expired_uploads": 1, "removed": 1}
    assert overview(watched)["sweep"] == swept


def test_the_overview_has_the_errors_of_the_last_sweep(app: App) -> None:
    app.upload()
    app.clock.forward(3600)
    app.queue.down = True
    report = sweep(app.deps)
    assert report.errors
    app.queue.down = False
    assert overview(app)["sweep"]["errors"] == report.errors


@pytest.mark.parametrize(
    ("part", "nothing"),
    [("redis", {"errors"}), ("scanner", {"scanner"}), ("database", {"storage_safety", "sweep"}), ("storage", set())],
)
def test_values_of_a_dependency_that_is_down_are_unknown(app: App, part: str, nothing: set[str]) -> None:
    sweep(app.deps)
    app.queue.down, app.scanner.down = part == "redis", part == "scanner"
    down = {"storage": app.without_storage, "database": app.without_database}.get(part, lambda: app)()
    real = rebuilt(down, safety=SafetyMemory()) if part == "database" else down
    found = overview(rebuilt(real, errors=Errors(down=part == "redis")))
    assert {name for name in ("errors", "scanner", "storage_safety", "sweep") if found[name] is None} == nothing
    assert found["unreachable"] == ([part] if nothing else [])
    assert [name for name, status in found["dependencies"].items() if status != "ok"] == [part]


def test_without_a_scanner_its_status_is_off(app: App) -> None:
    found = overview(rebuilt(app, scanner=None))
    assert (found["scanner"]["status"], found["unreachable"], found["dashboard_url"]) == ("off", [], None)


def test_an_unsafe_scanner_has_advice(app: App) -> None:
    unsafe = ScannerHealth(
        "unsafe", "ClamAV 1.4.3", "27654, Fri Jan 30 09:36:12 2026", 5, ("Set AlertExceedsMax yes.",)
    )
    app.scanner.health = lambda: unsafe  # type: ignore[method-assign]
    assert overview(app)["scanner"] == {
        "status": "unsafe",
        "engine": "ClamAV 1.4.3",
        "signatures": "27654, Fri Jan 30 09:36:12 2026",
        "signatures_at": "2026-01-30T09:36:12Z",
        "advice": ["Set AlertExceedsMax yes."],
    }


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("ClamAV 1.4.3/27800/Tue Nov  3 09:26:45 2026", datetime(2026, 11, 3, 9, 26, 45, tzinfo=UTC)),
        ("27654, Fri Jan 30 09:36:12 2026", datetime(2026, 1, 30, 9, 36, 12, tzinfo=UTC)),
        ("ClamAV 1.4.3", None),
        ("1, Fri Jan 32 09:36:12 2026", None),
        ("", None),
    ],
)
def test_the_date_of_signatures_is_parsed(text: str, at: datetime | None) -> None:
    assert date_of_signatures(text) == at
