"""Operators' view of scans that have not ended with a verdict."""

from __future__ import annotations

from service.db.models import File
from service.db.statements.files.scans import page_of_scans
from service.deps import Deps
from service.domain.operators.jobs import jobs_of
from service.domain.scanning.scans import last_error
from service.values import JobView
from service.values.operators.views import ScanPage, ScanState, ScanView
from service.values.states import Verdict


def list_scans(deps: Deps, state: ScanState | None, limit: int, cursor: str | None) -> ScanPage:
    """Return a page of files whose scan runs, waits or has failed, with their jobs, as far as Redis can be reached.

    Of waiting ones, a page may have fewer items than requested. Raises InvalidBodyError for an invalid cursor.
    """
    with deps.db.read() as session:
        rows, following = page_of_scans(session, state, limit, cursor)
    jobs, unreachable = jobs_of(deps, rows)
    return ScanPage([_scan(row, jobs.get(row.id)) for row in rows], following, unreachable)


def _scan(file: File, job: JobView | None) -> ScanView:
    return ScanView(
        file_id=file.id,
        filename=file.filename,
        owner=file.owner,
        size=file.size,
        virus_scan_status=file.virus_scan_status,
        state=_STATES.get(file.virus_scan_status, ScanState.WAITING),
        scan_attempts=file.scan_attempts,
        scan_due_at=file.scan_due_at,
        last_error=last_error(file),
        job=job,
    )


_STATES = {Verdict.SCANNING.value: ScanState.RUNNING, Verdict.ERROR.value: ScanState.FAILED}
