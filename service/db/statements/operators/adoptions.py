"""Statements about adoptions: which follow storage's events, what waits for a scan, and whom they name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select, true, update
from sqlalchemy.orm import Session

from service.db.models import Adoption, File, Upload
from service.db.statements.execution import rows_met
from service.values.operators.adoptions import ACTIVE, AdoptionState
from service.values.states import UNJUDGED


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
