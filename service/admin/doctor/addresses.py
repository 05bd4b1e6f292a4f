"""Public URLs: whether they are local, and whether their certificates are valid."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from service.admin.doctor.finding import SECONDS, CheckContext, Finding, fail, ok, warn

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
SOON = timedelta(days=14)
"""Let's Encrypt's certificates are renewed a month before they end."""


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def is_local(url: str) -> bool:
    """Whether only this machine can use the URL."""
    return host_of(url) in LOCAL


def origin_of(url: str) -> str:
    """Return scheme and authority, as browsers write an origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def certificate(context: CheckContext, url: str) -> Finding:
    """Check that browsers accept the certificate, and for how long. Raises OSError without an answer."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return ok(f"{parts.hostname} does not use TLS")
    tls = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host_of(url), parts.port or 443), SECONDS) as plain,
            tls.wrap_socket(plain, server_hostname=parts.hostname) as connection,
        ):
            known = connection.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        change = (
            "Install a certificate for that name that browsers trust, with its chain. With a private CA, set "
            "SSL_CERT_FILE to the CA's certificate for this command."
        )
        return fail(f"the certificate of {parts.hostname} is not valid: {error.verify_message}", change)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(known["notAfter"])), UTC)
    if ends - context.deps.clock() < SOON:
        return warn(
            f"the certificate of {parts.hostname} expires on {ends:%Y-%m-%d}", "Find out why it is not renewed."
        )
    return ok(f"the certificate of {parts.hostname} is valid until {ends:%Y-%m-%d}")
