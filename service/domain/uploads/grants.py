"""Grants of a backend for its browsers: create, show and revoke."""

from __future__ import annotations

from datetime import timedelta

from service.access.grant_tokens import issue_token
from service.db.models import Grant
from service.db.session import Session
from service.db.statements.subjects import grants as statements
from service.deps import Deps
from service.domain.accounts.assignable import what_is_gone
from service.domain.accounts.grants import MAX_LIFE, grant_of
from service.domain.accounts.sealed_credentials import seal
from service.domain.records import audit
from service.domain.uploads.granted import narrowed
from service.domain.uploads.policies import policy_named, refuse_detail
from service.errors import GrantNotFoundError, GrantRefusedError, InvalidBodyError, PolicyRefusedError
from service.observability.logs import get_logger
from service.values.access.caller import Caller
from service.values.access.grants import GrantState, GrantView, GrantWish, IssuedGrant
from service.values.access.subjects import checked_subject
from service.values.formats.ids import is_id, new_id
from service.values.operators.audit import Action
from service.values.policies import DEFAULT, PUBLIC, Policy

log = get_logger(__name__)


def create_grant(deps: Deps, caller: Caller, wish: GrantWish) -> IssuedGrant:
    """Create a grant for any subject, as the scope `grant` is for backends.

    Raises InvalidBodyError (a subject, policy, user or appointment; types that the policy does not accept),
    PolicyRefusedError (detail, credential).
    """
    subject = _subject(caller, wish)
    # whole seconds, as in the token
    now = deps.clock()
    expires_at = now.replace(microsecond=0) + timedelta(seconds=wish.expires_in)
    row = Grant(
        id=new_id(),
        subject=subject,
        policy=wish.policy,
        count=wish.count,
        used=0,
        max_size=wish.max_size,
        content_types=None if wish.content_types is None else list(wish.content_types),
        detail=wish.detail,
        user_id=wish.user_id,
        appointment_id=wish.appointment_id,
        sealed=None if wish.credential is None else seal(deps.settings, wish.credential),
        created_by=caller.subject,
        created_at=now,
        expires_at=expires_at,
    )
    _refuse_impossible(policy_named(deps.settings, wish.policy), row)
    with deps.db.write() as session:
        gone = what_is_gone(session, caller, wish.user_id, wish.appointment_id)
        if gone:
            raise InvalidBodyError(errors=[gone])
        session.add(row)
        audit.record(session, now, audit.actor_of(caller), Action.GRANT_CREATED, row.id)
    log.info("grant_created", grant_id=row.id, subject=subject, count=wish.count, expires_at=expires_at)
    return IssuedGrant(row.id, issue_token(deps.settings, row.id, subject, expires_at), expires_at)


def get_grant(deps: Deps, caller: Caller, grant_id: str) -> GrantView:
    """Return a grant of this caller, or one that a backend signed itself. Raises GrantNotFoundError."""
    with deps.db.read() as session:
        return _view(deps, _find(session, caller, grant_id))


def revoke_grant(deps: Deps, caller: Caller, grant_id: str) -> GrantView:
    """Revoke a grant; it stays revoked when called again. Raises GrantNotFoundError.

    Where backends sign grants, one that was not used yet is unknown here: it is written as revoked.
    """
    now = deps.clock()
    if deps.settings.jwt_secret and is_id(grant_id):
        deps.db.transact(
            statements.add_grant_once,
            id=grant_id,
            subject=audit.actor_of(caller).name,
            count=1,
            created_by=caller.subject,
            created_at=now,
            expires_at=now + MAX_LIFE,
        )
    with deps.db.write() as session:
        _find(session, caller, grant_id)
        if statements.revoke(session, grant_id, now):
            audit.record(session, now, audit.actor_of(caller), Action.GRANT_REVOKED, grant_id)
            log.info("grant_revoked", grant_id=grant_id)
        session.expire_all()
        return _view(deps, _find(session, caller, grant_id))


def _subject(caller: Caller, wish: GrantWish) -> str:
    subject = wish.subject or caller.subject
    if subject is None:
        raise InvalidBodyError(errors=["[subject] is missing: with login off, the caller has none"])
    try:
        return checked_subject(subject)
    except ValueError as error:
        raise InvalidBodyError(errors=[f"[subject] {error}"]) from error


def _refuse_impossible(policy: Policy, row: Grant) -> None:
    """Raises for a grant whose every upload would be refused, by what is known now."""
    try:
        narrowed(policy, grant_of(row))
    except GrantRefusedError as error:
        raise InvalidBodyError(errors=error.errors) from error
    if row.detail is not None:
        refuse_detail(policy, row.detail)
    if policy.visibility == PUBLIC and row.sealed is not None:
        raise PolicyRefusedError(policy.name, "visibility", "[credential] is not allowed: these files are public")


def _find(session: Session, caller: Caller, grant_id: str) -> Grant:
    row = statements.grant_of_id(session, grant_id) if is_id(grant_id) else None
    if row is None or not (row.created_by is None or caller.sees(row.created_by)):
        raise GrantNotFoundError
    return row


def _view(deps: Deps, row: Grant) -> GrantView:
    state = grant_of(row).state(deps.clock())
    return GrantView(
        grant_id=row.id,
        state=GrantState.USED_UP if state is GrantState.ACTIVE and row.used >= row.count else state,
        subject=row.subject,
        policy=row.policy or DEFAULT,
        count=row.count,
        used=row.used,
        max_size=row.max_size,
        content_types=row.content_types,
        detail=row.detail,
        user_id=row.user_id,
        appointment_id=row.appointment_id,
        is_private=row.sealed is not None,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
