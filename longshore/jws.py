"""Sign tokens for the service with its JWT_SECRET: JWTs (RFC 7519) by HS256. Needs only the standard library."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

MIN_SECRET = 32
"""Characters of JWT_SECRET."""


def encode(typ: str, claims: Mapping[str, Any], key: bytes) -> str:
    """Return the claims as a signed compact JWS (RFC 7515, section 7.1). typ: of the header, which names the use."""
    signed = b".".join(_part(each) for each in ({"alg": "HS256", "typ": typ}, claims))
    return b".".join([signed, digest(key, signed)]).decode()


def sign(typ: str, claims: Mapping[str, Any], secret: str) -> str:
    """Return the claims that are not None, signed with JWT_SECRET. Raises ValueError for a short secret."""
    if len(secret) < MIN_SECRET:
        raise ValueError(f"the secret has less than {MIN_SECRET} characters; it is not the service's JWT_SECRET")
    return encode(typ, {name: value for name, value in claims.items() if value is not None}, secret.encode())


def digest(key: bytes, message: bytes) -> bytes:
    """Return the HMAC-SHA256 of a message in base64url."""
    return _base64(hmac.digest(key, message, hashlib.sha256))


def utc_text(seconds: int) -> str:
    """Return a time as RFC 3339 in UTC. seconds: since 1970."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _part(value: Mapping[str, Any]) -> bytes:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
