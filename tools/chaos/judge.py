"""Compare the promises in the ledger with the evidence, and report what is wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from service.db.models import File
from service.values.object_keys import QUARANTINE
from service.values.states import UploadState, Verdict
from tools.chaos.evidence import Evidence, Shown
from tools.chaos.ledger import Attempt, Entry, Ledger

ENDED = {UploadState.COMPLETED, UploadState.ABORTED, UploadState.EXPIRED}
JUDGED = {Verdict.CLEAN, Verdict.INFECTED}
"""The verdicts that a run can end with: no file is too large, and scanning is on."""


class Kind(StrEnum):
    LOST = "lost"
    DOUBLED = "doubled"
    STUCK = "stuck"
    FALSELY_CLEAN = "falsely clean"


@dataclass(frozen=True)
class Finding:
    """A broken promise, or something left over. ids: to search for in the logs."""

    kind: Kind
    what: str
    ids: tuple[str, ...]


def judge(ledger: Ledger, evidence: Evidence) -> list[Finding]:
    """Return all findings; none if all promises were kept and nothing is left over."""
    findings: list[Finding] = []
    for entry in ledger.entries:
        findings += _promises(entry, evidence)
        findings += _infected(entry, evidence)
    return [*findings, *_rows(evidence), *_leftovers(evidence), *_doubles(ledger, evidence)]


def _promises(entry: Entry, evidence: Evidence) -> Iterator[Finding]:
    """Check the promises to one client."""
    ids = _ids(entry)
    for surprise in entry.surprises:
        yield Finding(Kind.LOST, f"a client got an unexpected response: {surprise}", ids)
    if not entry.ended:
        yield Finding(Kind.STUCK, f"its client has not finished; the last response: {entry.last_answer}", ids)
    for attempt in entry.attempts:
        if attempt.upload_id not in evidence.uploads and not entry.delete_asked:
            yield Finding(Kind.LOST, "the row of an upload is missing, though no client deleted it", ids)
        if attempt.dead and attempt.file_id in evidence.files:
            yield Finding(Kind.DOUBLED, f"a file of an upload that was reported dead ({attempt.dead})", ids)
    for attempt in entry.attempts:
        removed = (entry.deleted or entry.aborted) and attempt is entry.current
        if removed:
            yield from _must_be_deleted(entry, attempt, evidence)
        elif attempt.file_id in entry.completed and not entry.delete_asked:
            yield from _must_be_complete(entry, attempt, evidence)
        elif attempt.file_id in evidence.files:
            # without a promise it has become a file, which must be complete
            yield from _must_be_complete(entry, attempt, evidence)


def _must_be_deleted(entry: Entry, attempt: Attempt, evidence: Evidence) -> Iterator[Finding]:
    what = "deleted" if entry.deleted else "aborted"
    shown = evidence.shown.get(attempt.file_id, Shown(404))
    if attempt.file_id in evidence.files or shown.code != 404:
        yield Finding(Kind.LOST, f"the service confirmed {what}, but the file exists: {shown.summary}", _ids(entry))


def _must_be_complete(entry: Entry, attempt: Attempt, evidence: Evidence) -> Iterator[Finding]:
    """Check that the file exists, is shown, and has exactly the bytes that were sent."""
    ids = _ids(entry)
    shown = evidence.shown.get(attempt.file_id, Shown(0))
    if attempt.file_id not in evidence.files or shown.code != 200:
        yield Finding(Kind.LOST, f"a completed upload has no file: {shown.summary}", ids)
        return
    if shown.size != entry.plan.size:
        yield Finding(Kind.LOST, f"a file has {shown.size} bytes, but {entry.plan.size} were sent", ids)
    if evidence.stored.get(attempt.file_id) != entry.sha256:
        yield Finding(Kind.LOST, "storage has no object with exactly the bytes that were sent", ids)
    if entry.infected:
        if shown.stage != "quarantined":
            yield Finding(Kind.STUCK, f"an infected file ends as {shown.stage}: {shown.summary}", ids)
    elif (shown.stage, shown.verdict, shown.link) != ("ready", "clean", True):
        yield Finding(Kind.STUCK, f"a harmless file ends as {shown.stage}, {shown.verdict}: {shown.summary}", ids)
    elif shown.sha256 != entry.sha256:
        yield Finding(Kind.LOST, "its link leads to other bytes than were sent, or to none", ids)


def _infected(entry: Entry, evidence: Evidence) -> Iterator[Finding]:
    """Check that the test virus was never clean, never linked, and never in the public bucket."""
    if not entry.infected:
        return
    ids = _ids(entry)
    for exposed in entry.exposed:
        yield Finding(Kind.FALSELY_CLEAN, f"an infected file was served: {exposed}", ids)
    for attempt in entry.attempts:
        shown = evidence.shown.get(attempt.file_id)
        if shown is not None and (shown.verdict == Verdict.CLEAN or shown.link or shown.stage == "ready"):
            yield Finding(Kind.FALSELY_CLEAN, f"an infected file is served: {shown.summary}", ids)
        if (evidence.public_bucket, attempt.object_key) in evidence.objects:
            yield Finding(Kind.FALSELY_CLEAN, "an infected object is in the public bucket", ids)


def _rows(evidence: Evidence) -> Iterator[Finding]:
    """Check that every row is in a final state and complete."""
    with_file = {file.upload_id for file in evidence.files.values()}
    for upload in evidence.uploads.values():
        ids = (upload.id, upload.file_id, upload.object_key)
        if upload.state not in ENDED:
            yield Finding(Kind.STUCK, f"an upload is still {upload.state}", ids)
        if upload.state == UploadState.COMPLETED and upload.id not in with_file:
            yield Finding(Kind.LOST, "an upload is completed and has no file", ids)
        if upload.state != UploadState.COMPLETED and upload.id in with_file:
            yield Finding(Kind.DOUBLED, f"an upload is {upload.state} and has a file", ids)
        if upload.state == UploadState.ABORTED and upload.failure_reason:
            yield Finding(Kind.LOST, f"an upload failed: {upload.failure_reason}", ids)
    for file in evidence.files.values():
        yield from _file_row(file, evidence)
    for pending in evidence.pending_deletions:
        what = f"{pending.kind} {pending.bucket}/{pending.object_key}"
        why = f"{pending.attempts} attempts, {pending.last_error}"
        yield Finding(Kind.STUCK, f"a deletion is still pending: {what} ({why})", (pending.object_key,))


def _file_row(file: File, evidence: Evidence) -> Iterator[Finding]:
    ids = (file.id, file.upload_id, file.object_key)
    if file.virus_scan_status not in JUDGED or file.scan_due_at is not None or file.scan_token is not None:
        state = f"{file.virus_scan_status} ({file.virus_scan_result}), attempt {file.scan_attempts}"
        yield Finding(Kind.STUCK, f"a scan has not ended: {state}", ids)
    if file.upload_id not in evidence.uploads:
        yield Finding(Kind.LOST, "a file has no upload", ids)
    if (file.bucket, file.object_key) not in evidence.objects:
        yield Finding(Kind.LOST, f"a file has no object in {file.bucket}", ids)


def _leftovers(evidence: Evidence) -> Iterator[Finding]:
    """Check that storage and queues contain nothing without a row."""
    owned = {(file.bucket, file.object_key) for file in evidence.files.values()}
    keys = {key.removeprefix(QUARANTINE) for _, key in owned}
    for bucket, key in sorted(evidence.objects - owned):
        if key.removeprefix(QUARANTINE) in keys:
            yield Finding(Kind.DOUBLED, f"a file's object has a second one in {bucket}", (key,))
        else:
            yield Finding(Kind.STUCK, f"an object in {bucket} has no row", (key,))
    for bucket, key, storage_id in sorted(evidence.multiparts):
        yield Finding(Kind.STUCK, f"a multipart upload is still open in {bucket}", (key, storage_id))
    for job in evidence.jobs:
        yield Finding(Kind.STUCK, "a job never expires", (job,))


def _doubles(ledger: Ledger, evidence: Evidence) -> Iterator[Finding]:
    """Check that an upload and a plan each became one file, and that the list has each file once."""
    by_upload: dict[str, list[str]] = defaultdict(list)
    for file in evidence.files.values():
        by_upload[file.upload_id].append(file.id)
    for upload_id, file_ids in by_upload.items():
        if len(file_ids) > 1:
            yield Finding(Kind.DOUBLED, "an upload has several files", (upload_id, *file_ids))
    for entry in ledger.entries:
        files = [attempt.file_id for attempt in entry.attempts if attempt.file_id in evidence.files]
        if len(files) > 1 or len(set(entry.completed)) > 1:
            yield Finding(Kind.DOUBLED, f"one plan became several files: {files}, {entry.completed}", _ids(entry))
    for file_id, times in Counter(evidence.listed).items():
        if times > 1 or file_id not in evidence.files:
            yield Finding(Kind.DOUBLED, f"the list contains a file {times} times", (file_id,))
    for file_id in evidence.files.keys() - set(evidence.listed):
        yield Finding(Kind.LOST, "the list does not contain a file", (file_id,))


def _ids(entry: Entry) -> tuple[str, ...]:
    ids = [f"#{entry.plan.number}"]
    for one in entry.attempts:
        ids += [name for name in (one.upload_id, one.file_id, one.object_key) if name]
    return tuple(ids)
