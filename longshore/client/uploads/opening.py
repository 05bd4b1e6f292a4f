"""Open the upload for a file: a new one, or an open one with the parts that are still missing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from longshore.client.details import Details, with_checksum
from longshore.client.errors import (
    DifferentFileError,
    FileAlreadyUploadedError,
    FileInProgressError,
    FileQuarantinedError,
)
from longshore.client.observer import Observer, Session
from longshore.client.parts import PartPlan, part_wish
from longshore.client.shared import Common
from longshore.client.stopping import Stop
from longshore.client.uploads.compare import compare_stored
from longshore.client.uploads.source import FileSource
from longshore.client.values import File, Opened, Resumption, SignedChunk

ARRIVED = (FileAlreadyUploadedError, FileInProgressError, FileQuarantinedError)
"""Stages in which every byte has arrived; completing again returns the same file."""


@dataclass
class Job:
    """An open upload. pending: chunks of this file that are not in storage; signed: those that are signed already."""

    session: Session
    plan: PartPlan
    algorithm: str | None
    pending: set[int]
    signed: list[SignedChunk] = field(default_factory=list)


def start(common: Common, source: FileSource, details: Details, stop: Stop) -> Job:
    """Start a new upload; all chunks are pending."""

    wish = details.chunk_size or part_wish(source.size, common.storage.speed)
    details = replace(details, chunk_size=wish)

    def init(algorithm: str | None) -> Opened:
        return common.api.init(details.init_body(source.size, algorithm), stop, details.old_credential)

    opened, algorithm = with_checksum(details.checksum, init)
    plan = PartPlan(source.size, opened.chunk_size)
    session = Session(opened.upload_id, opened.file_id, opened.chunk_size, opened.expires_at)
    return Job(session, plan, algorithm, set(range(plan.total_chunks)), opened.chunks)


def reopen(
    common: Common, source: FileSource, details: Details, upload_id: str, observer: Observer, stop: Stop
) -> Job | File:
    """Compare an open upload with the file; return the File if it is already complete.

    Raises DifferentFileError for an upload of another file, before anything is sent, and the service's errors.
    """
    found = resume_or_file(common, details, upload_id, source.size, stop)
    if isinstance(found, File):
        return found
    if found.size not in {None, source.size}:
        raise DifferentFileError(f"The upload {upload_id} is of a file of {found.size} bytes, not {source.size}.")
    plan = PartPlan(source.size, found.chunk_size)
    return Job(
        Session(found.upload_id, found.file_id, found.chunk_size, found.expires_at),
        plan,
        found.checksum_algorithm,
        still_to_send(found, plan, source, observer, stop),
        found.chunks,
    )


def resume_or_file(common: Common, details: Details, upload_id: str, size: int | None, stop: Stop) -> Resumption | File:
    """Return the progress of an open upload, or its File, which must have `size` bytes."""
    try:
        found = common.api.resume(upload_id, details.credential, stop)
    except ARRIVED:
        found = common.api.complete(details.complete_body(upload_id, size or 0, 1), stop, details.old_credential)
    if isinstance(found, File) and size not in {None, found.size}:
        raise DifferentFileError(f"The upload {upload_id} has become a file of {found.size} bytes, not {size}.")
    return found


def still_to_send(found: Resumption, plan: PartPlan, source: FileSource, observer: Observer, stop: Stop) -> set[int]:
    """Return the chunks that are missing or different in storage. Raises DifferentFileError."""
    observer.stage("comparing")
    comparison = compare_stored(found, plan, source.pieces, stop)
    observer.compared(comparison)
    if comparison.is_another_file:
        raise DifferentFileError(f"The upload {found.upload_id} is of another file of the same size.")
    return set(range(plan.total_chunks)) - comparison.same
