"""What is counted, and under which names: every metric that a process counts itself. docs/monitoring.md shows them.

Labels take few values, all known beforehand: never an id, a name, an address or a path. Under gunicorn the processes
count in files of PROMETHEUS_MULTIPROC_DIR (`service.server`), so that whichever is asked answers for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

REQUEST_SECONDS = Histogram(
    "longshore_request_seconds",
    "Requests, by how long they took",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30),
    registry=REGISTRY,
)
ACCESS_REFUSED = Counter(
    "longshore_access_refused",
    "Calls without a key or token, with a wrong one, without the scope, with a wrong credential, and over a limit",
    ["code"],
    registry=REGISTRY,
)
PARTS_SIGNED = Counter("longshore_parts_signed", "Parts for which a URL was given", registry=REGISTRY)
UPLOADS = Counter(
    "longshore_uploads", "Uploads that were initialized, completed, aborted, failed", ["event"], registry=REGISTRY
)
BYTES_COMPLETED = Counter("longshore_bytes_completed", "Bytes of completed uploads", registry=REGISTRY)
FAILURES = Counter(
    "longshore_dependency_failures",
    "Calls of a part that failed: it was unavailable, refused, busy, read-only, or ended a deadlock",
    ["part", "kind"],
    registry=REGISTRY,
)

SCANS = Counter(
    "longshore_scans",
    "Scans that ended, by verdict; error: none was reached; given_up: every attempt killed its process",
    ["verdict"],
    registry=REGISTRY,
)
SCAN_SECONDS = Histogram(
    "longshore_scan_seconds",
    "Scans, by how long storage's stream and the scanner took",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
    registry=REGISTRY,
)
SCAN_BYTES = Counter("longshore_scan_bytes", "Bytes handed to the scanner", registry=REGISTRY)
REPLACED = Counter(
    "longshore_replaced_objects",
    "Files that were withdrawn because another object lay in the place of theirs",
    registry=REGISTRY,
)
SWEEPS = Counter("longshore_sweeps", "Sweeps; failed: at least one of its steps did", ["outcome"], registry=REGISTRY)
SWEEP_RESULTS = Counter("longshore_sweep_results", "What sweeps did, by kind", ["kind"], registry=REGISTRY)
LAST_SWEEP = Gauge("longshore_last_sweep_timestamp_seconds", "When the last sweep ended", registry=REGISTRY)

DELIVERIES = Counter(
    "longshore_deliveries",
    "Attempts to deliver an event to a webhook: delivered, postponed, failed for good",
    ["outcome"],
    registry=REGISTRY,
)

OF_JOBS = frozenset(
    {
        "longshore_deliveries",
        "longshore_scans",
        "longshore_scan_seconds",
        "longshore_scan_bytes",
        "longshore_sweeps",
        "longshore_sweep_results",
        "longshore_last_sweep_timestamp_seconds",
    }
)
"""What only workers and sweepers count."""
ALSO_OF_JOBS = {
    "longshore_uploads": "longshore_jobs_uploads",
    "longshore_bytes_completed": "longshore_jobs_bytes_completed",
    "longshore_dependency_failures": "longshore_jobs_dependency_failures",
    "longshore_replaced_objects": "longshore_jobs_replaced_objects",
}
"""What the API counts too, and its name for what workers and sweepers counted: those are one sum for all hosts."""

LOOKED_UP = {
    "longshore_up": ("part", "Whether a part is as it should be: 1, or 0 where /api/health/ready says what is wrong"),
    "longshore_queue_jobs": ("queue", "Jobs that wait"),
    "longshore_queue_running": ("queue", "Jobs that run"),
    "longshore_queue_oldest_seconds": ("queue", "For how long the first job has waited"),
    "longshore_uploads_by_state": ("state", "Uploads; ended ones as the sweeper has last counted them"),
    "longshore_deliveries_oldest_seconds": ("state", "For how long the oldest event has been owed to a webhook"),
    "longshore_storage_attacks_let_through": (
        "address",
        "Attacks that storage let through when they were last tried, at its public address and directly",
    ),
    "longshore_held_bytes": ("state", "Bytes that storage holds, as the sweeper has last counted them"),
}
"""Gauges that a scrape looks up (`service.domain.upkeep.observations`): their label, and their help text."""


@contextmanager
def failures_counted(part: str, *unavailable: type[Exception]) -> Iterator[None]:
    """Count these exceptions as failures of a part, on their way through; a decorator too."""
    try:
        yield
    except unavailable:
        FAILURES.labels(part, "unavailable").inc()
        raise
