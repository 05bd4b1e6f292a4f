"""Grants at login and in uploads: find the caller of a token, and count the uploads of a grant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from service.access.grant_tokens import read_token
from service.crashpoints import reach
from service.db.models import Grant
from service.db.session import Session
from service.db.statements.subjects import grants as statements
from service.deps import Deps
from service.errors import GrantRefusedError, TokenRefusedError
from service.limits import MAX_GRANT_TTL
from service.values.access.caller import Caller, Scope
from service.values.access.claims import ClaimError
from service.values.access.grants import GrantState, UploadGrant, signed_grant
from service.values.formats.ids import is_id

KEPT = timedelta(days=30)
"""For how long an expired grant is kept after the last of its uploads has expired, for the status of their files."""
MAX_LIFE = timedelta(seconds=MAX_GRANT_TTL)
OF_ROW = (
    *("id", "subject", "expires_at", "policy", "count", "max_size", "detail"),
    *("user_id", "appointment_id", "sealed", "revoked_at"),
)
"""Fields of a grant that its row has under the same name."""


def caller_of_grant(deps: Deps, token: str) -> Caller:
    """Return the caller of a grant's token; also of one that was revoked or has expired, if uploads may be left of it.

    Raises TokenRefusedError (a guess, unless the signature is right), GrantRefusedError, DatabaseUnavailableError.
    """
    claims, by_backend = read_token(deps.settings, token)
    grant = _signed(deps, claims) if by_backend else _issued(deps, claims)
    return Caller(grant.subject, frozenset({Scope.UPLOAD}), grant=grant)


def _issued(deps: Deps, claims: dict[str, object]) -> UploadGrant:
    row = _row(deps, str(claims.get("jti")))
    if row is None:  # long expired, or the database is older than the token
        raise TokenRefusedError("unknown grant")
    return grant_of(row)


def _signed(deps: Deps, claims: dict[str, object]) -> UploadGrant:
    """Return the grant of a backend's token, revoked if it was revoked since."""
    try:
        grant = signed_grant(claims)
    except ClaimError as error:
        raise GrantRefusedError("invalid", str(error)) from error
    longest = deps.clock() + MAX_LIFE + timedelta(seconds=deps.settings.jwt_leeway)
    if grant.expires_at > longest:
        raise GrantRefusedError("invalid", f"[exp] is more than {MAX_LIFE.days} days from now")
    row = _row(deps, grant.id)
    if row is None:
        if grant.state(deps.clock()) is GrantState.EXPIRED:
            raise GrantRefusedError("expired")
        return grant
    if row.revoked_at is None and row.digest != grant.digest():
        raise GrantRefusedError("invalid", "[jti] belongs to another grant; make a new one for each")
    return replace(grant, revoked_at=row.revoked_at)


def _row(deps: Deps, grant_id: str) -> Grant | None:
    if not is_id(grant_id):
        return None
    with deps.db.read() as session:
        return statements.grant_of_id(session, grant_id)


def grant_of(row: Grant) -> UploadGrant:
    """Return the grant of a row."""
    types = None if row.content_types is None else tuple(row.content_types)
    return UploadGrant(content_types=types, **{name: getattr(row, name) for name in OF_ROW})


def write_signed_grant(deps: Deps, grant: UploadGrant | None) -> None:
    """Write the row of a grant that a backend signed, in a transaction of its own; nothing for others."""
    if grant is None or not grant.is_signed:
        return
    values = {name: getattr(grant, name) for name in OF_ROW if name != "revoked_at"}
    deps.db.transact(
        statements.add_grant_once,
        **values,
        content_types=None if grant.content_types is None else list(grant.content_types),
        digest=grant.digest(),
        created_at=deps.clock(),
    )


def count_use(session: Session, grant_id: str | None, now: datetime) -> None:
    """Count an upload of a grant, in the transaction that starts it. Raises GrantRefusedError."""
    if grant_id is None:
        return
    if statements.take_use(session, grant_id, now):
        reach("init.use_counted")
        return
    row = statements.grant_of_id(session, grant_id)
    if row is None:
        raise GrantRefusedError("expired")
    state = grant_of(row).state(now)
    raise GrantRefusedError("used_up" if state is GrantState.ACTIVE else state.value)


def give_back_use(session: Session, grant_id: str | None) -> None:
    """Give the use of an upload back, in the transaction that ends it without a file."""
    if grant_id is not None:
        statements.give_back_use(session, grant_id)
        reach("abort.use_given_back")


def count_recovered_use(session: Session, grant_id: str | None) -> None:
    """Count the upload of a recovered file whose use is not counted: it expired, or the database is older than it.

    Also beyond what the grant allows, as the file is there.
    """
    if grant_id is not None:
        statements.count_use(session, grant_id)


def delete_old_grants(deps: Deps, limit: int) -> int:
    """Delete grants that expired so long ago that all their uploads have ended; returns their number."""
    settings = deps.settings
    lifetimes = [int(table["upload_ttl"]) for table in settings.policies.values() if "upload_ttl" in table]
    longest = timedelta(seconds=max(settings.upload_ttl, *lifetimes, 0))
    before = deps.clock() - KEPT - longest
    with deps.db.read() as session:
        if not statements.old_grants(session, before, 1):
            return 0
    return deps.db.transact(lambda session: statements.forget(session, statements.old_grants(session, before, limit)))
