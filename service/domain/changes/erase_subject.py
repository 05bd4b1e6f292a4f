"""Erase a subject: all that it has, its usage history, and its name in decisions.

What a legal hold keeps stays.

In batches, each in a transaction: a run that breaks off is continued by the next one. Objects that storage cannot
delete at the moment are deleted by a later sweep. The audit log keeps what was done, without the values of files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.db.models import AllowlistEntry, Appointment, Decision, User
from service.db.session import Session
from service.db.statements.execution import batches
from service.db.statements.files.links import end_links_of
from service.db.statements.operators.adoptions import forget_adoptions
from service.db.statements.operators.audits import forget_changes
from service.db.statements.operators.leased_work import lock_work
from service.db.statements.subjects import erasure
from service.deps import Deps
from service.domain.files.deletion import Ending, forget_files
from service.domain.records import audit
from service.domain.uploads.closing import close_upload
from service.domain.webhooks.events import send_soon
from service.observability.logs import get_logger
from service.values import Erased
from service.values.access.links import KEPT
from service.values.access.subjects import ERASED, checked_subject
from service.values.folders import tree_of
from service.values.operators.audit import Action
from service.values.operators.decisions import DecisionState
from service.values.states import UploadState

log = get_logger(__name__)

BATCH = 100
WITHOUT_OPERATOR = "Its operator or the owner of its files was erased."


def count_data_of(deps: Deps, subject: str) -> Erased:
    """Count what a subject has: what `erase_subject` would erase, and what it would keep."""
    with deps.db.read() as session:
        return erasure.count_data_of(session, subject, deps.clock())


def erase_subject(deps: Deps, subject: str, reason: str, *, adopted_too: bool = False) -> Iterator[Erased]:
    """Erase a subject's data, and yield the counts of each batch. reason: for the audit log.

    adopted_too: also the objects of adopted files, which otherwise stay where they are.

    Kept are files with a legal hold with their users and appointments, and uploads that are being completed, which a
    later run erases. Raises ValueError (an invalid subject), and the errors of the database.
    """
    subject = checked_subject(subject)
    with deps.db.write() as session:
        keys = erasure.revoke_keys(session, subject, deps.clock())
        grants = erasure.revoke_grants(session, subject, deps.clock())
        links = end_links_of(session, subject, deps.clock(), deps.clock() + KEPT)
        adoptions = forget_adoptions(session, subject, ERASED)
    yield Erased(keys=keys, grants=grants, links=links, adoptions=adoptions)
    yield from _abort_uploads(deps, subject)
    yield from _forget_files(deps, subject, Ending("file.deleted", Action.ERASED, audit.SYSTEM, reason, adopted_too))
    while ended := deps.db.transact(erasure.forget_ended_uploads, subject, BATCH):
        yield Erased(ended_uploads=ended)
    for model in (Appointment, User):
        while count := deps.db.transact(erasure.forget_people, subject, model, BATCH):
            yield Erased(**{model.__tablename__: count})
    deps.db.transact(forget_changes, [tree_of(subject)])  # the paths of renamed folders
    yield Erased(history=deps.db.transact(erasure.forget_usage_of, subject))
    yield from _forget_operator(deps, subject)
    log.info("subject_erased", subject=subject)
    send_soon(deps)


def _forget_operator(deps: Deps, subject: str) -> Iterator[Erased]:
    """Remove the subject from decisions and from the allow-list; what waits for an approval ends."""
    with deps.db.read() as session:
        naming = erasure.decisions_naming(session, subject)
    for some in batches(naming, BATCH):
        yield Erased(decisions=sum(deps.db.transact(_forget_decision, deps, each, subject) for each in some))

    def step(session: Session) -> int:
        entries = erasure.lock_entries_of(session, subject, BATCH)
        for entry in entries:
            if entry.approved_at is None and not entry.is_active and entry.removed_at is None:
                entry.removed_at = deps.clock()
                audit.record(session, deps.clock(), audit.SYSTEM, Action.ALLOWLIST_REMOVED, entry.id, WITHOUT_OPERATOR)
            _anonymize(entry, subject)
        return len(entries)

    while count := deps.db.transact(step):
        yield Erased(allowlist=count)


def _forget_decision(session: Session, deps: Deps, decision_id: str, subject: str) -> bool:
    """Remove the subject from a decision; False while it is carried out: its entries in the audit log need the name."""
    decision = lock_work(session, Decision, decision_id)
    if decision is None or decision.state == DecisionState.RUNNING:
        return False
    if decision.state == DecisionState.WAITING:
        decision.state, decision.ended_at = DecisionState.CANCELLED, deps.clock()
        audit.record(session, deps.clock(), audit.SYSTEM, Action.DECISION_CANCELLED, decision_id, WITHOUT_OPERATOR)
    if (decision.filter or {}).get("owner") == subject:
        decision.filter = {"owner": ERASED}
    if decision.created_by == subject:
        decision.key_prefix = decision.address = None
    _anonymize(decision, subject)
    return True


def _anonymize(row: Decision | AllowlistEntry, subject: str) -> None:
    if row.created_by == subject:
        row.created_by = ERASED
    if row.approved_by == subject:
        row.approved_by = ERASED


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
