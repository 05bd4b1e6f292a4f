"""The use of a link: everything is checked and signed first, then it is counted, then the client is redirected.

So a failure costs no download, and no client gets more than the link allows. Only a crash between the count and the
answer costs one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from service.access.link_tokens import signed_claims, token_hash
from service.crashpoints import reach
from service.db.models import File, Link
from service.db.session import Session
from service.db.statements.files import links as statements
from service.deps import Deps
from service.domain.files.files import content_link, find_served_file, refuse_gone, view_file
from service.domain.files.link_passwords import password_hash, require_password
from service.domain.files.links import MAX_LIFE, state_of
from service.domain.records import audit
from service.domain.records.views import stage_of
from service.errors import (
    FileGoneError,
    FileNotReadyError,
    LinkEndedError,
    LinkInvalidError,
    LinkNotFoundError,
    ServiceError,
)
from service.observability.logs import get_logger
from service.observability.metrics import LINK_USES
from service.values import ContentLink, DownloadWish
from service.values.access.caller import UNRESTRICTED, Caller, Scope
from service.values.access.claims import ClaimError
from service.values.access.links import KEPT, FileLink, LinkState, signed_link
from service.values.access.subjects import ANONYMOUS
from service.values.operators.audit import Action, Actor
from service.values.states import Stage

log = get_logger(__name__)

Opened = tuple[FileLink, File]
SHORTEST = timedelta(seconds=1)
"""A signed URL cannot end earlier."""


def use_link(
    deps: Deps, token: str, password: str | None, address: str | None, *, head: bool = False
) -> tuple[ContentLink, FileLink]:
    """Return a new link to the bytes in storage for the holder of a link's token, and the link.

    head: for a HEAD, which is not counted. Raises LinkNotFoundError, LinkInvalidError, LinkEndedError, FileGoneError,
    FileNotReadyError, StoredFileNotFoundError (a link to a file of another subject), WrongPasswordError,
    TooManyRequestsError, and the errors of view_file.
    """
    try:
        found, link = _use(deps, token, password, address, head=head)
    except ServiceError as error:
        LINK_USES.labels(error.code).inc()
        raise
    if not head:
        LINK_USES.labels("redirected").inc()
    return found, link


def _use(
    deps: Deps, token: str, password: str | None, address: str | None, *, head: bool
) -> tuple[ContentLink, FileLink]:
    link, file = _find(deps, token)
    refuse_gone(deps, file.expires_at, is_quarantined=file.quarantine_reason is not None)
    if stage_of(file) is not Stage.READY:
        raise FileNotReadyError
    require_password(deps, link, password, address)
    if link.expires_at - deps.clock() < SHORTEST:
        raise LinkEndedError(LinkState.EXPIRED, link.id)
    wanted = DownloadWish(link.is_attachment, link.expires_at, head)
    found = content_link(deps, view_file(deps, file, wanted))
    if not head:
        deps.db.transact(_count, deps, link, password, address)
        reach("link.counted")
        deps.downloads.note(deps.db, file.id, deps.clock())
    return found, link


def _find(deps: Deps, token: str) -> Opened:
    """Return the link of a token, and its file; the link is neither revoked nor expired nor used up."""
    hashed = token_hash(token)
    if hashed is not None:
        with deps.db.read() as session:
            return _of_service(session, deps, hashed)
    claims = signed_claims(deps.settings, token)
    if claims is None:
        raise LinkNotFoundError
    try:
        link = signed_link(claims)
    except ClaimError as error:
        raise LinkInvalidError(str(error)) from error
    with deps.db.read() as session:
        return _of_backend(session, deps, link)


def _of_service(session: Session, deps: Deps, hashed: str) -> Opened:
    row = statements.link_of_hash(session, hashed)
    if row is None:
        raise LinkNotFoundError
    file = session.get(File, row.file_id)
    if file is None or row.removed_at is not None:
        raise FileGoneError
    _refuse_ended(deps, row)
    same = ("id", "file_id", "expires_at", "disposition", "max_downloads", "password_hash")
    return FileLink(**{name: getattr(row, name) for name in same}), file


def _of_backend(session: Session, deps: Deps, link: FileLink) -> Opened:
    if link.expires_at > deps.clock() + MAX_LIFE + timedelta(seconds=deps.settings.jwt_leeway):
        raise LinkInvalidError(f"[exp] is more than {MAX_LIFE.days} days from now")
    row = statements.link_of_id(session, link.id, link.file_id)
    if row is not None:
        _refuse_other(row, link)
    file = find_served_file(session, _owner(deps, link), link.file_id)
    if row is not None:
        _refuse_ended(deps, row)
    if link.expires_at <= deps.clock():
        raise LinkEndedError(LinkState.EXPIRED, link.id)
    if file.credential_hash is not None:
        raise LinkInvalidError("[file_id] the file is private: create the link with its credential instead")
    return link, file


def _refuse_other(row: Link, link: FileLink) -> None:
    """Raises for a token with the id of another link; one that was revoked before its first use has no digest."""
    revoked_unused = row.token_hash is None and row.digest is None
    if row.digest != link.digest() and not revoked_unused:
        raise LinkInvalidError("[jti] belongs to another link; make a new one for each")


def _owner(deps: Deps, link: FileLink) -> Caller:
    """Return the caller for whom a backend signed a link: it sees the files of its subject, all if login is off."""
    return Caller(link.subject, frozenset({Scope.READ})) if deps.settings.login_required else UNRESTRICTED


def _refuse_ended(deps: Deps, row: Link) -> None:
    state = state_of(deps, row)
    if state is not LinkState.ACTIVE:
        raise LinkEndedError(state, row.id)


def _count(session: Session, deps: Deps, link: FileLink, password: str | None, address: str | None) -> None:
    """Count a download and record it. Raises LinkEndedError, FileGoneError if another request was faster."""
    now = deps.clock()
    if link.is_signed:
        _write(session, link, now)
    if not statements.take_download(session, link.id, link.file_id, now):
        row = statements.link_of_id(session, link.id, link.file_id)
        if row is None or row.removed_at is not None:
            raise FileGoneError
        _refuse_ended(deps, row)
        raise LinkEndedError(LinkState.USED_UP, link.id)
    actor = Actor(ANONYMOUS, address=address)
    audit.record(session, now, actor, Action.LINK_USED, link.file_id, f"link {link.id}")
    if not link.is_signed and link.password_hash is not None:
        fresh = password_hash(deps.settings.secret_key, link.id, password)
        if fresh is not None and fresh != link.password_hash:  # hashed with a previous key
            statements.replace_password_hash(session, link.id, link.file_id, link.password_hash, fresh)


def _write(session: Session, link: FileLink, now: datetime) -> None:
    statements.add_link_once(
        session,
        id=link.id,
        file_id=link.file_id,
        digest=link.digest(),
        disposition=link.disposition,
        max_downloads=link.max_downloads,
        password_hash=link.password_hash,
        created_at=now,
        expires_at=link.expires_at,
        kept_until=link.expires_at + KEPT,
    )
