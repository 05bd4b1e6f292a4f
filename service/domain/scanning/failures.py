"""Scans without a verdict: when they are retried, and when they fail for the last time."""

from __future__ import annotations

from datetime import timedelta

from service.crashpoints import reach
from service.db.models import File
from service.db.statements.transitions.scans import move_scan_due, write_verdict
from service.deps import Deps
from service.domain.records import audit
from service.domain.records.backoff import wait_after
from service.domain.webhooks.events import file_event, send_soon
from service.errors import ServiceError
from service.observability.logs import get_logger
from service.observability.metrics import SCANS
from service.values.operators.audit import Action
from service.values.states import RESCANNED, Verdict

log = get_logger(__name__)

SCAN_GRACE = timedelta(minutes=2)
"""Time after queueing during which the sweeper does not check whether the job still exists."""
ERROR_WAIT = timedelta(seconds=5)
"""Delay after a failed scan until the sweeper requests the next, doubled by every attempt, at most MAX_ERROR_WAIT."""
MAX_ERROR_WAIT = timedelta(minutes=30)
MAX_RESCAN_WAIT = timedelta(days=1)
"""The same for a file that has its verdict, for which no client waits."""
MAX_UNFINISHED = 5
"""Attempts in a row that may end without a verdict or an error because their process was killed."""
GIVEN_UP = (
    f"not scanned: {MAX_UNFINISHED} scans in a row ended without an error, for example because the worker ran out of"
    " memory. Retry to scan the file again."
)
"""The file's `virus_scan_result`."""


def note_failure(deps: Deps, file: File, token: str, reason: str) -> None:
    """Record that there is no verdict yet; if that fails, the sweeper finds the scan still due."""
    try:
        with deps.db.write() as session:
            due = deps.clock() + _wait_after(file)
            if not write_verdict(session, file.id, token, Verdict.ERROR, scan_due_at=due, virus_scan_result=reason):
                # a file that is scanned again keeps its verdict
                move_scan_due(session, file.id, file.scan_due_at, due)
    except ServiceError as error:
        log.warning("scan_failure_not_noted", file_id=file.id, reason=error.code)
    reach("scan.failure_noted")
    SCANS.labels(Verdict.ERROR).inc()
    log.warning("scan_failed", file_id=file.id, attempt=file.scan_attempts, reason=reason)


def end_attempts(deps: Deps, file: File, token: str) -> str:
    """End the attempts for a file that kills every process that scans it: it is not served until a client's retry."""
    with deps.db.write() as session:
        written = write_verdict(session, file.id, token, Verdict.ERROR, scan_due_at=None, virus_scan_result=GIVEN_UP)
        if written:
            audit.record(session, deps.clock(), audit.SCANNER, Action.GIVEN_UP, file.id, GIVEN_UP)
            file_event(session, deps, "file.scan_failed", [file.id])
    if not written:
        return "overtaken"
    SCANS.labels("given_up").inc()
    log.error("scan_given_up", file_id=file.id, attempts=file.scan_attempts, reason=GIVEN_UP)
    send_soon(deps)
    return "failed"


def postpone_next(deps: Deps, file: File) -> None:
    """Delay the next attempt as after a failure: a killed process cannot record its failure."""
    wait = max(_wait_after(file), SCAN_GRACE * 2 ** max(file.unfinished_scans - 1, 0))
    if wait <= SCAN_GRACE:
        return
    due = deps.clock() + wait
    with deps.db.write() as session:
        if move_scan_due(session, file.id, file.scan_due_at, due):
            file.scan_due_at = due


def _wait_after(file: File) -> timedelta:
    """Return how long the sweeper waits after the last counted attempt."""
    longest = MAX_RESCAN_WAIT if file.virus_scan_status in RESCANNED else MAX_ERROR_WAIT
    return wait_after(file.scan_attempts, ERROR_WAIT, longest)
