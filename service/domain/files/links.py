"""Links to files for people without a login: create, list and revoke."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from longshore.links import INLINE
from service.access.link_tokens import new_token, token_hash
from service.db.models import File, Link
from service.db.session import Session
from service.db.statements.files import links as statements
from service.db.statements.files.retention import database_time
from service.deps import Deps
from service.domain.files.credentials import require_credential
from service.domain.files.files import find_served_file, refuse_gone
from service.domain.files.link_passwords import password_hash
from service.domain.records import audit
from service.domain.webhooks.events import link_event, send_soon
from service.errors import LinkNotFoundError
from service.limits import MAX_LINK_TTL
from service.observability.logs import get_logger
from service.values import Page
from service.values.access.caller import Caller
from service.values.access.links import KEPT, IssuedLink, LinkState, LinkView, LinkWish
from service.values.formats.ids import is_id, new_id
from service.values.operators.audit import Action

log = get_logger(__name__)

MAX_LIFE = timedelta(seconds=MAX_LINK_TTL)


def create_link(
    deps: Deps, caller: Caller, file_id: str, credential: Mapping[str, str] | None, wish: LinkWish
) -> IssuedLink:
    """Create a link to a file, also before its verdict; it is served after that.

    A private file needs its credential, or a key with the scope `admin`; the link then needs none. Raises
    StoredFileNotFoundError, FileNotReadyError (it is being uploaded), FileGoneError, WrongCredentialError.
    """
    now, token, link_id = deps.clock(), new_token(), new_id()
    expires_at = now.replace(microsecond=0) + timedelta(seconds=wish.expires_in)
    with deps.db.write() as session:
        file = _file(session, deps, caller, file_id)
        if not caller.is_operator:
            require_credential(deps, caller, file, credential)
        row = Link(
            id=link_id,
            file_id=file.id,
            token_hash=token_hash(token),
            disposition=wish.disposition,
            max_downloads=wish.max_downloads,
            downloads=0,
            password_hash=password_hash(deps.settings.secret_key, link_id, wish.password),
            created_by=caller.subject,
            created_at=now,
            expires_at=expires_at,
            kept_until=expires_at + KEPT,
        )
        session.add(row)
        audit.record(session, now, audit.actor_of(caller), Action.LINK_CREATED, file.id, f"link {link_id}")
        link_event(session, deps, file, row)
    send_soon(deps)
    log.info("link_created", link_id=link_id, file_id=file.id, expires_at=expires_at)
    return IssuedLink(link_id, token, expires_at)


def list_links(deps: Deps, caller: Caller, file_id: str, limit: int, cursor: str | None = None) -> Page[LinkView]:
    """Return a page of a file's links, newest first.

    Raises StoredFileNotFoundError, FileNotReadyError, FileGoneError, InvalidBodyError.
    """
    with deps.db.read() as session:
        find_served_file(session, caller, file_id)
        rows, following = statements.page_of_links(session, file_id, limit, cursor)
    return Page([link_view(deps, row) for row in rows], following)


def revoke_link(deps: Deps, caller: Caller, file_id: str, link_id: str) -> LinkView:
    """Revoke a link; it stays revoked when called again.

    Where backends sign links, one that was not used yet is unknown here: it is written as revoked. Raises
    StoredFileNotFoundError, FileGoneError, LinkNotFoundError.
    """
    now = deps.clock()
    with deps.db.write() as session:
        file = find_served_file(session, caller, file_id)
        if deps.settings.jwt_secret and is_id(link_id):
            statements.add_link_once(
                session,
                id=link_id,
                file_id=file.id,
                disposition=INLINE,
                created_at=now,
                expires_at=now + MAX_LIFE,
                kept_until=now + MAX_LIFE + KEPT,
            )
        _find(session, file, link_id)
        if statements.revoke(session, link_id, file.id, now, now + KEPT):
            audit.record(session, now, audit.actor_of(caller), Action.LINK_REVOKED, file.id, f"link {link_id}")
            log.info("link_revoked", link_id=link_id, file_id=file.id)
        session.expire_all()
        return link_view(deps, _find(session, file, link_id))


def state_of(deps: Deps, row: Link) -> LinkState:
    if row.revoked_at is not None:
        return LinkState.REVOKED
    if row.expires_at <= deps.clock():
        return LinkState.EXPIRED
    is_used_up = row.max_downloads is not None and row.downloads >= row.max_downloads
    return LinkState.USED_UP if is_used_up else LinkState.ACTIVE


def delete_old_links(deps: Deps, limit: int) -> int:
    """Delete links that ended some weeks ago; returns their number.

    By the earlier one of our clock and the database's: one clock that is wrong must not delete the counts of links.
    """
    now = deps.clock()
    with deps.db.read() as session:
        if not statements.old_links(session, now, 1):
            return 0
        before = min(now, database_time(session))
    return deps.db.transact(lambda session: statements.forget(session, statements.old_links(session, before, limit)))


def _file(session: Session, deps: Deps, caller: Caller, file_id: str) -> File:
    """Return the file's row. Raises FileGoneError also for one that is in quarantine or has expired."""
    file = find_served_file(session, caller, file_id)
    refuse_gone(deps, file.expires_at, is_quarantined=file.quarantine_reason is not None)
    return file


def _find(session: Session, file: File, link_id: str) -> Link:
    row = statements.link_of_id(session, link_id, file.id) if is_id(link_id) else None
    if row is None:
        raise LinkNotFoundError
    return row


def link_view(deps: Deps, row: Link) -> LinkView:
    return LinkView(
        link_id=row.id,
        state=state_of(deps, row),
        disposition=row.disposition,
        has_password=row.password_hash is not None,
        max_downloads=row.max_downloads,
        downloads=row.downloads,
        last_used_at=row.last_used_at,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
