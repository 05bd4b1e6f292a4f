"""The audit log: who did what to a file or a grant, when and why. Written with the action, and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from service.db.models import Audit
from service.db.session import Session
from service.db.statements.execution import insert_rows
from service.db.statements.files import ends_of_file
from service.values.caller import Caller
from service.values.subjects import ANONYMOUS

SCANNER = "scanner"
"""The actor of the consequences of a verdict."""
SYSTEM = "system"
"""The actor of operators' commands and of findings in storage."""
ERASED = "erased"
ENDS = ("deleted", "expired", ERASED)
"""Actions after which a file's row is gone."""


def actor_of(caller: Caller) -> str:
    """Return the actor of a request: the subject, `anonymous` if login is off."""
    return caller.subject or ANONYMOUS


def record(session: Session, at: datetime, actor: str, action: str, file_id: str, reason: str | None = None) -> None:
    """Record one action, like `record_all`."""
    record_all(session, at, actor, action, [file_id], reason)


def record_all(
    session: Session, at: datetime, actor: str, action: str, file_ids: Sequence[str], reason: str | None = None
) -> None:
    """Record one action on several files, or grants by their ids.

    action: `infected`, `blocked` and `renamed` (its bytes are of a type that its policy does not accept), `given_up`
    (every scan of it killed its process), `withdrawn` (it was served until now), `replaced` (another object is in its
    place), `quarantined`, `deleted`, `expired`, `changed`, `hold_set`, `hold_lifted`; of operators' commands `lost`,
    `found` (its object is missing, is back), `recovered`, `given` (to an owner), `erased` (with its owner); of links
    `link_created`, `link_used`, `link_revoked`; of grants `grant_created`, `grant_revoked`.
    """
    rows = [{"at": at, "actor": actor, "action": action, "file_id": each, "reason": reason} for each in file_ids]
    insert_rows(session, Audit, rows)


def record_ends(
    session: Session, at: datetime, actor: str, action: str, owners: Mapping[str, str | None], reason: str | None
) -> None:
    """Record that files ended: `deleted`, `expired` or `erased`. owners: of each file, by its id.

    An erased subject's name is not written.
    """
    whose = dict.fromkeys(owners) if action == ERASED else owners
    same = {"at": at, "actor": actor, "action": action, "reason": reason}
    insert_rows(session, Audit, [{**same, "file_id": each, "owner": owner} for each, owner in whose.items()])


def is_gone(session: Session, caller: Caller, file_id: str) -> bool:
    """Whether a file without a row existed, as far as this caller may know: its owner, who deleted it, and `admin`."""
    ends = ends_of_file(session, file_id, ENDS)
    return any(caller.sees(owner) or actor == caller.subject for actor, owner in ends)
