"""How the service works: its workers, queues, dependencies, last sweep and errors, for operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class WorkerJob:
    """The job that a worker runs. kind: `scan`, `sweep` or `deliver`; None for a job that is not one of ours.

    file_id: of a scan; filename: None if the file was deleted meanwhile.
    """

    id: str
    kind: str | None
    file_id: str | None
    filename: str | None
    started_at: datetime | None


@dataclass(frozen=True)
class WorkerView:
    """A worker process. state: RQ's word, `idle`, `busy`, …; successful, failed: jobs since its start."""

    name: str
    host: str
    pid: int
    state: str
    queues: tuple[str, ...]
    job: WorkerJob | None
    last_heartbeat: datetime | None
    started_at: datetime | None
    successful: int
    failed: int


@dataclass(frozen=True)
class QueueView:
    """The jobs of a queue. scheduled: for later; failed: those that Redis still has. oldest_at: of those that wait."""

    waiting: int
    running: int
    failed: int
    scheduled: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class WorkersView:
    """All workers and queues. None: `unreachable` names what did not answer."""

    workers: Sequence[WorkerView] | None
    queues: Mapping[str, QueueView] | None
    unreachable: Sequence[str] = ()


@dataclass(frozen=True)
class SweepView:
    """A sweep. counts: those of `SweepReport`; errors: the first ones."""

    ended_at: datetime
    counts: Mapping[str, int]
    errors: Sequence[str]


@dataclass(frozen=True)
class ErrorView:
    """An error of a process as its log has it, without secrets. process: its role, host and process id."""

    at: datetime
    process: str
    event: str
    message: str
    request_id: str | None


@dataclass(frozen=True)
class ScannerState:
    """The scanner and its signatures. signatures_at: their date; None if they have none."""

    status: str
    engine: str | None
    signatures: str | None
    signatures_at: datetime | None
    advice: Sequence[str]


@dataclass(frozen=True)
class SafetyState:
    """The last attacks on storage. let_through: those that were not refused, by address (`public`, `direct`)."""

    checked_at: datetime
    let_through: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class OverviewView:
    """The state of the whole service. None: there is none, or `unreachable` names what did not answer."""

    dependencies: Mapping[str, str]
    scanner: ScannerState | None
    storage_safety: SafetyState | None
    sweep: SweepView | None
    errors: Sequence[ErrorView] | None
    dashboard_url: str | None
    unreachable: Sequence[str] = field(default_factory=tuple)
