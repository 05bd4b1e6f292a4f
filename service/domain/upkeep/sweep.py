"""The sweeper: finish what crashes and outages left unfinished. Bounded, idempotent, safe in parallel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.crashpoints import reach
from service.db.statements.execution import batches
from service.db.statements.files.scans import due_scans
from service.db.statements.transitions.scans import move_scan_due
from service.db.statements.uploads import expired_uploads, stuck_completions
from service.deps import Deps
from service.domain.accounts.grants import delete_old_grants
from service.domain.accounts.quota import recount_usages
from service.domain.adoptions.turns import continue_adoptions
from service.domain.decisions.ended_entries import reopen_files_of_ended_entries
from service.domain.decisions.retention import delete_old_decisions, delete_old_entries_of_allowlist
from service.domain.decisions.turns import continue_decisions
from service.domain.files.deletion import expire_files, files_to_expire
from service.domain.files.links import delete_old_links
from service.domain.files.replacements import files_to_replace, replace_old_file
from service.domain.records.objects.pending_deletions import settle_pending_deletions
from service.domain.scanning.failures import SCAN_GRACE
from service.domain.scanning.rescans import plan_rescans
from service.domain.scanning.scans import queue_scan
from service.domain.upkeep.audit_chain import delete_old_entries, seal_entries
from service.domain.upkeep.detail_index import index_details
from service.domain.upkeep.empty_folders import delete_empty_folders
from service.domain.upkeep.last_sweep import note_sweep
from service.domain.upkeep.orphans import look_for_orphans
from service.domain.upkeep.storage_usage import count_storage_usage
from service.domain.uploads.closing import close_upload
from service.domain.uploads.completion.complete import resume_completion
from service.domain.uploads.completion.failures import end_overdue_completion
from service.domain.webhooks.deliveries import requeue_deliveries
from service.errors import DatabaseBusyError, ServiceError
from service.observability.logs import get_logger
from service.observability.metrics import LAST_SWEEP, SWEEP_RESULTS, SWEEPS
from service.values import SweepReport
from service.values.states import UploadState

log = get_logger(__name__)

LIMIT = 1000
"""Maximum of each kind per sweep."""
BATCHES = 10
"""Maximum batches of LIMIT pending deletions per sweep: a deleted file has several; storage takes 1,000 in a call."""
EXPIRED_AT_ONCE = 100
"""Expired files that one transaction deletes."""


def sweep(deps: Deps) -> SweepReport:
    """Run one sweep of all steps. A failed step is reported and does not stop the others."""
    report = SweepReport()
    for step in STEPS:
        try:
            step(deps, report)
        except ServiceError as error:
            report.errors.append(f"{step.__name__}: {error.code}")
        except Exception as error:  # the other steps must run after any error
            log.exception("sweep_step_failed", step=step.__name__)
            report.errors.append(f"{step.__name__}: {type(error).__name__}")
    said = _fields(report)
    _count(deps, report)
    note_sweep(deps, report)
    log.info("sweep_finished", **said)
    return report


def _count(deps: Deps, report: SweepReport) -> None:
    SWEEPS.labels("failed" if report.errors else "ok").inc()
    LAST_SWEEP.set(deps.clock().timestamp())
    for kind, value in vars(report).items():
        if isinstance(value, int):
            SWEEP_RESULTS.labels(kind).inc(value)


def as_words(report: SweepReport) -> str:
    """Format the report as one line of name=value, with `stored_clean=…` and so on for the bytes of each state."""
    return " ".join(f"{name}={value}" for name, value in _fields(report).items())


def _fields(report: SweepReport) -> dict[str, object]:
    words = vars(report) | {f"stored_{state}": size for state, size in report.stored.items()}
    return {name: value for name, value in words.items() if name != "stored"}


@contextmanager
def _item(report: SweepReport, what: str) -> Iterator[None]:
    """Process one item of a step: if other processes have its rows locked, the step continues with the next one."""
    try:
        yield
    except DatabaseBusyError as error:
        report.errors.append(f"{what}: {error.code}")


def finish_completions(deps: Deps, report: SweepReport) -> None:
    """Finish completions whose process died."""
    with deps.db.read() as session:
        stuck = stuck_completions(session, deps.clock(), LIMIT)
    for upload in stuck:
        try:
            report.finished_completions += resume_completion(deps, upload) is not None
        except Exception as error:  # the other completions must run after any error
            reason = error.code if isinstance(error, ServiceError) else type(error).__name__
            report.errors.append(f"completion of {upload.id}: {reason}")
            if not isinstance(error, ServiceError):
                log.exception("completion_not_finished", upload_id=upload.id)
            end_overdue_completion(deps, upload, reason)


def scan_again(deps: Deps, report: SweepReport) -> None:
    """Schedule files that were scanned with older signatures."""
    report.rescans += plan_rescans(deps)


def replace_files(deps: Deps, report: SweepReport) -> None:
    """Delete the old files of those that may be downloaded, and did not replace them yet."""
    for file_id in files_to_replace(deps, LIMIT):
        with _item(report, f"replacement by {file_id}"):
            report.replacements += len(replace_old_file(deps, file_id))


def requeue_scans(deps: Deps, report: SweepReport) -> None:
    """Queue scans that are due without a job: never queued, lost with Redis, or failed after their retries."""
    with deps.db.read() as session:
        waiting = due_scans(session, deps.clock(), LIMIT)
    if not waiting:
        return
    deps.queue.clean_up_dead_jobs()
    for file in waiting:
        with _item(report, f"scan of {file.id}"):
            due = deps.clock() + SCAN_GRACE
            mine = deps.db.transact(move_scan_due, file.id, file.scan_due_at, due)
            if mine and queue_scan(deps, file, due):
                report.queued_scans += 1
                reach("requeue.queued")


def expire_uploads(deps: Deps, report: SweepReport) -> None:
    """Expire open uploads whose time is up, and delete their parts."""
    with deps.db.read() as session:
        expired = expired_uploads(session, deps.clock(), LIMIT)
    for upload in expired:
        reach("expire.begun")
        with _item(report, f"expiry of {upload.id}"):
            why = "the upload expired"
            report.expired_uploads += deps.db.transact(close_upload, deps, upload, UploadState.EXPIRED, why)
        reach("expire.closed")


def delete_expired_files(deps: Deps, report: SweepReport) -> None:
    """Delete files whose time is up, except those with a legal hold."""
    expired, now = files_to_expire(deps, LIMIT)
    for some in batches(expired, EXPIRED_AT_ONCE):
        reach("retention.begun")
        with _item(report, f"expiry of {some[0]} and others"):
            report.expired_files += expire_files(deps, some, now)
        reach("retention.forgotten")


def forget_old_grants(deps: Deps, report: SweepReport) -> None:
    """Delete grants that expired long ago."""
    report.forgotten_grants += delete_old_grants(deps, LIMIT)


def forget_old_links(deps: Deps, report: SweepReport) -> None:
    """Delete links that ended some weeks ago."""
    report.forgotten_links += delete_old_links(deps, LIMIT)


def keep_audit_log(deps: Deps, report: SweepReport) -> None:
    """Seal the new entries of the audit log, and delete old ones."""
    report.sealed_audits += seal_entries(deps, LIMIT, BATCHES)
    report.forgotten_audits += delete_old_entries(deps, LIMIT)


def carry_out_decisions(deps: Deps, report: SweepReport) -> None:
    """Continue operators' decisions, and scan files again whose entry of the allow-list has ended."""
    report.reopened_files += reopen_files_of_ended_entries(deps, LIMIT)
    continue_decisions(deps, report)


def forget_old_decisions(deps: Deps, report: SweepReport) -> None:
    """Delete operators' decisions and entries of the allow-list that ended long ago."""
    report.forgotten_decisions += delete_old_decisions(deps, LIMIT)
    report.forgotten_entries += delete_old_entries_of_allowlist(deps, LIMIT)


def adopt_objects(deps: Deps, report: SweepReport) -> None:
    """Continue the adoptions of objects."""
    continue_adoptions(deps, report)


def settle(deps: Deps, report: SweepReport) -> None:
    """Do pending deletions."""
    report.removed += settle_pending_deletions(deps, LIMIT, BATCHES)


STEPS: tuple[Callable[[Deps, SweepReport], None], ...] = (
    finish_completions,
    scan_again,
    carry_out_decisions,
    adopt_objects,
    replace_files,
    requeue_scans,
    expire_uploads,
    delete_expired_files,
    requeue_deliveries,
    forget_old_grants,
    index_details,
    forget_old_links,
    look_for_orphans,
    settle,
    count_storage_usage,
    recount_usages,
    keep_audit_log,
    forget_old_decisions,
    delete_empty_folders,
)
"""The steps in this order, so that pending deletions of a step are done by the same sweep."""
