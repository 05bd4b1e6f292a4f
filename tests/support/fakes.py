"""Fakes of dependencies. Each passes the contract test of the real one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from service.db.cached.safety import StorageSafety
from service.errors import QueueUnavailableError, ScannerUnavailableError
from service.observability.counters import Sample
from service.scanner import ScanFailedError
from service.values import Backlog, JobView, ScannerHealth, ScanVerdict
from service.values.operators.operations import QueueView, WorkerView

SIGNATURE = b"not-really-a-virus"


class FakeClock:
    """A clock that tests move; pausing moves it, too."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class FakeQueue:
    """A queue with jobs' states by file id; `down` makes it unreachable, `full` makes it refuse jobs."""

    jobs: dict[str, str] = field(default_factory=dict)
    sweeps: int = 0
    deliveries: list[str] = field(default_factory=list)
    down: bool = False
    full: bool = False
    again: set[str] = field(default_factory=set)
    progress: dict[str, int] = field(default_factory=dict)
    working: list[WorkerView] = field(default_factory=list)

    def disconnect(self) -> None:
        pass

    def enqueue_scan(
        self,
        file_id: str,
        size: int,
        attempts: int = 0,
        last_error: str | None = None,
        *,
        again: bool = False,
        filename: str = "",
    ) -> bool:
        self.ping()
        if self.has_live_scan(file_id):
            return False
        if self.full:
            raise QueueUnavailableError
        self.jobs[file_id] = "queued"
        if again:
            self.again.add(file_id)
        return True

    def note_progress(self, file_id: str, scanned_bytes: int) -> None:
        self.ping()
        self.progress[file_id] = scanned_bytes

    def scan_progress(self, file_id: str) -> int | None:
        self.ping()
        return self.progress.get(file_id)

    def scan_job(self, file_id: str) -> JobView | None:
        self.ping()
        if file_id not in self.jobs:
            return None
        return JobView(f"scan-{file_id}", self.jobs[file_id], None, None, None)

    def scan_jobs(self, file_ids: Sequence[str]) -> dict[str, JobView]:
        self.ping()
        return {file_id: job for file_id in file_ids if (job := self.scan_job(file_id)) is not None}

    def has_live_scan(self, file_id: str) -> bool:
        self.ping()
        return self.jobs.get(file_id) in {"queued", "started", "scheduled", "deferred"}

    def clean_up_dead_jobs(self) -> None:
        self.ping()

    def backlogs(self) -> dict[str, Backlog]:
        self.ping()
        again = [file_id for file_id in self.again if self.jobs.get(file_id) == "queued"]
        return {"scan": Backlog(len(self.jobs), 0, None), "rescan": Backlog(len(again), 0, None)}

    def queues(self) -> dict[str, QueueView]:
        return {
            name: QueueView(each.waiting, each.running, 0, 0, each.oldest) for name, each in self.backlogs().items()
        }

    def workers(self) -> list[WorkerView]:
        self.ping()
        return list(self.working)

    def request_sweep(self) -> None:
        self.ping()
        self.sweeps += 1

    def request_deliveries(self, endpoint: str) -> bool:
        self.ping()
        if endpoint in self.deliveries:
            return False
        self.deliveries.append(endpoint)
        return True

    def ping(self) -> None:
        if self.down:
            raise QueueUnavailableError


@dataclass
class FakeCounters:
    """Counters in this process; `down` makes them unreachable."""

    kept: dict[Sample, float] = field(default_factory=dict)
    down: bool = False

    def add(self, amounts: Mapping[Sample, float], latest: Mapping[Sample, float]) -> None:
        before = self.read()
        self.kept.update({sample: before.get(sample, 0.0) + amount for sample, amount in amounts.items()})
        self.kept.update(latest)

    def read(self) -> dict[Sample, float]:
        if self.down:
            raise QueueUnavailableError
        return dict(self.kept)


@dataclass
class FakeChecksums:
    """A probe's result: storage checks these algorithms."""

    algorithms: frozenset[str] = frozenset({"SHA256", "CRC32", "CRC32C", "CRC64NVME"})

    def enforces(self, algorithm: str) -> bool:
        return algorithm in self.algorithms

    def enforced(self) -> frozenset[str]:
        return self.algorithms


@dataclass
class FakeSafety:
    """Record that every attack on the public address was just tried and refused; one_put: and what permits one PUT."""

    one_put: bool = False

    def last(self, _db: object, now: datetime, _tried_on: str) -> StorageSafety:
        return StorageSafety(now, {"public": ()}, {}, {"public": ()} if self.one_put else {})


@dataclass
class FakeScanner:
    """A scanner that finds SIGNATURE; `down` makes it unreachable, `says` replaces its verdict."""

    max_size: int = 1024
    down: bool = False
    says: ScanVerdict | None = None
    signatures: str = "1"
    name: str = "clamd"

    def scan(self, pieces: Iterator[bytes], size: int) -> ScanVerdict:
        engine = self.health()
        body = b"".join(pieces)
        if len(body) != size:
            raise ScanFailedError(f"storage returned {len(body)} of {size} bytes")
        verdict = ScanVerdict("infected", "Fake-Virus") if SIGNATURE in body else ScanVerdict("clean")
        return replace(self.says or verdict, engine=engine)

    def health(self) -> ScannerHealth:
        if self.down:
            raise ScannerUnavailableError
        return ScannerHealth("ok", "Fake 1.0" if self.name == "clamd" else self.name, self.signatures, self.max_size)

    def disconnect(self) -> None:
        """It has no connection."""

    def version(self) -> str:
        self.health()
        return f"Fake 1.0/{self.signatures}/Fri Jan  2 03:04:05 2026"

    def checked_health(self) -> ScannerHealth:
        return self.health()
