"""Sign links to files without a call to the service: JWTs (RFC 7519) by HS256. Needs only the standard library.

docs/links.md describes links. The service reads a link that a backend signed with its JWT_SECRET.
"""

from __future__ import annotations

import time
import unicodedata
from dataclasses import dataclass, field
from uuid import uuid4

from longshore.jws import digest, sign, utc_text

TYPE = "longshore-link+jwt"
"""The `typ` of the header (RFC 8725, section 3.11): it is never a token for login or a grant, or the reverse."""
PATH = "/api/v1/links/"
"""The path of a link's URL, before its token."""
INLINE, ATTACHMENT = "inline", "attachment"
_PURPOSE = b"longshore-link-password\n"
"""Keeps digests of passwords apart from signatures of tokens, which have the same key but never a line break."""


@dataclass(frozen=True)
class Link:
    """A link for everyone who has its `url`, without a login. expires_at: RFC 3339 in UTC."""

    link_id: str
    url: str = field(repr=False)
    expires_at: str


def sign_link(
    secret: str,
    *,
    service_url: str,
    file_id: str,
    subject: str,
    expires_in: int,
    max_downloads: int | None = None,
    password: str | None = None,
    disposition: str = INLINE,
) -> Link:
    """Return a new link to a file of one subject.

    secret: the service's JWT_SECRET. service_url: its public URL. subject: who owns the file; a link to a file of
    another subject opens nothing. expires_in: seconds. max_downloads: None for any number. password: the token contains
    its digest by the secret, with which it cannot be guessed without the service. disposition: `inline`, or
    `attachment`, with which browsers save the file. Raises ValueError for a short secret.
    """
    now = int(time.time())
    link_id = str(uuid4())
    claims = {
        "jti": link_id,
        "sub": subject,
        "iat": now,
        "exp": now + expires_in,
        "file_id": file_id,
        "disposition": disposition,
        "max_downloads": max_downloads,
        "password_digest": None if password is None else password_digest(secret, link_id, password),
    }
    token = sign(TYPE, claims, secret)
    return Link(link_id, f"{service_url.rstrip('/')}{PATH}{token}", utc_text(now + expires_in))


def password_digest(secret: str, link_id: str, password: str) -> str:
    """Return the digest of a link's password: HMAC-SHA256 by JWT_SECRET in base64url.

    The message has three lines in UTF-8: a fixed one, the link's id, and the password in Unicode's form NFC (RFC 8265).
    """
    return digest(secret.encode(), _PURPOSE + f"{link_id}\n{plain_password(password)}".encode()).decode()


def plain_password(password: str) -> str:
    """Return a password in Unicode's form NFC, as keyboards differ in the form that they type."""
    return unicodedata.normalize("NFC", password)
