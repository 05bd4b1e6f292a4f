"""All metrics that a process counts itself; docs/monitoring.md lists them.

Labels have few values, all known in advance: never an id, a name, an address or a path. Under gunicorn the processes
count in files of PROMETHEUS_MULTIPROC_DIR (`service.server`), so that each of them can report for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

REQUEST_SECONDS = Histogram(
    "longshore_request_seconds",
    "Duration of requests",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30),
    registry=REGISTRY,
)
ACCESS_REFUSED = Counter(
    "longshore_access_refused",
    "Refused requests: no or invalid key or token, missing scope, wrong credential, or over a rate limit",
    ["code"],
    registry=REGISTRY,
)
PARTS_SIGNED = Counter("longshore_parts_signed", "Parts for which a URL was signed", registry=REGISTRY)
UPLOADS = Counter(
    "longshore_uploads",
    "Uploads that were initialized, completed or aborted, or that failed, by policy",
    ["event", "policy"],
    registry=REGISTRY,
)
POLICY_REFUSED = Counter(
    "longshore_policy_refused",
    "Requests that a rule of an upload policy refused",
    ["policy", "rule"],
    registry=REGISTRY,
)
LINK_USES = Counter(
    "longshore_link_uses",
    "Uses of links to files: redirected, or the code of the error",
    ["outcome"],
    registry=REGISTRY,
)
BYTES_COMPLETED = Counter("longshore_bytes_completed", "Bytes of completed uploads", registry=REGISTRY)
FAILURES = Counter(
    "longshore_dependency_failures",
    "Failed calls of a dependency: unavailable, refused, busy, read-only, or a deadlock",
    ["part", "kind"],
    registry=REGISTRY,
)

SCANS = Counter(
    "longshore_scans",
    "Finished scans by verdict; error: no verdict; given_up: every attempt killed its process",
    ["verdict"],
    registry=REGISTRY,
)
SCAN_SECONDS = Histogram(
    "longshore_scan_seconds",
    "Duration of scans: storage's stream and the scanner",
    ["scanner"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
    registry=REGISTRY,
)
SCAN_BYTES = Counter("longshore_scan_bytes", "Bytes sent to the scanner", ["scanner"], registry=REGISTRY)
REPLACED = Counter(
    "longshore_replaced_objects",
    "Files that were withdrawn because their object was replaced",
    registry=REGISTRY,
)
SWEEPS = Counter("longshore_sweeps", "Sweeps; failed: at least one step failed", ["outcome"], registry=REGISTRY)
SWEEP_RESULTS = Counter("longshore_sweep_results", "Results of sweeps by kind", ["kind"], registry=REGISTRY)
LAST_SWEEP = Gauge("longshore_last_sweep_timestamp_seconds", "When the last sweep ended", registry=REGISTRY)

DELIVERIES = Counter(
    "longshore_deliveries",
    "Attempts to deliver an event to a webhook: delivered, postponed, failed",
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
"""Metrics that only workers and sweepers count."""
ALSO_OF_JOBS = {
    "longshore_uploads": "longshore_jobs_uploads",
    "longshore_bytes_completed": "longshore_jobs_bytes_completed",
    "longshore_dependency_failures": "longshore_jobs_dependency_failures",
    "longshore_replaced_objects": "longshore_jobs_replaced_objects",
}
"""Metrics that the API also counts, and their names for the sum of all workers and sweepers."""

LOOKED_UP = {
    "longshore_up": ("part", "1 if the dependency is healthy, else 0; /api/health/ready shows the reason"),
    "longshore_queue_jobs": ("queue", "Waiting jobs"),
    "longshore_queue_running": ("queue", "Running jobs"),
    "longshore_queue_oldest_seconds": ("queue", "Waiting time of the first job"),
    "longshore_uploads_by_state": ("state", "Uploads by state; ended ones as of the sweeper's last count"),
    "longshore_deliveries_oldest_seconds": ("state", "Age of the oldest event that is not delivered yet"),
    "longshore_storage_attacks_let_through": (
        "address",
        "Attacks that storage did not reject in the last check, at its public and direct address",
    ),
    "longshore_signatures_timestamp_seconds": ("scanner", "Date of the scanner's signatures, if it reports one"),
    "longshore_stored_bytes": ("state", "Bytes in storage, as of the sweeper's last count"),
}
"""Gauges that are looked up for each request (`service.domain.upkeep.observations`): label and description."""

OLD_NAMES = {"longshore_stored_bytes": "longshore_held_bytes"}
"""Gauges of LOOKED_UP that are also shown by the name that they had before; the next release drops it."""


@contextmanager
def failures_counted(part: str, *unavailable: type[Exception]) -> Iterator[None]:
    """Count these exceptions as failures of a part, and raise them again; also a decorator."""
    try:
        yield
    except unavailable:
        FAILURES.labels(part, "unavailable").inc()
        raise
