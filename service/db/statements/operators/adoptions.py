"""Statements about adoptions: which are due, which process works on one, and which follow storage's events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select, true, update
from sqlalchemy.orm import Session

from service.db.models import Adoption, File, Upload
from service.db.statements.execution import rows_met
from service.values.operators.adoptions import ACTIVE, AdoptionState
from service.values.states import UNJUDGED


def due_adoptions(session: Session, now: datetime, limit: int) -> Sequence[str]:
    """Return ids of adoptions that can be continued, those first that wait longest."""
    query = select(Adoption.id).where(Adoption.due_at <= now, Adoption.state == AdoptionState.RUNNING)
    return session.scalars(query.order_by(Adoption.due_at).limit(limit)).all()


def claim_adoption(session: Session, adoption_id: str, token: str, now: datetime, until: datetime) -> bool:
    """Claim the work on an adoption until then; False if it is not due, or another process has it."""
    running = (Adoption.id == adoption_id, Adoption.state == AdoptionState.RUNNING, Adoption.due_at <= now)
    return rows_met(session, update(Adoption).where(*running).values(token=token, due_at=until)) == 1


def lock_adoption(session: Session, adoption_id: str) -> Adoption | None:
    """Return an adoption, locked until the transaction ends."""
    return session.get(Adoption, adoption_id, with_for_update=True, populate_existing=True)


def following_adoptions(session: Session, bucket: str) -> Sequence[Adoption]:
    """Return the adoptions that follow the events of a bucket, the first ones first."""
    active = (Adoption.bucket == bucket, Adoption.state.in_(ACTIVE), Adoption.follow == true())
    return session.scalars(select(Adoption).where(*active).order_by(Adoption.created_at, Adoption.id)).all()


def waiting_adopted_scans(session: Session, attempts: int) -> int:
    """Return the number of adopted files without a verdict, after fewer attempts than these."""
    due = (File.scan_due_at.is_not(None), File.adopted_key.is_not(None), File.scan_attempts < attempts)
    return session.scalar(select(func.count()).select_from(File).where(*due, File.virus_scan_status.in_(UNJUDGED))) or 0


def lock_upload(session: Session, upload_id: str) -> Upload | None:
    """Return an upload, locked until the transaction ends."""
    return session.get(Upload, upload_id, with_for_update=True, populate_existing=True)


def adoptions_naming(session: Session, subject: str) -> int:
    """Return the number of adoptions for a subject as owner, or by it as operator."""
    mine = or_(Adoption.owner == subject, Adoption.created_by == subject)
    return session.scalar(select(func.count()).select_from(Adoption).where(mine)) or 0


def forget_adoptions(session: Session, subject: str, name: str) -> int:
    """Delete the adoptions for an owner, which ends them, and give those of an operator another name.

    One that runs keeps its operator, whom the entries in the audit log name. Returns the number of changed ones.
    """
    gone = rows_met(session, delete(Adoption).where(Adoption.owner == subject))
    rest = update(Adoption).where(Adoption.created_by == subject, Adoption.state != AdoptionState.RUNNING)
    return gone + rows_met(session, rest.values(created_by=name, key_prefix=None, address=None))
