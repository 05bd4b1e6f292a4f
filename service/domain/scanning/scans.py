"""Scan files. Only an explicit OK for exactly the file's bytes is clean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from service.crashpoints import reach
from service.db.models import File
from service.db.session import Session
from service.db.statements.transitions.scans import claim_rescan, claim_scan, move_scan_due
from service.deps import Deps
from service.detection import Prefix, detected_type
from service.domain.files.replaced import Seen, compare
from service.domain.records.objects.moves import place_of_file
from service.domain.scanning.allowed import WholeDigest, needs_digest, release_by_allowlist
from service.domain.scanning.engines import ask
from service.domain.scanning.failures import MAX_UNFINISHED, SCAN_GRACE, end_attempts, note_failure, postpone_next
from service.domain.scanning.promotion import needs_promotion, promote
from service.domain.scanning.quarantine import move_into_quarantine, needs_quarantine
from service.domain.scanning.rescans import generation_of
from service.domain.scanning.verdicts import Judgement, apply_verdict
from service.errors import QueueUnavailableError, ServiceError
from service.limits import MIB
from service.observability.logs import get_logger
from service.observability.metrics import SCAN_BYTES, SCAN_SECONDS
from service.observability.tracing import span
from service.scanner import ScanFailedError, Scanner
from service.storage.replies import ObjectChangedError
from service.values import JobView, ScanVerdict
from service.values.formats.ids import new_id
from service.values.states import REQUESTED, RESCANNED, UNJUDGED, Verdict

log = get_logger(__name__)

PROGRESS_STEP = 16 * MIB
"""Bytes between two progress reports of a scan."""


def queue_scan(deps: Deps, file: File, due: datetime) -> bool:
    """Queue a file's scan; False if it has a job. `due`: its `scan_due_at`, just set to SCAN_GRACE from now.

    That keeps sweepers from queueing it too, which could create two jobs for one file. Raises QueueUnavailableError:
    the scan is then due at once, and a sweep queues it.
    """
    # the scans of an adoption are many: those of uploads, for which a client waits, come first
    is_rescan = file.virus_scan_status in RESCANNED or file.scan_generation == REQUESTED
    again = is_rescan or file.adopted_key is not None
    try:
        return deps.queue.enqueue_scan(
            file.id, file.size, file.scan_attempts, last_error(file), again=again, filename=file.filename
        )
    except QueueUnavailableError:
        deps.db.transact(move_scan_due, file.id, due, deps.clock())
        raise


def queue_scan_or_postpone(deps: Deps, file: File) -> None:
    """Call `queue_scan` for a file whose row was just written or read; with Redis down nothing is lost."""
    try:
        queue_scan(deps, file, file.scan_due_at or deps.clock())
    except QueueUnavailableError as error:
        log.warning("scan_not_queued", file_id=file.id, reason=error.code)


def last_error(file: File) -> str | None:
    """Return why the last attempt had no verdict; None if it had one, or without an attempt."""
    return file.virus_scan_result if file.virus_scan_status in UNJUDGED else None


def attempted(job: JobView, file: File) -> JobView:
    """Return a file's job with its attempts, which the queue does not count."""
    return replace(job, attempts=file.scan_attempts, last_error=last_error(file))


def _claim(session: Session, deps: Deps, file_id: str, token: str, due: datetime) -> tuple[bool, File | None]:
    """Claim a file's scan, or its rescan if a scanner is configured.

    Returns whether one was due, and the file, if it exists.
    """
    claimed = claim_scan(session, file_id, token, due)
    if not claimed and deps.scanners:
        claimed = claim_rescan(session, file_id, token, due)
    return claimed, session.get(File, file_id)


def scan_file(deps: Deps, file_id: str) -> str:
    """Scan a file, write its verdict and act on it; returns the verdict. A deleted or finished file is left alone.

    A served file is scanned again while it is served. A file whose move into quarantine is due is moved, and so is an
    object that replaced a file's own. One that belongs into the public bucket is copied there. A file whose last
    MAX_UNFINISHED scans killed their processes fails. Raises ScanFailedError, ObjectChangedError and the errors of
    storage, scanner and database: it is retried.
    """
    reach("scan.begun")
    token, due = new_id(), deps.clock() + SCAN_GRACE
    claimed, file = deps.db.transact(_claim, deps, file_id, token, due)
    if claimed:
        reach("scan.claimed")
    if file is None:
        return "deleted"
    if not claimed:
        return _move_what_is_due(deps, file)
    if file.unfinished_scans > MAX_UNFINISHED:
        return end_attempts(deps, file, token)
    try:
        postpone_next(deps, file)
        return apply_verdict(deps, file, token, _judge(deps, file), SCAN_GRACE)
    except ObjectChangedError as error:
        if _was_replaced(deps, file):
            return _quarantine_now(deps, file_id)
        note_failure(deps, file, token, str(error))
        raise
    except (ScanFailedError, ServiceError) as error:
        note_failure(deps, file, token, str(error))
        raise
    except Exception as error:  # a bug or RQ's time limit: a failure like any other for clients
        note_failure(deps, file, token, f"unexpected error: {type(error).__name__}")
        raise


def _move_what_is_due(deps: Deps, file: File) -> str:
    """Move the object of a file that needs no scan, if it needs that."""
    if needs_quarantine(file):
        return move_into_quarantine(deps, file)
    if not needs_promotion(deps, file):
        return "nothing to scan"
    try:
        return promote(deps, file)
    except ObjectChangedError:
        if _was_replaced(deps, file):
            return _quarantine_now(deps, file.id)
        raise


def _was_replaced(deps: Deps, file: File) -> bool:
    """Whether the file's object was replaced; the file is withdrawn then. False if unknown."""
    try:
        return compare(deps, file) is Seen.REPLACED
    except ServiceError as error:
        log.warning("object_not_compared", file_id=file.id, reason=error.code)
        return False


def _quarantine_now(deps: Deps, file_id: str) -> str:
    """Move the object of a file that was just withdrawn; a separate job would be the same one."""
    with deps.db.read() as session:
        file = session.get(File, file_id)
    return move_into_quarantine(deps, file) if file is not None and needs_quarantine(file) else "withdrawn"


def _judge(deps: Deps, file: File) -> Judgement:
    if not deps.scanners:
        if file.scan_generation == REQUESTED:  # it may be a file that was blocked
            raise ScanFailedError("an operator requested another scan, but scanning is off")
        return Judgement(ScanVerdict(Verdict.DISABLED, "scanning is off"))
    detected = sha256 = None

    def scan(scanner: Scanner) -> ScanVerdict:
        nonlocal detected, sha256
        begin = Prefix()
        digest = WholeDigest() if needs_digest(deps) else None
        pieces = begin.past(deps.storage.read(place_of_file(file), file.etag))
        if digest is not None:
            pieces = digest.past(pieces)
        with span("scan.stream", file_id=file.id, size=file.size), SCAN_SECONDS.labels(scanner.name).time():
            verdict = scanner.scan(_watched(deps, file, pieces), file.size)
        SCAN_BYTES.labels(scanner.name).inc(file.size)
        detected = _type_of(file, begin.kept) or detected
        if digest is not None and verdict.status == Verdict.INFECTED:
            sha256 = digest.of_all(pieces)
        return verdict

    def is_allowed(verdict: ScanVerdict) -> bool:
        return release_by_allowlist(deps, file, verdict, sha256) is not None

    answer = ask(deps, file, scan, is_allowed)
    generation = generation_of(deps, answer.version, answer.kind)
    return Judgement(answer.verdict, answer.version, generation, detected, sha256)


def _type_of(file: File, begin: bytes) -> str | None:
    """Return the type by the first bytes; None if the scanner's verdict came before any were read."""
    if file.size and not begin:
        return None
    return detected_type(begin, whole=len(begin) == file.size, file_id=file.id)


def _watched(deps: Deps, file: File, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces and report how many bytes were scanned."""
    scanned = said = 0
    for piece in pieces:
        yield piece
        scanned += len(piece)
        if scanned - said >= PROGRESS_STEP:
            said = scanned
            try:
                deps.queue.note_progress(file.id, scanned)
            except ServiceError:
                log.debug("progress_not_noted", file_id=file.id)
