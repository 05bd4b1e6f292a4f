"""The audit: who did what to a file, when and why. Written in the transaction of the deed, and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from service.db.models import Audit
from service.values.caller import ANONYMOUS, Caller

SCANNER = "scanner"
"""The actor of what follows from a verdict."""
SYSTEM = "system"
"""The actor of what an operator's command did, or what was found in storage."""


def actor_of(caller: Caller) -> str:
    """Who asked for it: the subject, `anonymous` where login is off."""
    return caller.subject or ANONYMOUS


def record(session: Session, at: datetime, actor: str, action: str, file_id: str, reason: str | None = None) -> None:
    """Note a deed, as `record_all` does."""
    record_all(session, at, actor, action, [file_id], reason)


def record_all(
    session: Session, at: datetime, actor: str, action: str, file_ids: Sequence[str], reason: str | None = None
) -> None:
    """Note one deed that was done to several files.

    action: `infected`, `given_up` (every scan of it killed its process), `withdrawn` (it was served until now),
    `replaced` (another object lies in its place), `quarantined`, `deleted`; of operators' commands `lost`, `found` (its
    object is gone, is back), `recovered`, `given` (to an owner).
    """
    # not as objects: for the number of each MySQL would be asked one by one
    rows = [{"at": at, "actor": actor, "action": action, "file_id": each, "reason": reason} for each in file_ids]
    if rows:
        session.execute(insert(Audit), rows)
