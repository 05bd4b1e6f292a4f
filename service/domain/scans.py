"""Scanning: a file's verdict, and what follows from it. Only an explicit OK for exactly the file's bytes is clean."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from service.db.models import File, Removal
from service.db.queries import claim_scan, removal, set_verdict
from service.deps import Deps
from service.disposition import content_disposition, served_content_type
from service.domain.files import place_of_file
from service.domain.ids import new_id
from service.domain.removals import settle_at_once
from service.domain.states import Verdict
from service.errors import LongshoreError
from service.scanner import ScanFailedError
from service.storage.replies import ObjectChangedError
from service.values import Location, ScanVerdict

log = logging.getLogger(__name__)

SCAN_GRACE = timedelta(minutes=2)
"""After it was queued, for how long a scan is left alone before the sweeper looks whether its job is still there."""
ERROR_WAIT = timedelta(seconds=5)
"""Doubled by every attempt: how long after a failed one the sweeper asks for the next, MAX_ERROR_WAIT at most."""
MAX_ERROR_WAIT = timedelta(minutes=30)

_OPEN = (Verdict.PENDING, Verdict.SCANNING, Verdict.ERROR)


def queue_scan(deps: Deps, file: File) -> None:
    """Queue a file's scan. With Redis down nothing is lost: the row says that the scan is owed, a sweep queues it."""
    try:
        deps.queue.enqueue_scan(file.id, file.size)
    except LongshoreError as error:
        log.warning("scan_not_queued file_id=%s reason=%s", file.id, error.code)


def scan_file(deps: Deps, file_id: str) -> str:
    """Scan a file, write its verdict and act on it; returns the verdict. A file that is gone or done is left alone.

    Raises ScanFailedError and the errors of storage, scanner and database: the queue then tries again.
    """
    token = new_id()
    now = deps.clock()
    with deps.db.write() as session:
        due = now + SCAN_GRACE
        if not claim_scan(session, file_id, token, _OPEN, virus_scan_status=Verdict.SCANNING, scan_due_at=due):
            return "nothing to scan"
    with deps.db.read() as session:
        file = session.get(File, file_id)
    if file is None:
        return "deleted"
    try:
        verdict = _verdict(deps, file)
        return _apply(deps, file, token, verdict)
    except (ScanFailedError, ObjectChangedError, LongshoreError) as error:
        _note_failure(deps, file, token, str(error))
        raise


def _verdict(deps: Deps, file: File) -> ScanVerdict:
    if deps.scanner is None:
        return ScanVerdict(Verdict.DISABLED, "scanning is off")
    if file.size > deps.scanner.max_size:
        return ScanVerdict(Verdict.UNSCANNABLE, f"too_large: over {deps.scanner.max_size} bytes")
    return deps.scanner.scan(deps.storage.read(place_of_file(file), file.etag), file.size)


def _apply(deps: Deps, file: File, token: str, verdict: ScanVerdict) -> str:
    """Do what the verdict asks for, then write it: in this order, so that a crash leaves a scan to be done again."""
    held = _reason_to_hold(deps, verdict)
    values: dict[str, Any] = {
        "virus_scan_status": verdict.status,
        "virus_scan_result": verdict.result,
        "virus_scan_date": deps.clock(),
        "quarantine_reason": held,
        "scan_due_at": None,
    }
    source = place_of_file(file)
    target = Location(deps.settings.s3_public_bucket, file.object_key)
    moves = held is None and file.credential_hash is None and source != target
    if moves:
        values |= {"bucket": target.bucket, "etag": _copy_to_public(deps, file, source, target)}
    goes = moves or (verdict.status == Verdict.INFECTED and deps.settings.infected_policy == "delete")
    with deps.db.write() as session:
        written = set_verdict(session, file.id, token, **values)
        if written and goes:
            session.execute(insert(Removal), [removal("object", source.bucket, source.object_key, deps.clock())])
        if not written and moves and session.get(File, file.id) is None:
            # deleted while it was copied: the copy has no row
            session.execute(insert(Removal), [removal("object", target.bucket, target.object_key, deps.clock())])
    log.info(
        "scan_finished file_id=%s verdict=%s result=%s written=%s", file.id, verdict.status, verdict.result, written
    )
    if goes:
        settle_at_once(deps, file.object_key)
    return verdict.status


def _reason_to_hold(deps: Deps, verdict: ScanVerdict) -> str | None:
    """Why a file with this verdict is not served, None where it is."""
    if verdict.status in {Verdict.CLEAN, Verdict.DISABLED}:
        return None
    if verdict.status == Verdict.UNSCANNABLE and deps.settings.unscannable_policy == "release":
        return None
    if verdict.status == Verdict.INFECTED:
        return f"The virus scanner found {verdict.result}."
    return f"The virus scanner could not judge this file ({verdict.result}), so it is not served."


def _copy_to_public(deps: Deps, file: File, source: Location, target: Location) -> str:
    """Storage copies the very object that was scanned; returns the copy's ETag.

    The copy is served as it is, so it carries its own headers.
    """
    headers = {
        "ContentType": served_content_type(file.content_type),
        "ContentDisposition": content_disposition(file.filename, file.content_type, file.file_extension),
    }
    deps.storage.copy(source, file.etag, file.size, target, headers)
    copied = deps.storage.head(target)
    if copied is None or copied.size != file.size:
        raise ScanFailedError(f"the copy in the public bucket has {copied.size if copied else 'no'} bytes")
    return copied.etag


def _note_failure(deps: Deps, file: File, token: str, reason: str) -> None:
    """Say that there is no verdict yet; if even that cannot be written, the sweeper finds the scan still owed."""
    wait = min(ERROR_WAIT * 2 ** min(file.scan_attempts, 20), MAX_ERROR_WAIT)
    values = {"virus_scan_status": Verdict.ERROR, "virus_scan_result": reason[:500]}
    try:
        with deps.db.write() as session:
            set_verdict(session, file.id, token, scan_due_at=deps.clock() + wait, **values)
    except LongshoreError as error:
        log.warning("scan_failure_not_noted file_id=%s reason=%s", file.id, error.code)
    log.warning("scan_failed file_id=%s attempt=%d reason=%s", file.id, file.scan_attempts, reason)
