"""API keys in the database, and those that this process caches for a moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from service.db.cached.timed_memory import TimedMemory
from service.db.models import ApiKey
from service.db.session import Database
from service.db.statements.execution import rows_met

REMEMBERED = timedelta(seconds=5)
"""Time for which a key is valid without a query, and so the longest time that it works after its revocation."""
_KEYS = ApiKey.__table__


class StoredKey(NamedTuple):
    """The columns of a key's row that its check needs."""

    secret_hash: str
    subject: str
    scopes: str
    added_scopes: str | None
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


_TO_JUDGE = select(*(_KEYS.c[name] for name in StoredKey._fields)).where(_KEYS.c.prefix == bindparam("prefix"))


class KeyMemory(TimedMemory[StoredKey]):
    """Recently used valid keys by prefix; invalid ones are not cached. One for each process."""

    remembered = REMEMBERED

    def remember(self, prefix: str, key: StoredKey, now: datetime) -> None:
        self._keep(prefix, key, now)


def stored_key(db: Database, prefix: str) -> StoredKey | None:
    """Return a key by its primary key, or None. Raises DatabaseUnavailableError."""
    with db.lookup() as connection:
        row = connection.execute(_TO_JUDGE, {"prefix": prefix}).one_or_none()
    return StoredKey(*row) if row else None


def note_use(session: Session, prefix: str, now: datetime) -> None:
    rows_met(session, update(ApiKey).where(ApiKey.prefix == prefix).values(last_used_at=now))


def all_keys(session: Session) -> Sequence[ApiKey]:
    """Return all keys, oldest first."""
    return session.scalars(select(ApiKey).order_by(ApiKey.created_at, ApiKey.prefix)).all()


def revoke(session: Session, prefix: str, now: datetime) -> bool:
    """Revoke a key; False if no key that is not revoked has this prefix."""
    active = update(ApiKey).where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None))
    return rows_met(session, active.values(revoked_at=now)) == 1
