"""Statements about links. One conditional UPDATE counts a download, so that two clients cannot both take the last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from service.db.models import File, Link
from service.db.statements.execution import batches, insert_once, rows_met, table_of
from service.db.statements.lists.paging import page

_LINKS = table_of(Link)
# built once: building a statement costs as much as executing it
_OF_HASH = select(Link).where(Link.token_hash == bindparam("hash"))
_OF_ID = select(Link).where(Link.id == bindparam("id"), Link.file_id == bindparam("file_id"))
_TAKE = (
    update(_LINKS)
    .where(
        _LINKS.c.id == bindparam("of_link"),
        _LINKS.c.file_id == bindparam("of_file"),
        _LINKS.c.revoked_at.is_(None),
        _LINKS.c.removed_at.is_(None),
        _LINKS.c.expires_at > bindparam("now"),
        or_(_LINKS.c.max_downloads.is_(None), _LINKS.c.downloads < _LINKS.c.max_downloads),
    )
    .values(downloads=_LINKS.c.downloads + 1, last_used_at=bindparam("now"))
)


def link_of_hash(session: Session, token_hash: str) -> Link | None:
    return session.scalars(_OF_HASH, {"hash": token_hash}).one_or_none()


def link_of_id(session: Session, link_id: str, file_id: str) -> Link | None:
    return session.scalars(_OF_ID, {"id": link_id, "file_id": file_id}).one_or_none()


def add_link_once(session: Session, /, **values: Any) -> None:
    """Insert a link unless one with its id exists for its file."""
    insert_once(session, Link, downloads=0, **values)


def take_download(session: Session, link_id: str, file_id: str, now: datetime) -> bool:
    """Count a download; False if all are used, or the link was revoked, has expired, or was removed with its file."""
    return rows_met(session, _TAKE, {"of_link": link_id, "of_file": file_id, "now": now}) == 1


def page_of_links(session: Session, file_id: str, limit: int, cursor: str | None) -> tuple[Sequence[Link], str | None]:
    """Return a page of a file's links, newest first, and the next cursor. Raises the errors of `page`."""
    return page(session, Link, limit, cursor, Link.file_id == file_id)


def revoke(session: Session, link_id: str, file_id: str, now: datetime, kept_until: datetime) -> bool:
    """Revoke a link; False if it was revoked before. The row of a signed link stays as long as its token lives."""
    this = and_(Link.id == link_id, Link.file_id == file_id)
    revoked = rows_met(session, update(Link).where(this, Link.revoked_at.is_(None)).values(revoked_at=now)) == 1
    _keep(session, this, kept_until)
    return revoked


def remove_links_of_files(session: Session, file_ids: Sequence[str], now: datetime, kept_until: datetime) -> None:
    """End the links of files that are deleted in this transaction: what is left shows that there was a file."""
    for some in batches(file_ids):
        these = Link.file_id.in_(some)
        rows_met(session, update(Link).where(these).values(removed_at=now, password_hash=None, created_by=None))
        _keep(session, these, kept_until)


def active_links_of(session: Session, subject: str, now: datetime) -> int:
    """Count the active links of a subject's files, and those that it created."""
    whose = or_(Link.file_id.in_(select(File.id).where(File.owner == subject)), Link.created_by == subject)
    return session.scalar(select(func.count()).select_from(Link).where(whose, *_active(now))) or 0


def end_links_of(session: Session, subject: str, now: datetime, kept_until: datetime) -> int:
    """Revoke the links of a subject's files, and those that it created; returns the number of active ones."""
    files = select(File.id).where(File.owner == subject)
    ended = 0
    for these in (Link.file_id.in_(files), Link.created_by == subject):
        ended += rows_met(session, update(Link).where(these, *_active(now)).values(revoked_at=now))
        rows_met(session, update(Link).where(these).values(password_hash=None))
        _keep(session, these, kept_until)
    rows_met(session, update(Link).where(Link.created_by == subject).values(created_by=None))
    return ended


def replace_password_hash(session: Session, link_id: str, file_id: str, old: str, new: str) -> None:
    """Change the hash of a link's password, if it is still `old`."""
    same = update(Link).where(Link.id == link_id, Link.file_id == file_id, Link.password_hash == old)
    rows_met(session, same.values(password_hash=new))


def old_links(session: Session, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
    """Return the ids of links and their files that are not kept any longer."""
    query = select(Link.id, Link.file_id).where(Link.kept_until < before).order_by(Link.kept_until).limit(limit)
    return [(link_id, file_id) for link_id, file_id in session.execute(query)]


def forget(session: Session, ids: Sequence[tuple[str, str]]) -> int:
    """Delete links by their ids and their files'; returns their number."""
    these = tuple_(Link.id, Link.file_id)
    return sum(rows_met(session, delete(Link).where(these.in_(some))) for some in batches(ids))


def _active(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Link.revoked_at.is_(None), Link.removed_at.is_(None), Link.expires_at > now


def _keep(session: Session, these: ColumnElement[bool], until: datetime) -> None:
    """Keep the rows of links of the service no longer than this; a signed one could be used again without its row."""
    of_service = (Link.token_hash.is_not(None), Link.kept_until > until)
    rows_met(session, update(Link).where(these, *of_service).values(kept_until=until))
