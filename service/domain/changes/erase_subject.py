"""Erase a subject: its API keys, grants, links, open uploads, files, appointments, users and usage history.

What a legal hold keeps stays.

In batches, each in a transaction: a run that breaks off is continued by the next one. Objects that storage cannot
delete at the moment are deleted by a later sweep. The audit log keeps what was done, without the values of files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.db.models import Appointment, User
from service.db.session import Session
from service.db.statements import erasure
from service.db.statements.audits import forget_changes
from service.db.statements.links import end_links_of
from service.deps import Deps
from service.domain.files.deletion import Ending, forget_files
from service.domain.records import audit
from service.domain.uploads.closing import close_upload
from service.domain.webhooks.events import send_soon
from service.observability.logs import get_logger
from service.values import Erased
from service.values.audit import Action
from service.values.links import KEPT
from service.values.states import UploadState
from service.values.subjects import checked_subject

log = get_logger(__name__)

BATCH = 100


def count_data_of(deps: Deps, subject: str) -> Erased:
    """Count what a subject has: what `erase_subject` would erase, and what it would keep."""
    with deps.db.read() as session:
        return erasure.count_data_of(session, subject, deps.clock())


def erase_subject(deps: Deps, subject: str, reason: str) -> Iterator[Erased]:
    """Erase a subject's data, and yield the counts of each batch. reason: for the audit log.

    Kept are files with a legal hold with their users and appointments, and uploads that are being completed, which a
    later run erases. Raises ValueError (an invalid subject), and the errors of the database.
    """
    subject = checked_subject(subject)
    with deps.db.write() as session:
        keys = erasure.revoke_keys(session, subject, deps.clock())
        grants = erasure.revoke_grants(session, subject, deps.clock())
        links = end_links_of(session, subject, deps.clock(), deps.clock() + KEPT)
    yield Erased(keys=keys, grants=grants, links=links)
    yield from _abort_uploads(deps, subject)
    yield from _forget_files(deps, subject, Ending("file.deleted", Action.ERASED, audit.SYSTEM, reason))
    while ended := deps.db.transact(erasure.forget_ended_uploads, subject, BATCH):
        yield Erased(ended_uploads=ended)
    for model in (Appointment, User):
        while count := deps.db.transact(erasure.forget_people, subject, model, BATCH):
            yield Erased(**{model.__tablename__: count})
    yield Erased(history=deps.db.transact(erasure.forget_usage_of, subject))
    log.info("subject_erased", subject=subject)
    send_soon(deps)


def _abort_uploads(deps: Deps, subject: str) -> Iterator[Erased]:
    def step(session: Session) -> int:
        uploads = erasure.open_uploads_of(session, subject, BATCH)
        return sum(close_upload(session, deps, upload, UploadState.ABORTED, "erased") for upload in uploads)

    while count := deps.db.transact(step):
        yield Erased(uploads=count)


def _forget_files(deps: Deps, subject: str, ending: Ending) -> Iterator[Erased]:
    def step(session: Session) -> Sequence[int]:
        files = erasure.lock_files_of(session, subject, BATCH)
        file_ids = [file.id for file in files]
        forget_changes(session, file_ids)
        forget_files(session, deps, file_ids, ending)
        return [file.size for file in files]

    while sizes := deps.db.transact(step):
        yield Erased(files=len(sizes), bytes=sum(sizes))
