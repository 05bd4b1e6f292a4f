"""Entries of the audit log, and the chain of hashes that shows which of them were removed or changed."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

GENESIS = "0" * 64
"""The seal before the first entry."""


class Action(StrEnum):
    """An action.

    With files: INFECTED, UNSCANNABLE, BLOCKED and RENAMED (its bytes are of a type that its policy does not accept),
    RELEASED (served despite its verdict), RESCANNED (another scan was requested), BLOCKED also by an operator,
    GIVEN_UP (every scan of it killed its process), WITHDRAWN (it was served until now), REPLACED (another object is in
    its place), QUARANTINED, DELETED, EXPIRED, CHANGED, HOLD_SET, HOLD_LIFTED; by operators' commands LOST, FOUND (its
    object is missing, is back), RECOVERED, GIVEN (to an owner), ERASED (with its owner); by adoptions ADOPTED (a new
    object, or one that changed).

    FOLDER_RENAMED: its target is the tree of the owner's folders (`service.values.folders.tree_of`).
    """

    INFECTED = "infected"
    UNSCANNABLE = "unscannable"
    BLOCKED = "blocked"
    RELEASED = "released"
    RESCANNED = "rescanned"
    RENAMED = "renamed"
    GIVEN_UP = "given_up"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    QUARANTINED = "quarantined"
    DELETED = "deleted"
    EXPIRED = "expired"
    CHANGED = "changed"
    HOLD_SET = "hold_set"
    HOLD_LIFTED = "hold_lifted"
    LOST = "lost"
    FOUND = "found"
    RECOVERED = "recovered"
    ADOPTED = "adopted"
    GIVEN = "given"
    ERASED = "erased"
    FOLDER_RENAMED = "folder_renamed"
    LINK_CREATED = "link_created"
    LINK_USED = "link_used"
    LINK_REVOKED = "link_revoked"
    GRANT_CREATED = "grant_created"
    GRANT_REVOKED = "grant_revoked"
    DECISION_CREATED = "decision_created"
    DECISION_APPROVED = "decision_approved"
    DECISION_CANCELLED = "decision_cancelled"
    ADOPTION_CREATED = "adoption_created"
    ADOPTION_CANCELLED = "adoption_cancelled"
    ALLOWLIST_ADDED = "allowlist_added"
    ALLOWLIST_APPROVED = "allowlist_approved"
    ALLOWLIST_REMOVED = "allowlist_removed"
    KEY_CREATED = "key_created"
    KEY_REVOKED = "key_revoked"
    LOGIN_REFUSED = "login_refused"
    CREDENTIAL_REFUSED = "credential_refused"
    SCOPE_REFUSED = "scope_refused"


@dataclass(frozen=True)
class Actor:
    """The author of an action.

    name: a subject or one of `RESERVED`; key_prefix: of the API key, address: of the client, if known.
    """

    name: str
    key_prefix: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Changes:
    """The values that an action changed, by field: before and after.

    They may be removed from an entry, with the data of a person; their digest stays.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]

    def stored(self) -> bytes:
        """Return the form for the database, with a salt, so that the digest does not help to guess removed values.

        Bytes, as MySQL's JSON writes some numbers in another way than it got them.
        """
        values = {"before": _plain(self.before), "after": _plain(self.after), "salt": secrets.token_hex(16)}
        return _canonical(values)

    @classmethod
    def read(cls, stored: bytes) -> Changes:
        """Return the changes from the form for the database."""
        values = json.loads(stored)
        return cls(values["before"], values["after"])


def digest_of(stored: bytes) -> str:
    """Return the hash of stored changes, which is part of the entry's seal."""
    return hashlib.sha256(stored).hexdigest()


@dataclass(frozen=True)
class AuditEntry:
    """One entry.

    target_id: the file, or the grant, link, key prefix or nothing that the action is about. owner: of a file that
    ended. sequence, seal: its place in the
    chain, null for some seconds after it was written. changes: null without any, and after their removal; then only
    changes_digest is left.
    """

    at: datetime
    actor: str
    action: str
    target_id: str | None
    key_prefix: str | None = None
    address: str | None = None
    owner: str | None = None
    reason: str | None = None
    request_id: str | None = None
    changes: Changes | None = None
    changes_digest: str | None = None
    sequence: int | None = None
    seal: str | None = None

    @property
    def before(self) -> Mapping[str, Any] | None:
        return None if self.changes is None else self.changes.before

    @property
    def after(self) -> Mapping[str, Any] | None:
        return None if self.changes is None else self.changes.after

    def sealed_after(self, before: str, sequence: int) -> str:
        """Return the seal of this entry as number `sequence`, after the entry with the seal `before`."""
        covered = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in NOT_COVERED}
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        covered_bytes = _canonical([before, covered | {"at": at, "sequence": sequence}])
        return hashlib.sha256(covered_bytes).hexdigest()


NOT_COVERED = ("changes", "seal")
"""The seal covers the digest of the changes, so that these can be removed."""


@dataclass(frozen=True)
class Link:
    """A place in the chain: after the entry `sequence` with this seal; 0 and GENESIS before the first one."""

    sequence: int = 0
    seal: str = GENESIS


@dataclass(frozen=True)
class AuditFilter:
    """A choice of entries: exact values, and a time from (inclusive) until (exclusive)."""

    actor: str | None = None
    action: str | None = None
    target_id: str | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None


@dataclass(frozen=True)
class Flawed:
    """A place where the chain is broken, and what is wrong there."""

    sequence: int
    problem: str


@dataclass(frozen=True)
class Verification:
    """The result of checking some entries.

    checked: how many; deleted: entries before them that AUDIT_DAYS deleted; last: the place where the next call
    continues; is_complete: there are no more sealed ones. unsealed: entries that wait for their seal. flaws: in the
    checked ones.
    """

    checked: int
    deleted: int
    last: Link
    is_complete: bool
    unsealed: int
    flaws: tuple[Flawed, ...]


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
