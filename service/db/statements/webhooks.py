"""Statements about deliveries to webhooks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.db.models import Delivery


def oldest_due(session: Session) -> datetime | None:
    """Return since when the oldest event is not delivered."""
    return session.scalar(select(func.min(Delivery.owed_since)).where(Delivery.due_at.is_not(None)))
