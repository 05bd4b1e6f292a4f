"""Sign upload grants without a call to the service: JWTs (RFC 7519) by HS256. Needs only the standard library.

docs/grants.md describes grants. The service reads a grant that a backend signed with its JWT_SECRET.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

TYPE = "longshore-grant+jwt"
"""The `typ` of the header (RFC 8725, section 3.11): a token for login is never a grant, and a grant never one."""
MIN_SECRET = 32
"""Characters of JWT_SECRET."""


@dataclass(frozen=True)
class Grant:
    """A grant for a browser, which sends `token` like an API key. expires_at: RFC 3339 in UTC."""

    grant_id: str
    token: str = field(repr=False)
    expires_at: str


def sign_grant(
    secret: str,
    *,
    subject: str,
    expires_in: int,
    policy: str | None = None,
    count: int = 1,
    max_size: int | None = None,
    content_types: Sequence[str] | None = None,
    detail: Mapping[str, Any] | None = None,
    user_id: str | None = None,
    appointment_id: str | None = None,
) -> Grant:
    """Return a new grant of `count` uploads for one subject.

    secret: the service's JWT_SECRET. expires_in: seconds. policy: None for the default one. max_size: bytes of each
    file. content_types: `image/*` for all images. detail, user_id, appointment_id: of each file. Anyone can read them
    in the token; the browser cannot change them. Raises ValueError for a short secret.
    """
    if len(secret) < MIN_SECRET:
        raise ValueError(f"the secret has less than {MIN_SECRET} characters; it is not the service's JWT_SECRET")
    now = int(time.time())
    claims = {
        "jti": str(uuid4()),
        "sub": subject,
        "iat": now,
        "exp": now + expires_in,
        "policy": policy,
        "count": count,
        "max_size": max_size,
        "content_types": None if content_types is None else list(content_types),
        "detail": None if detail is None else dict(detail),
        "user_id": user_id,
        "appointment_id": appointment_id,
    }
    said = {name: value for name, value in claims.items() if value is not None}
    end = datetime.fromtimestamp(now + expires_in, UTC).isoformat().replace("+00:00", "Z")
    return Grant(str(claims["jti"]), encode(said, secret.encode()), end)


def encode(claims: Mapping[str, Any], key: bytes) -> str:
    """Return the claims as a signed compact JWS (RFC 7515, section 7.1)."""
    signed = b".".join(_part(each) for each in ({"alg": "HS256", "typ": TYPE}, claims))
    return b".".join([signed, _base64(hmac.digest(key, signed, hashlib.sha256))]).decode()


def _part(value: Mapping[str, Any]) -> bytes:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
