"""The audit: who did what to a file, when and why. Written in the transaction of the deed, and never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from service.db.models import Audit

SCANNER = "scanner"
"""The actor of what follows from a verdict."""
CLIENT = "client"
"""The actor of what a request asked for."""


def record(session: Session, at: datetime, actor: str, action: str, file_id: str, reason: str | None = None) -> None:
    """Note a deed. action: `infected`, `withdrawn` (it was served until now), `quarantined`, `deleted`."""
    session.add(Audit(at=at, actor=actor, action=action, file_id=file_id, reason=reason and reason[:500]))
