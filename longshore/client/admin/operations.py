"""How the service works: its workers and queues, dependencies, last sweep and errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from longshore.client.admin.calls import Calls
from longshore.client.values import load


@dataclass(frozen=True)
class WorkerJob:
    """The job that a worker runs. kind: `scan`, `sweep` or `deliver`; file_id, filename: of a scan."""

    id: str
    kind: str | None
    file_id: str | None = None
    filename: str | None = None
    started_at: str | None = None


@dataclass(frozen=True)
class Worker:
    """A worker process. state: `idle`, `busy`, …; successful, failed: jobs since its start."""

    name: str
    host: str
    pid: int
    state: str
    queues: list[str]
    job: WorkerJob | None
    last_heartbeat: str | None
    started_at: str | None
    successful: int
    failed: int


@dataclass(frozen=True)
class Queue:
    """The jobs of a queue. oldest_at: when the first one that waits was queued."""

    waiting: int
    running: int
    failed: int
    scheduled: int
    oldest_at: str | None = None


@dataclass(frozen=True)
class Workers:
    """Workers, and queues by name; None: unknown, as `unreachable` did not answer."""

    workers: list[Worker] | None
    queues: dict[str, Queue] | None
    unreachable: list[str]


@dataclass(frozen=True)
class ErrorEntry:
    """An error that a process of the service logged."""

    at: str
    process: str
    event: str
    message: str
    request_id: str | None = None


@dataclass(frozen=True)
class Overview:
    """The state of the service.

    dependencies: `ok`, or what is wrong, by name. scanner: status, engine, signatures, signatures_at, advice.
    storage_safety: checked_at, and let_through by address. sweep: ended_at, errors, and its counts by name. errors:
    newest first. None: there is none, or `unreachable` did not answer. dashboard_url: of rq-dashboard.
    """

    dependencies: dict[str, str]
    scanner: dict[str, Any] | None
    storage_safety: dict[str, Any] | None
    sweep: dict[str, Any] | None
    errors: list[ErrorEntry] | None
    dashboard_url: str | None
    unreachable: list[str]


class OperationCalls(Calls):
    """See how the service works."""

    def workers(self) -> Workers:
        """Return the workers with the jobs that they run, and the queues."""
        found = load(Workers, self._call("GET", "/workers"))
        queues = None if found.queues is None else {name: load(Queue, one) for name, one in found.queues.items()}
        workers = None if found.workers is None else [_worker(one) for one in found.workers]
        return load(Workers, vars(found) | {"workers": workers, "queues": queues})

    def overview(self) -> Overview:
        """Return the state of the service: dependencies, signatures, last sweep, last errors."""
        found = load(Overview, self._call("GET", "/overview"))
        errors = None if found.errors is None else [load(ErrorEntry, one) for one in found.errors]
        return load(Overview, vars(found) | {"errors": errors})


def _worker(data: Any) -> Worker:
    found = load(Worker, data)
    return load(Worker, vars(found) | {"job": None if found.job is None else load(WorkerJob, found.job)})
