"""API keys: create, check, list and revoke.

A key is `lsk_PREFIX_SECRET`. Its secret has 256 random bits and cannot be guessed, so SHA-256 protects it as well as a
slow hash would, without slowing down signing calls.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from service.db.cached.keys import StoredKey, all_keys, note_use, revoke, stored_key
from service.db.models import ApiKey
from service.deps import Deps
from service.domain.records import audit
from service.errors import DatabaseUnavailableError, TokenRefusedError
from service.observability.logs import get_logger
from service.values import KeyView
from service.values.access.caller import Caller, Scope
from service.values.access.subjects import checked_subject
from service.values.operators.audit import Action

log = get_logger(__name__)

MARK = "lsk_"
_KEY = re.compile(r"lsk_([0-9a-f]{12})_([0-9a-f]{64})")
ADDED = frozenset({Scope.DELETE, Scope.GRANT})
"""The scopes in `added_scopes`."""
USE_NOTED_EVERY = timedelta(minutes=10)
"""Minimum time between two updates of last_used_at, so that using a key costs almost nothing."""


def create_key(
    deps: Deps, name: str, subject: str, scopes: Collection[Scope], expires_at: datetime | None = None
) -> tuple[str, KeyView]:
    """Create a key and return it in full, once, with its properties. Raises ValueError (an invalid subject)."""
    prefix, secret = secrets.token_hex(6), secrets.token_hex(32)
    row = ApiKey(
        prefix=prefix,
        secret_hash=_hash(secret),
        name=name,
        subject=checked_subject(subject),
        scopes=",".join(scope for scope in Scope if scope in scopes and scope not in ADDED),
        added_scopes=",".join(scope for scope in Scope if scope in scopes and scope in ADDED),
        created_at=deps.clock(),
        expires_at=expires_at,
    )
    view = view_of_key(row)
    with deps.db.write() as session:
        session.add(row)
        reason = f"{name!r} for {row.subject}: {', '.join(view.scopes)}"
        audit.record(session, row.created_at, audit.SYSTEM, Action.KEY_CREATED, prefix, reason)
    log.info("key_created", prefix=prefix, scopes=",".join(view.scopes), expires_at=expires_at)
    return f"{MARK}{prefix}_{secret}", view


def list_keys(deps: Deps) -> list[KeyView]:
    """Return all keys, oldest first, including revoked ones."""
    with deps.db.read() as session:
        return [view_of_key(row) for row in all_keys(session)]


def revoke_key(deps: Deps, prefix: str) -> bool:
    """Revoke a key; processes that used it recently follow within seconds. False if no active key has this prefix."""
    with deps.db.write() as session:
        revoked = revoke(session, prefix, deps.clock())
        if revoked:
            audit.record(session, deps.clock(), audit.SYSTEM, Action.KEY_REVOKED, prefix)
    if revoked:
        log.info("key_revoked", prefix=prefix)
    return revoked


def caller_of_key(deps: Deps, key: str) -> Caller:
    """Return the caller of a key.

    Raises TokenRefusedError (a guess, unless the secret is right), DatabaseUnavailableError.
    """
    parts = _KEY.fullmatch(key)
    if parts is None:
        raise TokenRefusedError("malformed", is_guess=True)
    prefix, secret = parts.groups()
    now = deps.clock()
    known = deps.keys.recall(prefix, now)
    stored = known or stored_key(deps.db, prefix)
    if stored is None or not hmac.compare_digest(_hash(secret), stored.secret_hash):
        raise TokenRefusedError("unknown", key_prefix=prefix, is_guess=True)
    if stored.revoked_at is not None:
        raise TokenRefusedError("revoked", key_prefix=prefix)
    if stored.expires_at is not None and stored.expires_at <= now:
        raise TokenRefusedError("expired", key_prefix=prefix)
    if known is None:
        deps.keys.remember(prefix, stored, now)
        _note_use(deps, prefix, stored)
    return Caller(stored.subject, _scopes(stored), key_prefix=prefix)


def _scopes(key: StoredKey | ApiKey) -> frozenset[Scope]:
    """Return a key's scopes. A key from a version without scope `delete` can delete if it can upload."""
    added = key.added_scopes
    if added is None:
        added = Scope.DELETE if Scope.UPLOAD in key.scopes.split(",") else ""
    words = f"{key.scopes},{added}".split(",")
    return frozenset(scope for scope in Scope if scope in words)  # others are of a later version


def _note_use(deps: Deps, prefix: str, stored: StoredKey) -> None:
    """Record the use of a key; a failure to record it does not refuse the request."""
    now = deps.clock()
    if stored.last_used_at is not None and now - stored.last_used_at < USE_NOTED_EVERY:
        return
    try:
        with deps.db.write() as session:
            note_use(session, prefix, now)
    except DatabaseUnavailableError:
        log.warning("key_use_not_noted", prefix=prefix)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def view_of_key(row: ApiKey) -> KeyView:
    """Return a key without its secret."""
    allowed = _scopes(row)
    return KeyView(
        prefix=row.prefix,
        name=row.name,
        subject=row.subject,
        scopes=tuple(scope for scope in Scope if scope in allowed),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
