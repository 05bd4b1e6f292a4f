"""Links to files: what one allows, read from its row or from the claims of a token that a backend signed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from longshore.links import ATTACHMENT, INLINE
from service.limits import MAX_LINK_DOWNLOADS
from service.values.access.claims import Reader, an_id, number, read_claims, subject, text, time

KEPT = timedelta(days=30)
"""For how long a link that has ended is kept, for the answer why it does not work any more."""
DISPOSITIONS = (INLINE, ATTACHMENT)


class LinkState(StrEnum):
    """Whether a link can be used."""

    ACTIVE = "active"
    USED_UP = "used_up"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class FileLink:
    """A link to one file. max_downloads: None for any number. is_signed: by a backend itself, for a file of `subject`.

    password_hash: keyed by SECRET_KEY, or by JWT_SECRET if a backend signed the link; None without a password.
    """

    id: str
    file_id: str
    expires_at: datetime
    disposition: str = INLINE
    max_downloads: int | None = None
    password_hash: str | None = field(default=None, repr=False)
    subject: str | None = None
    is_signed: bool = False

    @property
    def is_attachment(self) -> bool:
        return self.disposition == ATTACHMENT

    @property
    def is_limited(self) -> bool:
        """Whether each use must reach the service: it is counted, or needs the password."""
        return self.max_downloads is not None or self.password_hash is not None

    def digest(self) -> str:
        """Return the hash of all that a signed link allows, to notice another link with the same id."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=datetime.isoformat).encode()).hexdigest()


@dataclass(frozen=True)
class LinkWish:
    """The request for a link; expires_in: seconds."""

    expires_in: int
    max_downloads: int | None = None
    password: str | None = field(default=None, repr=False)
    disposition: str = INLINE


@dataclass(frozen=True)
class IssuedLink:
    """A new link with its token, which is shown only once."""

    link_id: str
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class LinkView:
    """A link without its token. created_by: None if a backend signed it itself, or if login was off."""

    link_id: str
    state: str
    disposition: str
    has_password: bool
    max_downloads: int | None
    downloads: int
    last_used_at: datetime | None
    created_by: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def signed_link(claims: Mapping[str, Any]) -> FileLink:
    """Return the link of a backend's token. Raises ClaimError."""
    found = read_claims(claims, _READERS, ("jti", "sub", "exp", "file_id"), "a link")
    return FileLink(is_signed=True, **{_FIELDS.get(name, name): value for name, value in found.items()})


def _disposition(value: Any) -> str:
    if text(value) not in DISPOSITIONS:
        raise ValueError(f"must be one of {', '.join(DISPOSITIONS)}")
    return str(value)


def _digest(value: Any) -> str:
    if not re.fullmatch(r"[\w-]{43}", text(value), re.ASCII):
        raise ValueError("is not an HMAC-SHA256 in base64url")
    return str(value)


_FIELDS = {"jti": "id", "sub": "subject", "exp": "expires_at", "password_digest": "password_hash"}
_READERS: dict[str, Reader] = {
    "jti": an_id,
    "sub": subject,
    "exp": time,
    "file_id": an_id,
    "disposition": _disposition,
    "max_downloads": number(1, MAX_LINK_DOWNLOADS),
    "password_digest": _digest,
}
