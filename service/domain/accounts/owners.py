"""Assign a subject to data without an owner, from before login was turned on.

In batches, each in a transaction that updates the quota's counter; assigned rows are not examined again.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.db.models import Appointment, Upload, User
from service.db.statements.files.folders import delete_empty
from service.db.statements.subjects import accounts
from service.db.statements.usages import begin_counter, correct_counter, take
from service.deps import Deps
from service.domain.records import audit
from service.observability.logs import get_logger
from service.values import Given
from service.values.access.subjects import checked_subject
from service.values.operators.audit import Action
from service.values.states import RESERVING

log = get_logger(__name__)

BATCH = 500


def count_ownerless(deps: Deps, user_id: str | None = None) -> Given:
    """Count the data without an owner, of one user or all."""
    with deps.db.read() as session:
        return accounts.count_ownerless(session, user_id)


def give_ownerless(deps: Deps, subject: str, user_id: str | None = None) -> Iterator[Given]:
    """Assign the data to a subject in batches; files with their uploads, open uploads only without a user filter.

    The quota is not enforced here; it applies to later uploads. Raises ValueError (an invalid subject).
    """
    subject = checked_subject(subject)
    with deps.db.write() as session:
        begin_counter(session, subject)
    yield from _give_files(deps, subject, user_id)
    if user_id is None:
        yield from _give_uploads(deps, subject)
    # last, so that files without an owner do not block a concurrent deletion of a user
    for model in (Appointment, User):
        while count := _give_people(deps, subject, model, user_id):
            yield Given(**{model.__tablename__: count})
    with deps.db.write() as session:  # a completion that ran meanwhile may have been counted without an owner
        correct_counter(session, subject)


def _give_files(deps: Deps, subject: str, user_id: str | None) -> Iterator[Given]:
    while True:
        with deps.db.write() as session:
            files = accounts.lock_ownerless_files(session, user_id, BATCH)
            if not files:
                return
            accounts.assign_files(session, subject, files, deps.clock())
            size = sum(file.size for file in files)
            take(session, subject, size)
            ids = [file.id for file in files]
            audit.record_all(session, deps.clock(), audit.SYSTEM, Action.GIVEN, ids, f"to {subject}")
            delete_empty(session, {file.folder_id for file in files})
        yield Given(files=len(files), bytes=size)


def _give_uploads(deps: Deps, subject: str) -> Iterator[Given]:
    """Uploads without a file: open ones reserve what they have declared, ended ones nothing."""
    while True:
        with deps.db.write() as session:
            uploads = accounts.lock_ownerless_uploads(session, BATCH)
            if not uploads:
                return
            reserved = 0
            for upload in uploads:
                upload.owner = subject
                upload.reserved = _wanted(upload) if upload.state in RESERVING else 0
                reserved += upload.reserved
            session.flush()
            take(session, subject, reserved)
        yield Given(uploads=len(uploads), bytes=reserved)


def _wanted(upload: Upload) -> int:
    """Return the bytes that an open upload will have: from its completion, else from init."""
    return int((upload.completion or {}).get("total_size", upload.size or 0))


def _give_people(deps: Deps, subject: str, model: type[User] | type[Appointment], user_id: str | None) -> int:
    with deps.db.write() as session:
        return accounts.assign_people(session, subject, model, user_id, BATCH)
