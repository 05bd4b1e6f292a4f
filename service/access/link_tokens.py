"""The tokens of links to files: random ones of the service, and JWTs of a backend that has JWT_SECRET.

A random token has 256 bits and cannot be guessed, so SHA-256 protects it as well as a slow hash would.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

import jwt

from longshore.links import TYPE
from service.access.tokens import MALFORMED
from service.settings import Settings

MARK = "lsl_"
_TOKEN = re.compile(r"lsl_[A-Za-z0-9_-]{43}")
_MAX_SIGNED = 4096
"""Characters of a signed token."""
_UNCHECKED: Any = {f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
"""Only the signature is checked here: the time by our clock, and a wrong claim gets a message."""


def new_token() -> str:
    return MARK + secrets.token_urlsafe(32)


def token_hash(token: str) -> str | None:
    """Return the hash under which a token of the service is stored; None for any other text."""
    return hashlib.sha256(token.encode()).hexdigest() if _TOKEN.fullmatch(token) else None


def signed_claims(settings: Settings, token: str) -> dict[str, Any] | None:
    """Return the claims of a link that a backend signed; None for any other text."""
    if not settings.jwt_secret or token.count(".") != 2 or len(token) > _MAX_SIGNED or not token.isascii():
        return None
    for secret in (settings.jwt_secret, *settings.jwt_secret_previous):
        try:
            if jwt.get_unverified_header(token).get("typ") != TYPE:
                return None
            claims: dict[str, Any] = jwt.decode(token, secret.encode(), algorithms=["HS256"], options=_UNCHECKED)
        except jwt.InvalidSignatureError:
            continue
        except MALFORMED:
            return None
        return claims
    return None
