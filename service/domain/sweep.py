"""The sweeper does what a crash or a part that was down left owed. Bounded, idempotent, safe in parallel."""

from __future__ import annotations

import logging
from collections.abc import Callable

from service.db.queries import expired_uploads, owed_scans, postpone_scan, stuck_completions
from service.deps import Deps
from service.domain.completion import resume_completion
from service.domain.removals import settle_removals
from service.domain.scans import SCAN_GRACE
from service.domain.states import UploadState
from service.domain.uploads import close_upload
from service.errors import LongshoreError
from service.values import SweepReport

log = logging.getLogger(__name__)

LIMIT = 1000
"""Things of each kind that one sweep takes on."""


def sweep(deps: Deps) -> SweepReport:
    """One round of all of it. A kind that fails is said in the report and does not keep the others from their turn."""
    report = SweepReport()
    steps: list[Callable[[Deps, SweepReport], None]] = [finish_completions, requeue_scans, expire_uploads, settle]
    for step in steps:
        try:
            step(deps, report)
        except LongshoreError as error:
            report.errors.append(f"{step.__name__}: {error.code}")
    log.info("sweep_finished %s", " ".join(f"{name}={value}" for name, value in vars(report).items()))
    return report


def finish_completions(deps: Deps, report: SweepReport) -> None:
    """Completions whose process died half-way."""
    with deps.db.read() as session:
        stuck = stuck_completions(session, deps.clock(), LIMIT)
    for upload in stuck:
        try:
            report.finished_completions += resume_completion(deps, upload) is not None
        except LongshoreError as error:
            report.errors.append(f"completion of {upload.id}: {error.code}")


def requeue_scans(deps: Deps, report: SweepReport) -> None:
    """Scans that are owed and that no job is at: never queued, lost with Redis, or given up after their retries."""
    with deps.db.read() as session:
        owed = owed_scans(session, deps.clock(), LIMIT)
    if not owed:
        return
    deps.queue.give_up_dead_scans()
    for file in owed:
        live = deps.queue.has_live_scan(file.id)
        if not live:
            deps.queue.enqueue_scan(file.id, file.size)
            report.queued_scans += 1
        with deps.db.write() as session:
            postpone_scan(session, file.id, file.scan_due_at, deps.clock() + SCAN_GRACE)


def expire_uploads(deps: Deps, report: SweepReport) -> None:
    """Open uploads whose time is up: storage has to forget their parts."""
    with deps.db.read() as session:
        expired = expired_uploads(session, deps.clock(), LIMIT)
    for upload in expired:
        with deps.db.write() as session:
            report.expired_uploads += close_upload(session, deps, upload, UploadState.EXPIRED, "its time was up")


def settle(deps: Deps, report: SweepReport) -> None:
    """What storage has to forget."""
    report.removed += settle_removals(deps, LIMIT)
