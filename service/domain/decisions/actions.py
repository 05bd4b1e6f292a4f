"""Decide about one file: a transition of the state machine, its entry in the audit log, and its event.

Each is one conditional UPDATE of the row as it was read. So of two operators who decide at the same moment, one wins,
and the decision of the other leaves the file as it is, with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.crashpoints import reach
from service.db.models import File
from service.db.session import Session
from service.db.statements.files.files import was_replaced_since
from service.db.statements.files.retention import lock_files_on_hold
from service.db.statements.objects.deletions import has_due_deletion
from service.db.statements.transitions.decisions import block_file, release_file, reopen_file, request_rescan
from service.deps import Deps
from service.domain.files.deletion import Ending, forget_files
from service.domain.records import audit
from service.domain.records.objects.moves import add_pending_deletion, place_of_file, public_place, quarantine_place
from service.domain.scanning.quarantine import needs_quarantine
from service.domain.scanning.rescans import newest_generation
from service.domain.webhooks.events import file_event
from service.values import same_etag
from service.values.formats.ids import is_id
from service.values.operators.audit import Action, Actor
from service.values.operators.decisions import DecisionAction
from service.values.states import BLOCK_STEPS, RELEASE_STEPS, RESCANNED, UNJUDGED, Verdict, origins

ATTEMPTS = 3
"""How often a file that changes at the same moment is looked at again."""
GONE = "It does not exist (any more)."
CHANGED = "It changed at the same moment. Decide again."
ON_HOLD = "It has a legal hold."
MOVING = "Its object is still being moved or deleted. Decide again in a moment."
REPLACED = "Its object was replaced after the upload."
NO_OBJECT = "Its object is not in storage (any more)."
SCANNING_OFF = "Scanning is off."
NOT_SCANNED = "It waits for a scan already."
SERVED = "It is served already."
BLOCKED = "It is blocked already."
"""Why a file is skipped."""


@dataclass(frozen=True)
class Order:
    """The action for each file of a decision, its operator, and the reason."""

    action: DecisionAction
    actor: Actor
    reason: str | None


Count = Callable[[Session, str | None], None]
"""Counts a file in the transaction that decides it: None if it was done, else why it was skipped."""


def decide_file(deps: Deps, order: Order, file_id: str, count: Count) -> str | None:
    """Decide about a file, and count it in the same transaction. Returns why it was skipped; None if it was done.

    Raises the errors of storage and database: then nothing was changed or counted.
    """
    for attempt in range(1, ATTEMPTS + 1):
        with deps.db.read() as session:
            file = session.get(File, file_id) if is_id(file_id) else None
            refusal = GONE if file is None else _refusal(session, deps, order, file)
        if file is not None and refusal is None and _needs_object(order, file):
            refusal = _refusal_of_storage(deps, file)
        last = attempt == ATTEMPTS

        def write(
            session: Session, file: File | None = file, refusal: str | None = refusal, *, last: bool = last
        ) -> tuple[bool, str | None]:
            if file is None or refusal is not None:
                count(session, refusal)
                return True, refusal
            is_done, skipped = _change(session, deps, order, file)
            if not is_done and not last:
                return False, None  # it changed since it was read: look at it again
            skipped = skipped if is_done else CHANGED
            count(session, skipped)
            return True, skipped

        ended, skipped = deps.db.transact(write)
        if ended:
            reach("decision.file_decided")
            return skipped
    raise AssertionError("the last attempt always ends")


def _refusal(session: Session, deps: Deps, order: Order, file: File) -> str | None:
    """Return why the action does not apply to the file as it is, None if it does."""
    match order.action:
        case DecisionAction.BLOCK:
            is_free = file.quarantine_reason is None and file.virus_scan_status in origins(BLOCK_STEPS, Verdict.BLOCKED)
            return None if is_free else BLOCKED
        case DecisionAction.DELETE:
            return ON_HOLD if file.legal_hold else None
        case DecisionAction.RESCAN:
            return SCANNING_OFF if not deps.scanners else _refusal_to_rescan(session, deps, file)
        case DecisionAction.RELEASE:
            return _refusal_to_release(session, deps, file)


def _refusal_to_rescan(session: Session, deps: Deps, file: File) -> str | None:
    if file.virus_scan_status in UNJUDGED and file.virus_scan_status != Verdict.ERROR:
        return NOT_SCANNED
    return _refusal_in_quarantine(session, deps, file)


def _refusal_to_release(session: Session, deps: Deps, file: File) -> str | None:
    if file.quarantine_reason is None and file.virus_scan_status != Verdict.ERROR:
        return NOT_SCANNED if file.virus_scan_status in UNJUDGED else SERVED
    if file.virus_scan_status not in origins(RELEASE_STEPS, Verdict.RELEASED):
        return CHANGED
    return _refusal_in_quarantine(session, deps, file)


def _refusal_in_quarantine(session: Session, deps: Deps, file: File) -> str | None:
    """Return why a blocked file cannot leave quarantine: its own object must be there, and nothing may move it."""
    if file.quarantine_reason is None:
        return None
    since = file.virus_scan_date or file.created_at
    if file.virus_scan_status == Verdict.ERROR or was_replaced_since(session, file.id, since):
        return REPLACED
    plain = public_place(deps, file.object_key).object_key
    keys = {plain, quarantine_place(deps, file.object_key).object_key}
    return MOVING if needs_quarantine(file) or has_due_deletion(session, keys, deps.clock()) else None


def _needs_object(order: Order, file: File) -> bool:
    """Whether the file could be served, or scanned, next: then its object must be there."""
    if order.action is DecisionAction.RESCAN:
        return file.virus_scan_status not in RESCANNED or file.virus_scan_status == Verdict.RELEASED
    return order.action is DecisionAction.RELEASE


def _refusal_of_storage(deps: Deps, file: File) -> str | None:
    found = deps.storage.head(place_of_file(file))
    if found is None:
        return NO_OBJECT
    return None if found.size == file.size and same_etag(found.etag, file.etag) else REPLACED


def _change(session: Session, deps: Deps, order: Order, file: File) -> tuple[bool, str | None]:
    """Make the transition with its consequences.

    Returns whether the file was still as it was read, and why it was skipped.
    """
    match order.action:
        case DecisionAction.DELETE:
            return _delete(session, deps, order, file)
        case DecisionAction.RESCAN:
            return _rescan(session, deps, order, file), None
        case DecisionAction.RELEASE:
            return _release(session, deps, order, file), None
        case DecisionAction.BLOCK:
            return _block(session, deps, order, file), None


def _rescan(session: Session, deps: Deps, order: Order, file: File) -> bool:
    now = deps.clock()
    is_served = file.virus_scan_status in {Verdict.CLEAN, Verdict.DISABLED}
    step = request_rescan if is_served else reopen_file
    if not step(session, file, now):
        return False
    audit.record(session, now, order.actor, Action.RESCANNED, file.id, order.reason)
    return True


def _release(session: Session, deps: Deps, order: Order, file: File) -> bool:
    if not release_file(session, file, _decided(deps, order), newest_generation(session, deps, file)):
        return False
    audit.record(session, deps.clock(), order.actor, Action.RELEASED, file.id, order.reason)
    file_event(session, deps, "file.released", [file.id])
    return True


def _block(session: Session, deps: Deps, order: Order, file: File) -> bool:
    """Block a file; a copy that an unfinished scan or promotion left in the public bucket is deleted."""
    due = deps.clock() if file.adopted_key is None else None
    if not block_file(session, file, _decided(deps, order), due):
        return False
    copy = public_place(deps, file.object_key)
    if (
        due is not None
        and file.credential_hash is None
        and (file.bucket, file.object_key) != (copy.bucket, copy.object_key)
    ):
        add_pending_deletion(session, deps, copy)
    audit.record(session, deps.clock(), order.actor, Action.BLOCKED, file.id, order.reason)
    file_event(session, deps, "file.blocked", [file.id])
    return True


def _delete(session: Session, deps: Deps, order: Order, file: File) -> tuple[bool, str | None]:
    if lock_files_on_hold(session, [file.id]):
        return True, ON_HOLD
    ending = Ending("file.deleted", Action.DELETED, order.actor, order.reason)
    return True, None if forget_files(session, deps, [file.id], ending) else GONE


def _decided(deps: Deps, order: Order) -> dict[str, Any]:
    return {"decided_by": order.actor.name, "decided_at": deps.clock(), "decision_reason": order.reason}
