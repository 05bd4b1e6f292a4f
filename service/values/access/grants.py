"""Upload grants: what one allows, read from the claims of its token."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from service.limits import MAX_DETAIL_SIZE, MAX_GRANT_COUNT, MAX_GRANT_TYPES, MAX_NAME_LENGTH
from service.setting_parsers import MEDIA_TYPE, matching
from service.values.access.claims import Reader, an_id, number, read_claims, subject, text, time
from service.values.formats.json_values import why_not_storable

MAX_POLICY = 64
"""Characters of a policy's name."""


class GrantState(StrEnum):
    """Whether a grant can be used; one that is used up still serves its open uploads."""

    ACTIVE = "active"
    USED_UP = "used_up"
    EXPIRED = "expired"
    REVOKED = "revoked"


USABLE = frozenset({GrantState.ACTIVE})
STARTED = frozenset({GrantState.ACTIVE, GrantState.EXPIRED})
ALWAYS = frozenset({GrantState.ACTIVE, GrantState.EXPIRED, GrantState.REVOKED})
"""States of a grant in which a call about an upload that was started with it is allowed; a used-up one is `active`."""


@dataclass(frozen=True)
class UploadGrant:
    """A grant of `count` uploads for one subject.

    policy: None for the default one. max_size: bytes; like content_types, only narrower than the policy's has an
    effect. detail, user_id, appointment_id: of each file; None if the grant has none. sealed: the files' credential,
    encrypted. is_signed: by a backend itself, which then had no check of the user and appointment.
    """

    id: str
    subject: str
    expires_at: datetime
    policy: str | None = None
    count: int = 1
    max_size: int | None = None
    content_types: tuple[str, ...] | None = None
    detail: dict[str, Any] | None = None
    user_id: str | None = None
    appointment_id: str | None = None
    sealed: bytes | None = field(default=None, repr=False)
    is_signed: bool = False
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> GrantState:
        """Return the state as far as it applies to uploads that were started: a used-up grant is `active`."""
        if self.revoked_at is not None:
            return GrantState.REVOKED
        return GrantState.EXPIRED if self.expires_at <= now else GrantState.ACTIVE

    def digest(self) -> str:
        """Return the hash of all that the grant allows, to notice another grant with the same id."""
        said = {each.name: getattr(self, each.name) for each in fields(self) if each.name not in _NOT_SAID}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=datetime.isoformat).encode()).hexdigest()


_NOT_SAID = {"sealed", "is_signed", "revoked_at"}


@dataclass(frozen=True)
class GrantWish:
    """The request for a grant; expires_in: seconds. subject: None for the caller's."""

    expires_in: int
    subject: str | None = None
    policy: str | None = None
    count: int = 1
    max_size: int | None = None
    content_types: tuple[str, ...] | None = None
    detail: dict[str, Any] | None = None
    user_id: str | None = None
    appointment_id: str | None = None
    credential: dict[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class IssuedGrant:
    """A new grant with its token for the browser."""

    grant_id: str
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class GrantView:
    """A grant without its token. used: open uploads and files; created_by: None if a backend signed it itself."""

    grant_id: str
    state: str
    subject: str
    policy: str
    count: int
    used: int
    max_size: int | None
    content_types: list[str] | None
    detail: dict[str, Any] | None
    user_id: str | None
    appointment_id: str | None
    is_private: bool
    created_by: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def signed_grant(claims: Mapping[str, Any]) -> UploadGrant:
    """Return the grant of a backend's token; a claim that is null counts as missing.

    Raises ClaimError: also for an unknown claim, as a misspelled limit must not be no limit.
    """
    found = read_claims(claims, _READERS, ("jti", "sub", "exp"), "a grant")
    return UploadGrant(is_signed=True, **{_FIELDS.get(name, name): value for name, value in found.items()})


def _policy(value: Any) -> str:
    if not re.fullmatch(rf"[!-~]{{1,{MAX_POLICY}}}", text(value)):
        raise ValueError("is not the name of a policy")
    return str(value)


def _types(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_GRANT_TYPES:
        raise ValueError(f"must be a list of 1 to {MAX_GRANT_TYPES} types")
    return checked_types(map(text, value))


def checked_types(types: Any) -> tuple[str, ...]:
    """Return media types, or kinds such as `image/*`, in lower case. Raises ValueError."""
    found = matching(types, MEDIA_TYPE)
    if not all(each.isascii() and len(each) <= MAX_NAME_LENGTH for each in found):
        raise ValueError(f"contains what is not {MEDIA_TYPE.what}")
    return found


def _detail(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be an object")
    reason = why_not_storable(value)
    if reason:
        raise ValueError(reason)
    try:
        size = len(json.dumps(value, ensure_ascii=False).encode())
    except UnicodeEncodeError as error:
        raise ValueError("contains half a surrogate pair, which is no text") from error
    if size > MAX_DETAIL_SIZE:
        raise ValueError(f"is longer than {MAX_DETAIL_SIZE} bytes as JSON")
    return value


_FIELDS = {"jti": "id", "sub": "subject", "exp": "expires_at"}
_READERS: dict[str, Reader] = {
    "jti": an_id,
    "sub": subject,
    "exp": time,
    "policy": _policy,
    "count": number(1, MAX_GRANT_COUNT),
    "max_size": number(0, 2**63 - 1),
    "content_types": _types,
    "detail": _detail,
    "user_id": an_id,
    "appointment_id": an_id,
}
