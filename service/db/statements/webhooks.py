"""Statements about deliveries to webhooks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from service.db.models import Delivery
from service.db.statements.execution import rows_met
from service.values.states import DeliveryState


def oldest_due(session: Session) -> datetime | None:
    """Return since when the oldest event is not delivered."""
    return session.scalar(select(func.min(Delivery.pending_since)).where(Delivery.due_at.is_not(None)))


def urls_of_due_deliveries(session: Session, now: datetime) -> set[str]:
    """Return the webhooks with due deliveries."""
    return set(session.scalars(select(Delivery.url).where(Delivery.due_at <= now).distinct()))


def next_due_delivery(session: Session, url: str, now: datetime) -> Delivery | None:
    """Return the delivery to a webhook that has been due for the longest time; None without one."""
    due = (Delivery.url == url, Delivery.due_at <= now)
    return session.scalars(select(Delivery).where(*due).order_by(Delivery.due_at, Delivery.id).limit(1)).first()


def newest_deliveries(session: Session, limit: int, state: DeliveryState | None = None) -> Sequence[Delivery]:
    """Return the newest deliveries, newest first; state: only those in it."""
    query = select(Delivery).order_by(Delivery.created_at.desc(), Delivery.id).limit(limit)
    return session.scalars(query if state is None else query.where(Delivery.state == state)).all()


def ended_deliveries(session: Session, before: datetime, limit: int) -> Sequence[str]:
    """Return the ids of deliveries that were created before a time and are not due any more."""
    old = (Delivery.created_at < before, Delivery.due_at.is_(None))
    return session.scalars(select(Delivery.id).where(*old).limit(limit)).all()


def claim_delivery(session: Session, seen: Delivery, until: datetime) -> bool:
    """Claim the next attempt of a delivery and count it; False if another process did so first."""
    same = (Delivery.id == seen.id, Delivery.due_at == seen.due_at)
    return rows_met(session, update(Delivery).where(*same).values(due_at=until, attempts=seen.attempts + 1)) == 1


def write_attempt(
    session: Session, delivery_id: str, values: Mapping[str, Any], seen_due: datetime | None = None
) -> None:
    """Write the result of an attempt; seen_due: only if the delivery is still due then."""
    same = [Delivery.id == delivery_id] + ([] if seen_due is None else [Delivery.due_at == seen_due])
    rows_met(session, update(Delivery).where(*same).values(**values))


def postpone_deliveries(session: Session, url: str, now: datetime, due: datetime) -> None:
    """Postpone all due deliveries to a webhook."""
    session.execute(update(Delivery).where(Delivery.url == url, Delivery.due_at <= now).values(due_at=due))


def fail_old_deliveries(
    session: Session, url: str, now: datetime, since: datetime, reason: str, *, tried: bool = False
) -> int:
    """Fail due deliveries to a webhook that were already pending at `since`; returns how many.

    reason: recorded for those without one. tried: only deliveries that were attempted.
    """
    old = [Delivery.url == url, Delivery.due_at <= now, Delivery.pending_since <= since]
    old += [Delivery.attempts > 0] if tried else []
    values = {"state": DeliveryState.FAILED, "due_at": None, "last_error": func.coalesce(Delivery.last_error, reason)}
    return rows_met(session, update(Delivery).where(*old).values(**values))


def fail_deliveries_to(session: Session, urls: Collection[str], reason: str) -> None:
    """Fail all pending deliveries to these webhooks."""
    values = {"state": DeliveryState.FAILED, "due_at": None, "last_error": reason}
    pending = (Delivery.url.in_(urls), Delivery.state == DeliveryState.OWED)
    session.execute(update(Delivery).where(*pending).values(**values))


def replay_deliveries(session: Session, delivery_ids: Collection[str] | None, now: datetime) -> int:
    """Make these deliveries due again, from their first attempt on; None: all that failed. Returns their number."""
    where = Delivery.state == DeliveryState.FAILED if delivery_ids is None else Delivery.id.in_(delivery_ids)
    values = {"state": DeliveryState.OWED, "attempts": 0, "pending_since": now, "due_at": now}
    return rows_met(session, update(Delivery).where(where).values(**values))


def delete_deliveries(session: Session, delivery_ids: Sequence[str]) -> int:
    """Delete these rows; returns how many still existed."""
    return rows_met(session, delete(Delivery).where(Delivery.id.in_(delivery_ids)))
