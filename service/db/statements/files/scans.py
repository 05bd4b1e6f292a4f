"""Statements about files to scan: those with a due scan, and those to scan again with newer signatures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from service.db.models import File
from service.db.statements.execution import rows_met
from service.db.statements.lists.paging import Order, Slice, one_by_one, page, walk
from service.db.statements.transitions.scans import PENDING_RESCAN
from service.values.operators.views import ScanState
from service.values.states import REQUESTED, RESCANNED, Verdict


def due_scans(session: Session, now: datetime, limit: int) -> Sequence[File]:
    """Return the files with a due scan, oldest first."""
    return session.scalars(
        select(File).where(File.scan_due_at <= now).order_by(File.scan_due_at, File.id).limit(limit)
    ).all()


def waiting_rescans(session: Session, attempts: int | None = None) -> int:
    """Return the number of files that wait for another scan; attempts: only those with fewer attempts."""
    tried: list[ColumnElement[bool]] = [] if attempts is None else [File.scan_attempts < attempts]
    return session.scalar(select(func.count()).select_from(File).where(*PENDING_RESCAN, *tried)) or 0


def files_to_rescan(session: Session, newest: int, room: int, current: Collection[int] = ()) -> Iterator[str]:
    """Return ids of files with older signatures than `newest`, at most `room`.

    current: older generations that need no other scan, because they are of other scanners. Half are the newest, half
    the most downloaded; generation by generation, so that an index returns the first ones in order.
    """
    older = session.scalars(select(File.scan_generation).where(File.scan_generation < newest).distinct())
    outdated = {number for number in older if number is not None}.difference(current)
    for generation in sorted(outdated, reverse=True):
        for order, share in ((File.created_at.desc(), room - room // 2), (File.downloads.desc(), room // 2)):
            where = (File.scan_generation == generation, File.scan_due_at.is_(None))
            query = select(File.id).where(*where, File.virus_scan_status.in_(RESCANNED)).order_by(order).limit(share)
            found = session.scalars(query).all()
            yield from found
            room -= len(found)
        if room <= 0:
            return


def schedule_rescans(session: Session, file_ids: Collection[str], due: datetime) -> int:
    """Make another scan of these files due, unless one is already; returns their number."""
    where = (File.id.in_(file_ids), File.scan_due_at.is_(None))
    return rows_met(session, update(File).where(*where).values(scan_due_at=due, scan_attempts=0))


def requested_scans(session: Session, attempts: int) -> int:
    """Return the number of files whose requested scan has no verdict yet, after fewer attempts than these."""
    where = (File.scan_generation == REQUESTED, File.scan_due_at.is_not(None), File.scan_attempts < attempts)
    return session.scalar(select(func.count()).select_from(File).where(*where)) or 0


def page_of_scans(
    session: Session, state: ScanState | None, limit: int, cursor: str | None
) -> tuple[Sequence[File], str | None]:
    """Return a page of files whose scan has not ended with a verdict, of one state or of all, and the next cursor.

    Running and failed ones newest first, along the index of verdicts; waiting ones by the time when they are due.
    Raises the errors of `one_by_one`.
    """
    lists = {
        ScanState.RUNNING.value: partial(_with_verdict, session, Verdict.SCANNING),
        ScanState.WAITING.value: partial(_waiting, session),
        ScanState.FAILED.value: partial(_with_verdict, session, Verdict.ERROR),
    }
    return one_by_one(lists if state is None else {state.value: lists[state]}, Slice(limit, cursor))


def _with_verdict(session: Session, verdict: Verdict, part: Slice) -> tuple[Sequence[File], str | None]:
    return page(session, File, part.limit, part.cursor, File.virus_scan_status == verdict)


def _waiting(session: Session, part: Slice) -> tuple[Sequence[File], str | None]:
    """Walk along the due scans: among them are also running ones, failed ones, and moves into quarantine."""
    order = Order(File.scan_due_at, File.id)
    also = [File.virus_scan_status.in_((Verdict.PENDING, *RESCANNED))]
    return walk(session, File, order, part._replace(sort="created_at"), [File.scan_due_at.is_not(None)], also=also)
