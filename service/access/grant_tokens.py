"""The tokens of upload grants: JWTs of the service, or of a backend that has the secret of its login tokens.

The service signs by a key that is derived from SECRET_KEY; a backend by JWT_SECRET. The `typ` of the header keeps them
apart from tokens for login (RFC 8725, section 3.11), and the algorithm is always HS256.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import jwt

from longshore.grants import TYPE
from longshore.jws import encode
from service.access.tokens import MALFORMED
from service.errors import TokenRefusedError
from service.settings import Settings

_OPTIONS: Any = {f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
"""Only the signature is checked here: the time by our clock, and a wrong claim gets a message."""


def is_grant_token(token: str) -> bool:
    """Whether a bearer token has the type of a grant."""
    if token.count(".") != 2:
        return False
    try:
        return jwt.get_unverified_header(token).get("typ") == TYPE
    except MALFORMED:
        return False


def issue_token(settings: Settings, grant_id: str, subject: str, expires_at: datetime) -> str:
    """Return the token of a grant in the database, which has everything else."""
    claims = {"jti": grant_id, "sub": subject, "exp": int(expires_at.timestamp())}
    return encode(TYPE, claims, _own_key(settings.secret_key))


def read_token(settings: Settings, token: str) -> tuple[dict[str, Any], bool]:
    """Return the claims of a grant's token, and whether a backend signed it. Raises TokenRefusedError."""
    for key, by_backend in _keys(settings):
        try:
            return jwt.decode(token, key, algorithms=["HS256"], options=_OPTIONS), by_backend
        except jwt.InvalidSignatureError:
            continue
        except MALFORMED as error:
            raise TokenRefusedError(type(error).__name__, is_guess=True) from error
    raise TokenRefusedError("InvalidSignatureError", is_guess=True)


def _keys(settings: Settings) -> Iterator[tuple[bytes, bool]]:
    for secret in (settings.secret_key, *settings.secret_key_previous):
        yield _own_key(secret), False
    if settings.jwt_secret:
        for secret in (settings.jwt_secret, *settings.jwt_secret_previous):
            yield secret.encode(), True


def _own_key(secret_key: str) -> bytes:
    return hmac.digest(secret_key.encode(), b"longshore grants", hashlib.sha256)
