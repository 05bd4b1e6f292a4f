"""Sign upload grants without a call to the service: JWTs (RFC 7519) by HS256. Needs only the standard library.

docs/grants.md describes grants. The service reads a grant that a backend signed with its JWT_SECRET.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from longshore.jws import sign, utc_text

TYPE = "longshore-grant+jwt"
"""The `typ` of the header (RFC 8725, section 3.11): a token for login is never a grant, and a grant never one."""


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
    return Grant(str(claims["jti"]), sign(TYPE, claims, secret), utc_text(now + expires_in))
