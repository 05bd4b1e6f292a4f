"""The audit log: who did what to a file, grant or key, when and why. Written with the action, and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address

from service.db.models import Audit
from service.db.session import Session
from service.db.statements.execution import insert_rows
from service.db.statements.files.files import ends_of_file
from service.observability import request_ids
from service.values.access.caller import Caller
from service.values.access.subjects import ANONYMOUS
from service.values.operators.audit import Action, Actor, Changes, digest_of

SCANNER = Actor("scanner")
"""The actor of the consequences of a verdict."""
SYSTEM = Actor("system")
"""The actor of operators' commands and of findings in storage."""
ENDS = (Action.DELETED, Action.EXPIRED, Action.ERASED)
"""Actions after which a file's row is gone."""


def actor_of(caller: Caller) -> Actor:
    """Return the actor of a request: the subject, `anonymous` if login is off."""
    return Actor(caller.subject or ANONYMOUS, caller.key_prefix, caller.address)


def record(
    session: Session,
    at: datetime,
    actor: Actor,
    action: Action,
    target_id: str | None,
    reason: str | None = None,
    changes: Changes | None = None,
) -> None:
    """Record one action. target_id: the file, grant or key prefix; reason: for people; changes: of its values."""
    insert_rows(session, Audit, [_row(at, actor, action, target_id, reason, changes)])


def record_all(
    session: Session, at: datetime, actor: Actor, action: Action, target_ids: Sequence[str], reason: str | None = None
) -> None:
    """Record one action on several files."""
    insert_rows(session, Audit, [_row(at, actor, action, each, reason) for each in target_ids])


def record_ends(
    session: Session,
    at: datetime,
    actor: Actor,
    action: Action,
    owners: Mapping[str, str | None],
    reason: str | None,
    changes: Changes | None = None,
) -> None:
    """Record that files ended: by one of ENDS. owners: of each file, by its id; an erased subject's is not written."""
    whose = dict.fromkeys(owners) if action is Action.ERASED else owners
    rows = [_row(at, actor, action, each, reason, changes) | {"owner": owner} for each, owner in whose.items()]
    insert_rows(session, Audit, rows)


def is_gone(session: Session, caller: Caller, file_id: str) -> bool:
    """Whether a file without a row existed, as far as this caller may know: its owner, who deleted it, and `admin`."""
    ends = ends_of_file(session, file_id, ENDS)
    return any(caller.sees(owner) or actor == caller.subject for actor, owner in ends)


def _row(
    at: datetime,
    actor: Actor,
    action: Action,
    target_id: str | None,
    reason: str | None,
    changes: Changes | None = None,
) -> dict[str, object]:
    stored = None if changes is None else changes.stored()
    return {
        "at": at,
        "actor": actor.name,
        "key_prefix": actor.key_prefix,
        "address": address_of(actor),
        "action": action.value,
        "target_id": target_id,
        "reason": reason,
        "request_id": request_ids.current(),
        "changes": stored,
        "changes_digest": None if stored is None else digest_of(stored),
    }


def address_of(actor: Actor) -> str | None:
    """Return the client's address; None for anything else that a proxy passed on."""
    try:
        return None if actor.address is None else str(ip_address(actor.address))
    except ValueError:
        return None
