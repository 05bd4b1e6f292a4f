"""Operators' decisions: create, approve, cancel and show them. `service.domain.decisions` carries them out."""

from __future__ import annotations

from service.crashpoints import reach
from service.db.models import Decision
from service.db.session import Session
from service.db.statements.lists.pages import page_of_decisions
from service.db.statements.operators.leased_work import lock_work
from service.deps import Deps
from service.domain.decisions.turns import files_of_filter, work_at_once
from service.domain.leased_work.rows import end_work, new_work
from service.domain.records import audit
from service.domain.records.objects.pending_deletions import settle_soon
from service.errors import DecisionEndedError, DecisionNotFoundError, SecondPersonRequiredError
from service.limits import DECIDED_AT_ONCE
from service.observability.logs import get_logger
from service.values import Page
from service.values.access.caller import Caller
from service.values.formats.ids import is_id
from service.values.operators.audit import Action
from service.values.operators.decisions import DecisionAction, DecisionState, DecisionView, DecisionWish, FileReason

log = get_logger(__name__)

COUNTED_AT_ONCE, COUNTS = 1_000, 10
"""Matching files that one query reads, and queries, each of up to 5,000 examined rows, until a count is inexact."""
SHOWN = 100
"""Files that a dry run names."""
ENDED = (DecisionState.DONE, DecisionState.CANCELLED)


def create_decision(deps: Deps, caller: Caller, wish: DecisionWish) -> DecisionView:
    """Create a decision, and carry it out at once if it names few files; the sweeper carries out all others.

    A dry run only counts the files. With RELEASE_APPROVAL a release waits for a second person. Raises the errors of the
    database.
    """
    decision = _new(deps, caller, wish)
    first = _count(deps, decision)
    if wish.dry_run:
        return _shown(decision, first)

    with deps.db.write() as session:
        session.add(decision)
        session.flush()
        actor = audit.actor_of(caller)
        audit.record(session, deps.clock(), actor, Action.DECISION_CREATED, decision.id, _described(decision))
    reach("decision.created")
    log.info("decision_created", decision_id=decision.id, action=decision.action, state=decision.state)
    return _started(deps, decision.id)


def list_decisions(deps: Deps, limit: int, cursor: str | None) -> Page[DecisionView]:
    """Return a page of decisions, newest first. Raises InvalidBodyError for an invalid cursor."""
    with deps.db.read() as session:
        rows, following = page_of_decisions(session, limit, cursor)
    return Page([_shown(row) for row in rows], following)


def get_decision(deps: Deps, decision_id: str) -> DecisionView:
    """Return a decision and its progress. Raises DecisionNotFoundError."""
    with deps.db.read() as session:
        decision = session.get(Decision, decision_id) if is_id(decision_id) else None
    if decision is None:
        raise DecisionNotFoundError
    return _shown(decision)


def approve_decision(deps: Deps, caller: Caller, decision_id: str, reason: str | None = None) -> DecisionView:
    """Approve a decision as the second person, which starts it. Repeating it changes nothing.

    reason: of the approval, for the audit log.

    Raises DecisionNotFoundError, DecisionEndedError, SecondPersonRequiredError.
    """
    actor = audit.actor_of(caller)

    def approve(session: Session) -> None:
        decision = _locked(session, decision_id)
        if decision.approved_by == actor.name:
            return
        if decision.state != DecisionState.WAITING:
            raise DecisionEndedError
        if decision.created_by == actor.name:
            raise SecondPersonRequiredError
        now = deps.clock()
        decision.state, decision.due_at = DecisionState.RUNNING, now
        decision.approved_by, decision.approved_at = actor.name, now
        audit.record(session, now, actor, Action.DECISION_APPROVED, decision.id, reason or _described(decision))

    deps.db.transact(approve)
    return _started(deps, decision_id)


def cancel_decision(deps: Deps, caller: Caller, decision_id: str) -> DecisionView:
    """Cancel a decision: it decides no further file, what it has done stays. Repeating it changes nothing.

    Raises DecisionNotFoundError, and DecisionEndedError if it is done.
    """

    def cancel(session: Session) -> None:
        decision = _locked(session, decision_id)
        if decision.state == DecisionState.CANCELLED:
            return
        if decision.state == DecisionState.DONE:
            raise DecisionEndedError
        now = deps.clock()
        end_work(decision, DecisionState.CANCELLED, now)
        audit.record(session, now, audit.actor_of(caller), Action.DECISION_CANCELLED, decision.id)

    deps.db.transact(cancel)
    return get_decision(deps, decision_id)


def _new(deps: Deps, caller: Caller, wish: DecisionWish) -> Decision:
    approved = wish.action is not DecisionAction.RELEASE or deps.settings.release_approval == "off"
    values = new_work(deps, caller) | {"state": _state(wish, approved=approved).value}
    if not approved:
        values["due_at"] = None
    return Decision(
        **values,
        action=wish.action.value,
        reason=wish.reason,
        file_ids=None if wish.file_ids is None else list(dict.fromkeys(wish.file_ids)),
        filter=wish.wanted,
        matched=0,
        is_exact=True,
        done=0,
    )


def _state(wish: DecisionWish, *, approved: bool) -> DecisionState:
    if wish.dry_run:
        return DecisionState.DRY_RUN
    return DecisionState.RUNNING if approved else DecisionState.WAITING


def _count(deps: Deps, decision: Decision) -> list[str]:
    """Count the files of a new decision, as far as that is quick; returns the first ones."""
    if decision.file_ids is not None:
        decision.matched = len(decision.file_ids)
        return decision.file_ids[:SHOWN]
    first: list[str] = []
    cursor: str | None = None
    for _ in range(COUNTS):
        with deps.db.read() as session:
            files, cursor = files_of_filter(
                session, decision.filter or {}, decision.created_at, COUNTED_AT_ONCE, cursor
            )
        decision.matched += len(files)
        first += [file.id for file in files[: SHOWN - len(first)]]
        if cursor is None:
            break
    decision.is_exact = cursor is None
    return first


def _started(deps: Deps, decision_id: str) -> DecisionView:
    """Work on a decision that names few files, else ask the sweeper to; return it as it is then."""
    decision = get_decision(deps, decision_id)
    if decision.state == DecisionState.RUNNING:
        if decision.file_ids is not None and len(decision.file_ids) <= DECIDED_AT_ONCE:
            work_at_once(deps, decision_id)
        else:
            settle_soon(deps)
    return get_decision(deps, decision_id)


def _locked(session: Session, decision_id: str) -> Decision:
    decision = lock_work(session, Decision, decision_id) if is_id(decision_id) else None
    if decision is None:
        raise DecisionNotFoundError
    return decision


def _described(decision: Decision) -> str:
    files = f"{'' if decision.is_exact else 'at least '}{decision.matched} files"
    return f"{decision.action} of {files}" + (f": {decision.reason}" if decision.reason else "")


def _shown(decision: Decision, first: list[str] | None = None) -> DecisionView:
    """Return the view of a decision; first: the files of a dry run, which has no id."""
    names = (
        *("action", "state", "reason", "filter", "matched", "is_exact", "done", "skipped", "failed", "problem"),
        *("created_by", "created_at", "approved_by", "approved_at", "ended_at"),
    )
    return DecisionView(
        decision_id=decision.id if first is None else None,
        file_ids=decision.file_ids if first is None else first,
        reasons=[FileReason(**each) for each in decision.reasons],
        **{name: getattr(decision, name) for name in names},
    )
