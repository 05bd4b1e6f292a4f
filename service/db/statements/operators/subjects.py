"""Statements about subjects: those that have a counter of bytes or an API key."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.models import ApiKey, Usage


def names_after(session: Session, after: str, limit: int) -> list[str]:
    """Return the next subjects by name, at most `limit`. Two reads along indexes."""
    counted = select(Usage.subject).where(Usage.subject > after).order_by(Usage.subject).limit(limit)
    keyed = select(ApiKey.subject).where(ApiKey.subject > after).distinct().order_by(ApiKey.subject).limit(limit)
    return sorted({*session.scalars(counted), *session.scalars(keyed)})[:limit]


def bytes_of(session: Session, subjects: Sequence[str]) -> dict[str, int]:
    """Return the counters of these subjects, as far as they have one."""
    counters = session.execute(select(Usage.subject, Usage.bytes).where(Usage.subject.in_(subjects)))
    return {row.subject: row.bytes for row in counters}


def keys_of(session: Session, subjects: Sequence[str]) -> Sequence[ApiKey]:
    """Return the API keys of these subjects, oldest first."""
    keys = select(ApiKey).where(ApiKey.subject.in_(subjects)).order_by(ApiKey.created_at, ApiKey.prefix)
    return session.scalars(keys).all()


def largest_subjects(session: Session, limit: int) -> dict[str, int]:
    """Return the counters with the most bytes, largest first. Reads all counters."""
    largest = select(Usage.subject, Usage.bytes).where(Usage.bytes > 0)
    rows = session.execute(largest.order_by(Usage.bytes.desc(), Usage.subject).limit(limit))
    return {row.subject: row.bytes for row in rows}
